import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ProjectRun } from './judge.js';
import type { RunRecord } from './results.js';

/** How a child process ended, and what it said when its output was kept. */
export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/** Options of {@link run}. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `show` passes the output on as it comes, `keep` returns it. */
  readonly output: 'show' | 'keep';
  /** After this the whole process group is ended and the exit code is 124. */
  readonly timeoutMs?: number;
}

/** Runs this Node with `args` to its end; never rejects for a failing child. */
export function run(args: readonly string[], options: RunOptions): Promise<Ended> {
  const ownGroup = options.timeoutMs !== undefined;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: options.output === 'show' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      // A group of its own when it may have to be ended with all that it started.
      detached: ownGroup,
    });
    let output = '';
    let late = false;
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const endGroup = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    // A group of its own does not hear the terminal's ^C: it must not outlive this process.
    if (ownGroup) process.once('exit', endGroup);
    const expire = (): void => {
      late = true;
      endGroup();
    };
    const timer = ownGroup ? setTimeout(expire, options.timeoutMs) : undefined;
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      process.off('exit', endGroup);
      resolve({ exitCode: late ? 124 : (code ?? 1), output });
    });
  });
}

/** The command-line script of an installed npm package. */
export function packageScript(root: string, name: string, script: string): string {
  return path.join(root, 'node_modules', ...name.split('/'), script);
}

/** One vitest process over one project, its results read back from the file that scripts/vitest-reporter.ts wrote. */
export async function vitest(
  project: string,
  args: readonly string[],
  options: RunOptions & { readonly results: string },
): Promise<ProjectRun & { readonly output: string }> {
  rmSync(options.results, { force: true });
  const command = [packageScript(options.cwd, 'vitest', 'vitest.mjs'), 'run', '--project', project];
  const reporters = ['--reporter=default', '--reporter=./scripts/situations-reporter.ts', '--reporter=./scripts/vitest-reporter.ts'];
  const ended = await run([...command, ...reporters, ...args], {
    ...options,
    env: { ...options.env, HOLDFAST_TEST_RESULTS: options.results },
  });
  const record = existsSync(options.results) ? (JSON.parse(readFileSync(options.results, 'utf8')) as RunRecord) : undefined;
  return { project, exitCode: ended.exitCode, record, output: ended.output };
}
