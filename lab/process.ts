import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place, Program } from './hosts.js';
import { enterPlace } from './hosts.js';
import type { EndSignal } from './journal.js';
import { recordProcess } from './journal.js';

/** How a process of the lab ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Everything needed to start one process of the lab. Kept as a file too, so that a service script starts the very same one. */
export interface ProcessSpec {
  readonly name: string;
  /** The host it runs on, from `hosts.place`; undefined: the lab's own side. */
  readonly host?: Place;
  readonly command: string;
  readonly args: readonly string[];
  /** Whole environment, not additions. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Standard output and error are appended to it: a file, not a pipe, so that the process does not depend on its starter. */
  readonly logFile: string;
  /** Rewritten at each start with the pid. */
  readonly pidFile?: string;
  /** Only when the lab runs as root and the program refuses root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly endSignal: EndSignal;
}

/** A process the lab started, registered with the guardian. */
export interface LabProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<ProcessEnd>;
  /** Undefined while it runs. */
  ended(): ProcessEnd | undefined;
  /** All output so far, of earlier starts with the same log file too. */
  output(): string;
  /**
   * The first line (of this start) that matches, as soon as it is written.
   * @throws when the process ends first or the time (default 30 s) is over; the last lines are in the message.
   */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Signals the whole process group; a process that has ended is left alone. */
  kill(signal?: NodeJS.Signals): void;
}

const POLL_MS = 15;
const DEFAULT_WAIT_MS = 30_000;

/** The last lines of a text, for error messages. */
export function tail(text: string, lines = 4): string {
  return text.trim().split('\n').slice(-lines).join(' | ');
}

/** What is really started for a spec: on its host, as its user. A user that is left over is for the starter to change to. */
export function programOf({ host, command, args, user }: ProcessSpec): Program & Pick<ProcessSpec, 'user'> {
  const entered = enterPlace(host, { command, args }, user);
  return host?.namespace === undefined && user !== undefined ? { ...entered, user } : entered;
}

/** Starts a process in a group of its own and writes it into the journal before anything else can happen. */
export function launch(journalFile: string, spec: ProcessSpec): LabProcess {
  const log = openSync(spec.logFile, 'a');
  const before = readFileSync(spec.logFile).length;
  const { command, args, user } = programOf(spec);
  const child = spawn(command, args, {
    cwd: spec.cwd,
    env: { ...spec.env },
    detached: true,
    stdio: ['ignore', log, log],
    ...user,
  });
  closeSync(log);
  let end: ProcessEnd | undefined;
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  }).then((how) => (end = how));
  const { pid } = child;
  if (pid === undefined) throw new Error(`Cannot start ${spec.name}: ${command} is not an executable file.`);
  recordProcess(journalFile, pid, spec.endSignal, spec.name);
  if (spec.pidFile !== undefined) writeFileSync(spec.pidFile, `${pid}\n`);

  const output = (): string => readFileSync(spec.logFile, 'utf8');
  const waitFor = async (pattern: RegExp, timeoutMs = DEFAULT_WAIT_MS): Promise<string> => {
    for (const deadline = Date.now() + timeoutMs; ;) {
      // Looked at before the text is read: a line written just before the end still counts.
      const last = end;
      const text = readFileSync(spec.logFile).subarray(before).toString('utf8');
      const line = text.split('\n').find((candidate) => pattern.test(candidate));
      if (line !== undefined) return line;
      if (last !== undefined) throw new Error(`${spec.name} ended (${last.signal ?? last.code}) before it wrote ${pattern}: ${tail(text)}`);
      if (Date.now() > deadline) throw new Error(`${spec.name} did not write ${pattern} within ${timeoutMs} ms: ${tail(text)}`);
      await sleep(POLL_MS);
    }
  };
  const kill = (signal: NodeJS.Signals = 'SIGTERM'): void => {
    if (end !== undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      child.kill(signal);
    }
  };
  return { name: spec.name, pid, logFile: spec.logFile, exited, ended: () => end, output, waitFor, kill };
}

const SERVES_POLL_MS = 40;

/** The process, once it serves. @throws when it ends at its start or does not serve in time, with its last words. */
export async function serving(started: LabProcess, serves: () => Promise<boolean>, limitMs = 60_000): Promise<LabProcess> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(SERVES_POLL_MS)) {
    if (started.ended() !== undefined) throw new Error(`${started.name} ended at its start: ${tail(started.output())}`);
    if (await serves()) return started;
  }
  throw new Error(`${started.name} did not serve within ${limitMs} ms: ${tail(started.output())}`);
}
