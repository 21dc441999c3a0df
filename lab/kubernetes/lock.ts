import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processFacts } from '../journal.js';

const POLL_MS = 500;

/** True when the process that made the lock is gone (pid and start time). A lock that has just vanished is not stale. */
async function isStale(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const [pid, start = ''] = text?.split(' ') ?? [];
  return pid !== undefined && !isAlive({ pid: Number(pid), start });
}

/** A link appears with its content, so that nobody ever reads a lock without an owner. */
async function take(file: string): Promise<boolean> {
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, `${process.pid} ${processFacts(process.pid)?.start ?? 'unknown'}`);
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(mine);
  }
}

/**
 * Runs `work` while no other process on this machine runs work under the same lock file; waits as long as the owner lives. Two that find
 * the lock of a dead owner at the same moment may both get it: the work must bear that, and only waste time.
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(path.dirname(file), { recursive: true });
  while (!(await take(file))) {
    if (await isStale(file)) await rm(file, { force: true });
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
