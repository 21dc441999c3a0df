import { execFile } from 'node:child_process';
import { access, constants, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { databaseCacheFolder, exists } from '../cache.js';
import type { SystemUser } from '../postgres/user.js';

const run = promisify(execFile);

/** Version of the PyPI package; what it answers was measured for this one. */
export const PATRONI_VERSION = '4.1.5';

/** What a Patroni cluster is made of. None of it comes with npm. */
export interface PatroniPrograms {
  /** Folder of the PostgreSQL server programs, pg_rewind and pg_basebackup among them. */
  readonly postgresBin: string;
  readonly etcd: string;
  /** Interpreter of the environment Patroni lies in: run it with `-m patroni`. */
  readonly python: string;
}

const POSTGRES_VERSIONS = '/usr/lib/postgresql';
const OLDEST_POSTGRES = 15;
const INSTALL_MS = 180_000;
/** The system's own: an interpreter in somebody's home cannot be entered by the database user. */
const SYSTEM_PYTHON = '/usr/bin/python3';

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Folder of the newest PostgreSQL server programs of the distribution. @throws when there are none that are new enough. */
export async function findPostgres(): Promise<string> {
  const versions = (await readdir(POSTGRES_VERSIONS).catch(() => []))
    .map(Number)
    .filter((version) => version >= OLDEST_POSTGRES)
    .toSorted((one, other) => other - one);
  for (const version of versions) {
    const bin = path.join(POSTGRES_VERSIONS, String(version), 'bin');
    const needed = ['postgres', 'initdb', 'pg_ctl', 'pg_rewind', 'pg_basebackup'].map((name) => isProgram(path.join(bin, name)));
    if ((await Promise.all(needed)).every(Boolean)) return bin;
  }
  throw new Error(
    `No PostgreSQL ${OLDEST_POSTGRES} or newer with pg_rewind in ${POSTGRES_VERSIONS}: apt-get install --no-install-recommends postgresql-15.`,
  );
}

/** @throws when there is no etcd on PATH. */
export async function findEtcd(): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter).filter((entry) => entry !== '')) {
    const file = path.join(folder, 'etcd');
    if (await isProgram(file)) return file;
  }
  throw new Error('No etcd on PATH: apt-get install --no-install-recommends etcd-server.');
}

/** Whether Patroni is in the cache, can be installed into it, or neither. */
export async function patroniState(user: SystemUser | undefined): Promise<'ready' | 'to-install' | 'no-venv'> {
  if (await exists(path.join(await databaseCacheFolder(user), `patroni-${PATRONI_VERSION}`))) return 'ready';
  return run(SYSTEM_PYTHON, ['-c', 'import venv, ensurepip']).then(
    () => 'to-install' as const,
    () => 'no-venv' as const,
  );
}

/**
 * Installs Patroni into an environment under a temporary name, then renames it: two labs may start at once. Programs that pip writes name
 * the temporary folder in their first line, so that only `python -m patroni` works afterwards.
 */
async function findPatroni(user: SystemUser | undefined): Promise<string> {
  const home = path.join(await databaseCacheFolder(user), `patroni-${PATRONI_VERSION}`);
  const python = path.join(home, 'bin', 'python3');
  if (await exists(home)) return python;
  const unfinished = `${home}.${process.pid}`;
  try {
    await run(SYSTEM_PYTHON, ['-m', 'venv', unfinished], { timeout: INSTALL_MS });
    const flags = ['--quiet', '--no-input', '--no-cache-dir', '--disable-pip-version-check', '--retries', '1', '--timeout', '15'];
    const wanted = `patroni[etcd3,psycopg3]==${PATRONI_VERSION}`;
    await run(path.join(unfinished, 'bin', 'python3'), ['-m', 'pip', 'install', ...flags, wanted], { timeout: INSTALL_MS });
    await rename(unfinished, home).catch(async (error: unknown) => {
      if (!(await exists(home))) throw error;
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? (error as Error).message;
    throw new Error(`Patroni ${PATRONI_VERSION} cannot be installed with ${SYSTEM_PYTHON} (python3-venv and pip are needed): ${said}`, {
      cause: error,
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return python;
}

/**
 * Finds what a Patroni cluster is made of, and installs Patroni when it is not in the cache (12 s).
 * @throws one sentence that names what is missing and how to get it.
 */
export async function patroniPrograms(user: SystemUser | undefined): Promise<PatroniPrograms> {
  const [postgresBin, etcd] = await Promise.all([findPostgres(), findEtcd()]);
  return { postgresBin, etcd, python: await findPatroni(user) };
}
