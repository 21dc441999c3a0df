import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processFacts } from '../journal.js';

const POLL_MS = 500;

/** A lock file whose owner is gone (pid and start time) is nobody's; one that is just being written is somebody's. */
async function isStale(file: string): Promise<boolean> {
  try {
    const [pid = '', start = ''] = (await readFile(file, 'utf8')).split(' ');
    return start !== '' && !isAlive({ pid: Number(pid), start });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Runs `work` while no other process on this machine runs work under the same lock file; waits as long as the owner lives. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(path.dirname(file), { recursive: true });
  const mine = `${process.pid} ${processFacts(process.pid)?.start ?? 'unknown'}`;
  while (
    !(await writeFile(file, mine, { flag: 'wx' }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    ))
  ) {
    if (await isStale(file)) await rm(file, { force: true });
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
