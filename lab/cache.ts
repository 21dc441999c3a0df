import { access, mkdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { SystemUser } from './postgres/user.js';

/** Folder for big things shared by all labs of a user: binaries of PostgreSQL and of the Temporal CLI, each under its version. */
export function cacheFolder(): string {
  return path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'holdfast');
}

/** True when a path exists. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/**
 * The cache for programs that the database user runs. When there is such a user (the lab runs as root) it lies in the system's temporary
 * folder, since that user cannot enter root's home.
 *
 * @throws when somebody else made a folder of that name first.
 */
export async function databaseCacheFolder(user: SystemUser | undefined): Promise<string> {
  const cache =
    user === undefined || process.env['XDG_CACHE_HOME'] !== undefined ? cacheFolder() : path.join(os.tmpdir(), 'holdfast-cache');
  await mkdir(cache, { recursive: true, mode: 0o755 });
  // A folder under a name that anybody could have taken first must be ours before a program in it is run.
  if ((await stat(cache)).uid !== process.getuid?.())
    throw new Error(`The cache folder ${cache} belongs to somebody else: set XDG_CACHE_HOME.`);
  return cache;
}
