/**
 * The guardian: waits until its standard input closes (the lab closed it, or the lab's process is gone, however it went), then ends
 * what the journal says is still alive, and removes the lab's folder unless a file `keep` lies in it.
 *
 * A process counts as ours only if its start time is the one in the journal. On Linux two sweeps find what the journal cannot know:
 * children of our processes in sessions of their own (marked by HOLDFAST_LAB in their environment), and PostgreSQL's backends (each its
 * own session, environment overwritten by their titles), known by their working folder. They matter after `kill -9` of a frozen
 * postmaster: stopped backends do not notice its death. Network namespaces of the lab stand by name in the file `namespaces`, the hub
 * first: whatever runs in one of them is ours, and each is deleted by that name.
 */
export const guardianScript = String.raw`#!/bin/sh
. "$(dirname "$0")/lib.sh"
cd /
trap '' INT HUP
cat >/dev/null

strays() {
  [ -d /proc/self ] || return 0
  grep -lzFx "HOLDFAST_LAB=$LAB" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
  find /proc/[0-9]*/cwd -maxdepth 0 -lname "$LAB/*" 2>/dev/null | cut -d/ -f3 | while read -r pid; do
    first_line "/proc/$pid/comm"
    [ "$FIRST" = postgres ] && echo "$pid"
  done
  [ -r "$LAB/namespaces" ] && while read -r name; do ip netns pids "$name" 2>/dev/null; done <"$LAB/namespaces"
  return 0
}

ours() {
  while read -r pid start signal name; do
    start_of "$pid"
    [ "$START" = "$start" ] && echo "$pid $signal"
  done <"$JOURNAL"
}

signal_ours() {
  ours 2>/dev/null | while read -r pid signal; do
    kill -"${'$'}{1:-$signal}" -- "-$pid" 2>/dev/null || kill -"${'$'}{1:-$signal}" "$pid" 2>/dev/null
    kill -CONT -- "-$pid" 2>/dev/null
  done
}

gone() {
  tries=0
  while [ -n "$(ours 2>/dev/null)" ]; do
    tries=$((tries + 1))
    [ "$tries" -le "$1" ] || return 1
    sleep 0.03
  done
}

signal_ours ''
for pid in $(strays); do kill -CONT "$pid" 2>/dev/null; done
gone 50 || { signal_ours KILL; gone 100; }
tries=0
while left=$(strays) && [ -n "$left" ] && [ "$tries" -lt 50 ]; do
  for pid in $left; do kill -KILL "$pid" 2>/dev/null; done
  tries=$((tries + 1))
  sleep 0.03
done

# Pulling the hub's cable takes its other end out of our own namespace at once; the kernel takes down a deleted namespace when it likes.
if [ -r "$LAB/namespaces" ]; then
  first_line "$LAB/namespaces"
  ip -n "$FIRST" link delete up0 2>/dev/null
  while read -r name; do ip netns delete "$name" 2>/dev/null; done <"$LAB/namespaces"
fi

# A postmaster that was killed leaves its small System V segment behind: line 7 of its pid file names it, line 1 who made it.
if [ -r /proc/sysvipc/shm ]; then
  for file in "$LAB"/*/data/postmaster.pid; do
    [ -r "$file" ] || continue
    maker=$(sed -n 1p "$file"); segment=$(sed -n 7p "$file" | awk '{ print $2 }')
    if awk -v id="$segment" -v pid="$maker" '$2 == id && $5 == pid { found = 1 } END { exit !found }' /proc/sysvipc/shm; then ipcrm -m "$segment" 2>/dev/null; fi
  done
fi

[ -e "$LAB/keep" ] && exit 0
tries=0
while ! rm -rf "$LAB" 2>/dev/null && [ "$tries" -lt 20 ]; do tries=$((tries + 1)); sleep 0.05; done
`;
