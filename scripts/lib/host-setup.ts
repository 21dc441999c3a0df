import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Availability } from '../prerequisites.js';
import type { Need } from './needs.js';
import { onPath } from './programs.js';
import { run } from './run.js';

/** Whether this process can install packages of the distribution. */
export const mayInstall = (): boolean => process.getuid?.() === 0 && onPath('apt-get') !== undefined;

/** The packages whose installation would meet some of these needs. Pure. */
export function wantedPackages(wanted: readonly Need[], needs: Readonly<Record<Need, Availability>>): readonly string[] {
  const packages = wanted.flatMap((need) => {
    const found = needs[need];
    return found.met ? [] : (found.packages ?? []);
  });
  return [...new Set(packages)];
}

/** Installs the packages of the distribution that the labs take; says what it does. A failure is only said: what is still missing is seen afterwards. */
export async function installHostPackages(root: string): Promise<void> {
  await run(['--import', 'tsx', path.join(root, 'scripts', 'host-packages.ts')], { cwd: root, output: 'show' });
}

/** The one-time build of Kubernetes' programs, under way. */
export interface KubernetesBuild {
  readonly logFile: string;
  /** Resolves when it has ended; undefined when all is well, else its last words. */
  readonly failure: Promise<string | undefined>;
}

const LAST_LINES = 20;
/** The fast suites run beside it and are waited for by people. */
const NICE = 10;

/** Starts the build in a process group of its own, at low priority. It is ended when this process ends. */
export function startKubernetesBuild(root: string): KubernetesBuild {
  const logFile = path.join(root, 'test-output', 'kubernetes-build.log');
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const command = path.join(root, 'dist', 'lab', 'kubernetes', 'prepare', 'main.js');
  const child = spawn(process.execPath, [command], { cwd: root, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  if (child.pid !== undefined) os.setPriority(child.pid, NICE);
  // Its group does not hear the terminal's ^C.
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  process.once('exit', end);
  const failure = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      process.off('exit', end);
      const said = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
      resolve(code === 0 ? undefined : `ended with ${code ?? signal}; its last words:\n${said}`);
    });
  });
  return { logFile, failure };
}
