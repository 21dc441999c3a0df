import { constants } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { SystemUser } from './user.js';
import { give } from './user.js';

/** What a copy of a stopped data folder leaves out. */
export const COLD_SKIP = /^postmaster\.(pid|opts)$|^pg_replslot\//;

/**
 * What a copy between pg_backup_start and pg_backup_stop leaves out: WAL comes over the slot; replication slots must not come along,
 * not even as empty folders (a slot folder without its state file stops the start).
 */
export const ONLINE_SKIP =
  /^postmaster\.(pid|opts)$|^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/|(^|\/)pgsql_tmp|^(standby|recovery)\.signal$|^backup_(label|manifest)|^postgresql\.auto\.conf$/;

/** Copies a data folder, by reference where the file system can, tolerant of files that vanish while a server runs on it. */
export async function copyDataFolder(from: string, to: string, skip: RegExp, user: SystemUser | undefined): Promise<void> {
  const walk = async (relative: string): Promise<void> => {
    await mkdir(path.join(to, relative), { mode: 0o700 });
    await give(user, path.join(to, relative));
    const entries = await readdir(path.join(from, relative), { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const name = path.join(relative, entry.name);
        if (skip.test(name)) return;
        if (entry.isDirectory()) return walk(name);
        try {
          await copyFile(path.join(from, name), path.join(to, name), constants.COPYFILE_FICLONE);
          await give(user, path.join(to, name));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }),
    );
  };
  await walk('.');
}
