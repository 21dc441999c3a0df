/** Writes a text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Functions that the guardian and the service scripts share, for `. lib.sh`. They start no process for a look at another process
 * on Linux (reads of /proc by the shell itself), so that a status takes milliseconds; elsewhere they ask ps.
 *
 * `start_of PID` sets START (empty: gone or zombie) and STATE. `alive PID` is true for a process of this lab's journal only: a pid that
 * was reused by a stranger has another start time. `children PID` prints the pids of its children.
 */
export function shellLibrary(labDir: string): string {
  return `LAB=${shellWord(labDir)}
JOURNAL="$LAB/journal"

start_of() {
  START=; STATE=
  if [ -d /proc/self ]; then
    line=
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
    line=\${line##*) }
    set -- $line
    case $1 in Z|X) return 0 ;; esac
    STATE=$1
    shift 19
    START=$1
  else
    set -- $(LC_ALL=C ps -o stat= -o lstart= -p "$1" 2>/dev/null)
    case \${1:-Z} in Z*) return 0 ;; esac
    STATE=\${1%"\${1#?}"}
    shift
    START=$(IFS=_; echo "$*")
  fi
}

alive() {
  [ -n "$1" ] || return 1
  start_of "$1"
  [ -n "$START" ] && grep -q "^$1 $START " "$JOURNAL" 2>/dev/null
}

children() {
  parent=$1
  if [ -d /proc/self ]; then
    for file in /proc/[0-9]*/stat; do
      { read -r line <"$file"; } 2>/dev/null || continue
      line=\${line##*) }
      set -- $line
      if [ "$2" = "$parent" ]; then file=\${file#/proc/}; printf '%s ' "\${file%/stat}"; fi
    done
  else
    ps -A -o pid= -o ppid= | while read -r child of; do [ "$of" = "$parent" ] && printf '%s ' "$child"; done
  fi
}

first_line() {
  FIRST=
  { read -r FIRST <"$1"; } 2>/dev/null || :
}

lock() {
  tries=0
  while ! (set -C; echo $$ >"$1") 2>/dev/null; do
    first_line "$1"
    tries=$((tries + 1))
    if [ -n "$FIRST" ] && ! kill -0 "$FIRST" 2>/dev/null; then rm -f "$1"; continue; fi
    [ "$tries" -lt 600 ] || { echo "another start is under way (lock $1)" >&2; exit 1; }
    sleep 0.05
  done
  trap 'rm -f "$LOCKFILE"' EXIT
  LOCKFILE=$1
}
`;
}
