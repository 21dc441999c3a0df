import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/**
 * Removes the small System V segment that a killed postmaster leaves behind: line 7 of its pid file names it, line 1 says who made it.
 * Must come before the data folder is removed, else nobody knows of the segment any more. Linux only; elsewhere the segment stays until
 * the machine restarts.
 */
export async function removeLeftSegment(dataFolder: string): Promise<void> {
  const [pidFile, table] = await Promise.all([
    readFile(path.join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => ''),
    readFile('/proc/sysvipc/shm', 'utf8').catch(() => ''),
  ]);
  const lines = pidFile.split('\n');
  const maker = lines[0]?.trim();
  const segment = lines[6]?.trim().split(/\s+/)[1];
  // Columns: key, shmid, permissions, size, pid of the maker.
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  if (segment === undefined || !rows.some((row) => row[1] === segment && row[4] === maker)) return;
  await promisify(execFile)('ipcrm', ['-m', segment]);
}
