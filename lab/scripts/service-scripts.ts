import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PostgresNode } from '../postgres/node.js';
import type { ProcessSpec } from '../process.js';
import { programOf } from '../process.js';
import { shellWord } from './shell-library.js';

/** Starts the process of a spec file as the lab does: own group, own user, journal first. Plain JavaScript: it runs without a build. */
const launcher = String.raw`import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, openSync, readFileSync, writeFileSync } from 'node:fs';
const [journal, specFile] = process.argv.slice(2);
const spec = JSON.parse(readFileSync(specFile, 'utf8'));
const log = openSync(spec.logFile, 'a');
const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env: spec.env, detached: true, stdio: ['ignore', log, log], ...spec.user });
if (child.pid === undefined) { child.on('error', (error) => { console.error(error.message); process.exit(1); }); } else {
  const start = () => {
    if (process.platform !== 'linux') return execFileSync('ps', ['-o', 'lstart=', '-p', String(child.pid)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).trim().split(/\s+/).join('_');
    const line = readFileSync('/proc/' + child.pid + '/stat', 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
  };
  appendFileSync(journal, child.pid + ' ' + start() + ' ' + spec.endSignal + ' ' + spec.name + '\n');
  writeFileSync(spec.pidFile, child.pid + '\n');
  child.unref();
}
`;

/** Writes `launch.mjs <journal> <spec file>` into the lab's `bin`. */
export function writeLauncher(bin: string): void {
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'launch.mjs'), launcher);
}

/** Where the spec of a service lies. */
export function specFile(labDir: string, name: string): string {
  return path.join(labDir, 'run', `${name}.json`);
}

/** Keeps the spec of a service on disk, for its script. Holds no secret: environments of the lab carry references only. */
export function writeSpec(labDir: string, spec: ProcessSpec): void {
  const { user: _none, host: _resolved, ...rest } = spec;
  writeFileSync(specFile(labDir, spec.name), JSON.stringify({ ...rest, ...programOf(spec) }), { mode: 0o600 });
}

/** First lines of a service script: the shared functions, and `launch SPEC-FILE`. */
export const scriptHead = (labDir: string): string => `#!/bin/sh
. ${shellWord(path.join(labDir, 'bin', 'lib.sh'))}
NODE=${shellWord(process.execPath)}
launch() { "$NODE" "$LAB/bin/launch.mjs" "$JOURNAL" "$1"; }
`;

function postgresControl(labDir: string, node: PostgresNode): string {
  return `${scriptHead(labDir)}# Stand-in for systemctl on the host of node ${node.name}.
HOST=${shellWord(node.place.name)}
DATA="$LAB/$HOST/data"; DISABLED="$LAB/$HOST/disabled"

running() {
  for file in "$DATA/postmaster.pid" "$LAB/run/$HOST.pid"; do
    first_line "$file"
    PID=$FIRST
    alive "$PID" && return 0
  done
  return 1
}

any_left() {
  for pid in "$@"; do start_of "$pid"; [ -n "$START" ] && return 0; done
  return 1
}

case $1 in
start)
  [ ! -e "$DISABLED" ] || { echo "$HOST is disabled" >&2; exit 1; }
  lock "$LAB/run/$HOST.lock"
  running && exit 0
  launch "$LAB/run/$HOST.json" || exit 1
  tries=0
  while [ "$tries" -lt 600 ]; do
    first_line "$LAB/run/$HOST.pid"
    alive "$FIRST" || { echo "$HOST ended at its start:" >&2; tail -n 3 "$LAB/$HOST/log" >&2; exit 1; }
    case $(sed -n 1p "$DATA/postmaster.pid" 2>/dev/null):$(sed -n 8p "$DATA/postmaster.pid" 2>/dev/null) in "$FIRST":ready*) exit 0 ;; esac
    tries=$((tries + 1)); sleep 0.05
  done
  echo "$HOST is not ready" >&2; exit 1 ;;
stop)
  running || exit 0
  kids=$(children "$PID"); tries=0
  # A stopped (frozen) process takes no signal but KILL.
  if [ "$STATE" != T ]; then
    kill -INT "$PID" 2>/dev/null
    while any_left "$PID" && [ "$tries" -lt 40 ]; do tries=$((tries + 1)); sleep 0.05; done
  fi
  if any_left "$PID"; then kids="$kids $(children "$PID")"; kill -KILL "$PID" $kids 2>/dev/null; fi
  tries=0
  while any_left "$PID" $kids; do tries=$((tries + 1)); [ "$tries" -lt 100 ] || { echo "$HOST does not die" >&2; exit 1; }; sleep 0.02; done
  exit 0 ;;
disable) : >"$DISABLED" ;;
enable) rm -f "$DISABLED" ;;
status)
  if [ -e "$DISABLED" ]; then enabled=disabled; else enabled=enabled; fi
  if running; then echo "active $enabled"; exit 0; else echo "inactive $enabled"; exit 3; fi ;;
*) echo "usage: $0 start|stop|disable|enable|status" >&2; exit 2 ;;
esac
`;
}

/** Writes `bin/pgctl-<node>`: verbs start, stop, disable, enable, status (exit 0 running, 3 stopped). */
export function writePostgresControls(labDir: string, nodes: readonly PostgresNode[]): void {
  const bin = path.join(labDir, 'bin');
  writeLauncher(bin);
  for (const node of nodes) {
    writeSpec(labDir, node.spec);
    writeFileSync(postgresControlFile(labDir, node.name), postgresControl(labDir, node), { mode: 0o755 });
  }
}

/** Path of a node's service script. */
export function postgresControlFile(labDir: string, nodeName: string): string {
  return path.join(labDir, 'bin', `pgctl-${nodeName}`);
}

const applicationControl = (
  labDir: string,
): string => `${scriptHead(labDir)}# One instance of the application as a service: appctl <instance> start|stop|kill|status
NAME=$1
[ -n "$NAME" ] && [ -f "$LAB/run/$NAME.json" ] || { echo "unknown instance: $NAME" >&2; exit 2; }
running() { first_line "$LAB/run/$NAME.pid"; PID=$FIRST; alive "$PID"; }

case $2 in
start)
  lock "$LAB/run/$NAME.lock"
  running && exit 0
  launch "$LAB/run/$NAME.json" ;;
stop) running && kill -TERM "$PID" 2>/dev/null; exit 0 ;;
kill) running && { kill -KILL -- "-$PID" 2>/dev/null || kill -KILL "$PID" 2>/dev/null; }; exit 0 ;;
status) if running; then echo "active pid=$PID"; exit 0; else echo "inactive"; exit 3; fi ;;
*) echo "usage: $0 <instance> start|stop|kill|status" >&2; exit 2 ;;
esac
`;

/** Writes `bin/appctl <instance> start|stop|kill|status`: stop asks and returns at once, kill is SIGKILL; all may be repeated. */
export function writeApplicationControl(labDir: string, instances: readonly ProcessSpec[]): void {
  const bin = path.join(labDir, 'bin');
  writeLauncher(bin);
  for (const spec of instances) writeSpec(labDir, spec);
  writeFileSync(applicationControlFile(labDir), applicationControl(labDir), { mode: 0o755 });
}

/** Path of the application's service script. */
export function applicationControlFile(labDir: string): string {
  return path.join(labDir, 'bin', 'appctl');
}
