import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processFacts } from '../journal.js';

const POLL_MS = 10;
const GONE_MS = 10_000;

/**
 * Pids of the living processes whose working folder is `dir` or below: Patroni, PostgreSQL's processes, and what Patroni starts for a
 * moment (pg_rewind, pg_basebackup). PostgreSQL is no child of Patroni, so that a tree of processes would miss it. Linux only.
 */
export function processesIn(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const folder = readlinkSync(`/proc/${pid}/cwd`);
        return folder === dir || folder.startsWith(`${dir}/`);
      } catch {
        // Gone meanwhile, a zombie, or a stranger's.
        return false;
      }
    });
}

/** True for a process of PostgreSQL: postmaster or backend. */
export function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return false;
  }
}

/** Signals processes; those that have gone are left alone. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Looks and signals again until `look` finds no process that is not yet `done`: meanwhile new ones may have been forked. */
async function signalUntil(look: () => number[], signal: NodeJS.Signals, done: (pid: number) => boolean): Promise<void> {
  for (const deadline = Date.now() + GONE_MS; ; await sleep(POLL_MS)) {
    const left = look().filter((pid) => !done(pid));
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${signal} did not take effect on ${left.join(', ')}.`);
    signalAll(left, signal);
  }
}

/** Kills processes, and those that they fork meanwhile; done when none is left. */
export function killAll(look: () => number[]): Promise<void> {
  return signalUntil(look, 'SIGKILL', (pid) => processFacts(pid) === undefined);
}

/** Stops (SIGSTOP) processes, and those that they fork meanwhile; done when all stand still. */
export function freezeAll(look: () => number[]): Promise<void> {
  return signalUntil(look, 'SIGSTOP', (pid) => ['T', 't', undefined].includes(processFacts(pid)?.state));
}
