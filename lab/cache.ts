import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

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
