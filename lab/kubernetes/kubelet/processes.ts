import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from '../../hosts.js';
import { enterPlace } from '../../hosts.js';
import { isAlive, recordProcess } from '../../journal.js';

/** How a container's process ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly reason: 'Completed' | 'Error' | 'StartError' | 'ContainerStatusUnknown';
  readonly message?: string;
}

/** A container's process, started by this kubelet or taken over from an earlier one. */
export interface ContainerProcess {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly ended: Promise<ContainerEnd>;
  /** To the whole process group. */
  signal(signal: NodeJS.Signals): void;
}

/** What is written down of a running container, so that a later kubelet finds it again. */
export interface ContainerRecord {
  readonly podUid: string;
  readonly container: string;
  readonly pid: number;
  /** Start time as the operating system tells it: tells the process from a later one with the same pid. */
  readonly start: string;
  readonly startedAtMs: number;
  /** How often the container had been started before. */
  readonly restarts: number;
  readonly address: string;
}

/** What to start. */
export interface ContainerCommand {
  readonly podUid: string;
  readonly container: string;
  readonly restarts: number;
  /** The host of its pod. */
  readonly place: Place;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
}

const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};
const ADOPTED_POLL_MS = 100;

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The records of running containers, one file each. */
export class ContainerRecords {
  readonly #dir: string;
  readonly #journalFile: string;

  constructor(dir: string, journalFile: string) {
    mkdirSync(dir, { recursive: true });
    this.#dir = dir;
    this.#journalFile = journalFile;
  }

  #file(podUid: string, container: string): string {
    return path.join(this.#dir, `${podUid}_${container}`);
  }

  /** Records whose process still lives; the others are removed. */
  living(): readonly ContainerRecord[] {
    return readdirSync(this.#dir).flatMap((name) => {
      const file = path.join(this.#dir, name);
      const record = JSON.parse(readFileSync(file, 'utf8')) as ContainerRecord;
      if (isAlive(record)) return [record];
      rmSync(file);
      return [];
    });
  }

  /** Starts a process and writes it into the lab's journal and into a record before anything else can happen. */
  start(command: ContainerCommand): ContainerProcess {
    const { podUid, container, restarts, place, argv, env, cwd, logFile } = command;
    const [wanted = '', ...words] = argv;
    const { command: file, args } = enterPlace(place, { command: wanted, args: words });
    const startedAtMs = Date.now();
    const log = openSync(logFile, 'a');
    const child = spawn(file, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const { pid } = child;
    const ended = new Promise<ContainerEnd>((resolve) => {
      child.once('error', (error) => resolve({ exitCode: 128, reason: 'StartError', message: error.message }));
      child.once('exit', (code, signal) => {
        const exitCode = code ?? 128 + (signal === null ? 0 : (SIGNAL_NUMBERS[signal] ?? 0));
        rmSync(this.#file(podUid, container), { force: true });
        resolve({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' });
      });
    });
    if (pid === undefined) return { pid: 0, startedAtMs, ended, signal: () => undefined };
    const { start } = recordProcess(this.#journalFile, pid, 'TERM', `pod-${container}@${place.address}`);
    const record: ContainerRecord = { podUid, container, pid, start, startedAtMs, restarts, address: place.address };
    writeFileSync(this.#file(podUid, container), JSON.stringify(record));
    return { pid, startedAtMs, ended, signal: (signal) => signalGroup(pid, signal) };
  }

  /** Takes over a process that an earlier kubelet started. Its exit code cannot be had: only its parent is told. */
  adopt(record: ContainerRecord): ContainerProcess {
    const { pid, startedAtMs } = record;
    const ended = (async (): Promise<ContainerEnd> => {
      while (isAlive(record)) await sleep(ADOPTED_POLL_MS);
      rmSync(this.#file(record.podUid, record.container), { force: true });
      return { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated' };
    })();
    return { pid, startedAtMs, ended, signal: (signal) => isAlive(record) && signalGroup(pid, signal) };
  }
}
