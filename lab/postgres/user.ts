import { execFileSync } from 'node:child_process';
import { chown } from 'node:fs/promises';

/** A user and group id to run a program as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses uid 0: started by root it runs as `nobody`; started by anybody else as themselves (undefined). */
export function databaseUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Gives files to the database user; nothing to do when the lab runs as an ordinary user. */
export async function give(user: SystemUser | undefined, ...files: readonly string[]): Promise<void> {
  if (user === undefined) return;
  await Promise.all(files.map((file) => chown(file, user.uid, user.gid)));
}
