import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scriptHead, writeLauncher, writeSpec } from '../scripts/service-scripts.js';
import { shellWord } from '../scripts/shell-library.js';
import type { PatroniNode } from './node.js';

/** Path of a node's service script. */
export function patroniControlFile(labDir: string, nodeName: string): string {
  return path.join(labDir, 'bin', `patronictl-${nodeName}`);
}

function control(labDir: string, node: PatroniNode): string {
  return `${scriptHead(labDir)}# Stand-in for systemctl, and for the way to it, on the host of node ${node.name}.
HOST=${shellWord(node.place.name)}
DIR="$LAB/$HOST"; DISABLED="$DIR/disabled"
cd /
[ -d "$DIR" ] && [ -d /proc/self ] || { echo "no host $HOST" >&2; exit 255; }
[ ! -e "$DIR/unreachable" ] || { echo "$HOST does not answer" >&2; exit 255; }

# Living processes of the host, by their working folder: PostgreSQL is no child of Patroni.
left() {
  find /proc/[0-9]*/cwd -maxdepth 0 \\( -lname "$DIR" -o -lname "$DIR/*" \\) 2>/dev/null | cut -d/ -f3
}

patroni() { first_line "$LAB/run/$HOST.pid"; PID=$FIRST; alive "$PID"; }

any_left() { [ -n "$(left)" ]; }

stop() {
  # A stopped (frozen) process takes no signal but KILL.
  if patroni && [ "$STATE" != T ]; then
    kill -TERM "$PID" 2>/dev/null
    tries=0
    while patroni && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
  fi
  patroni && kill -KILL "$PID" 2>/dev/null
  # Left behind by a paused or killed Patroni.
  first_line "$DIR/data/postmaster.pid"
  if any_left; then
    for pid in $(left); do start_of "$pid"; [ "$pid" != "$FIRST" ] || [ "$STATE" = T ] || kill -INT "$pid" 2>/dev/null; done
    tries=0
    while any_left && [ "$tries" -lt 20 ]; do tries=$((tries + 1)); sleep 0.05; done
  fi
  tries=0
  while any_left; do
    for pid in $(left); do kill -KILL "$pid" 2>/dev/null; done
    tries=$((tries + 1)); [ "$tries" -lt 100 ] || { echo "$HOST does not die" >&2; exit 1; }
    sleep 0.02
  done
}

start() {
  [ ! -e "$DISABLED" ] || { echo "$HOST is disabled" >&2; exit 1; }
  lock "$LAB/run/$HOST.lock"
  patroni && exit 0
  # PostgreSQL takes a zombie for a living postmaster: wait until it is reaped.
  first_line "$DIR/data/postmaster.pid"
  if [ -n "$FIRST" ]; then
    tries=0
    while start_of "$FIRST"; [ -z "$START" ] && [ -d "/proc/$FIRST" ] && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
  fi
  launch "$LAB/run/$HOST.json"
}

status() {
  if [ -e "$DISABLED" ]; then enabled=disabled; else enabled=enabled; fi
  if patroni; then active=active; else active=inactive; fi
  if [ -n "$(left | while read -r pid; do first_line "/proc/$pid/comm"; [ "$FIRST" = postgres ] && echo "$pid"; done)" ]; then
    postgres=running; else postgres=stopped; fi
  STATUS="patroni $active $enabled, postgres $postgres"
}

read_back() {
  status
  echo "$HOST: $STATUS"
  [ "$STATUS" = "patroni inactive disabled, postgres stopped" ] && ! any_left
}

case $1 in
fence) : >"$DISABLED"; stop; read_back; exit $? ;;
read) read_back; exit $? ;;
lift|enable) rm -f "$DISABLED" ;;
start) start ;;
stop) stop ;;
disable) : >"$DISABLED" ;;
status) status; echo "$STATUS"; patroni || exit 3 ;;
*) echo "usage: $0 fence|read|lift|start|stop|disable|enable|status" >&2; exit 2 ;;
esac
`;
}

/**
 * Writes `bin/patronictl-<node>`. `fence`: service disabled and stopped, PostgreSQL stopped, then as `read`. `read`: exit 0 when all of
 * that is so, 1 when not, 255 when the host does not answer. `lift`: may be started again, by `start`. `status`: exit 0 when Patroni runs,
 * 3 when not.
 */
export function writePatroniControls(labDir: string, nodes: readonly PatroniNode[]): void {
  writeLauncher(path.join(labDir, 'bin'));
  for (const node of nodes) {
    writeSpec(labDir, node.spec);
    writeFileSync(patroniControlFile(labDir, node.name), control(labDir, node), { mode: 0o755 });
  }
}
