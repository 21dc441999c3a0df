import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../../src/adapters/shared/run-command.js';
import { tempFolder } from '../../../conformance/temp-folder.js';

const live = new AbortController().signal;
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];

/** Waits until no process has this id: its group was ended as a whole. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('runCommand', () => {
  test('tells exit code and both streams', async () => {
    expect(await runCommand(sh('echo out; echo err >&2; exit 3'), { timeoutMs: 5_000, signal: live })).toEqual({
      state: 'exited',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('a word is a word: nothing in it is interpreted', async () => {
    expect(await runCommand(['/bin/echo', '$HOME; rm -rf /', '`id`'], { timeoutMs: 5_000, signal: live })).toMatchObject({
      stdout: '$HOME; rm -rf / `id`\n',
    });
  });

  test('the environment of this process is not passed on, but for a few names', async () => {
    process.env['HF_TEST_CANARY'] = 'canary';
    const outcome = await runCommand(['/usr/bin/env'], { timeoutMs: 5_000, signal: live, environment: { HOLDFAST_KEY: 'k' } });
    delete process.env['HF_TEST_CANARY'];
    const names =
      outcome.state === 'exited'
        ? outcome.stdout
            .trim()
            .split('\n')
            .map((line) => line.split('=')[0])
        : [];
    expect(names).toContain('HOLDFAST_KEY');
    expect(names).toContain('PATH');
    expect(names).not.toContain('HF_TEST_CANARY');
  });

  test('of a long output the end is kept', async () => {
    const outcome = await runCommand(sh('i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done'), {
      timeoutMs: 20_000,
      signal: live,
      outputLimit: 100,
    });
    expect(outcome).toMatchObject({ state: 'exited' });
    const stdout = outcome.state === 'exited' ? outcome.stdout : '';
    expect(stdout).toHaveLength(100);
    expect(stdout.endsWith('line 1999\n')).toBe(true);
  });

  test.each([
    ['a program that is not there', ['/no/such/program'], 'ENOENT'],
    ['an empty command', [], 'empty'],
    ['a word with a zero byte', ['/bin/echo', 'a\0b'], 'ERR_INVALID_ARG_VALUE'],
  ])('%s was not started', async (_what, argv, detail) => {
    const outcome = await runCommand(argv, { timeoutMs: 5_000, signal: live });
    expect(outcome).toMatchObject({ state: 'not-started', because: 'failed' });
    expect(outcome.state === 'not-started' && outcome.detail).toContain(detail);
  });

  test('a command that is over its time is ended with everything it started, also when it ignores SIGTERM', async () => {
    const folder = await tempFolder();
    try {
      const file = path.join(folder.dir, 'pids');
      const script = `trap '' TERM; (trap '' TERM; sleep 600 & sleep 600) & echo $$ $! >'${file}'; while :; do sleep 600; done`;
      expect(await runCommand(sh(script), { timeoutMs: 1_000, signal: live })).toMatchObject({ state: 'unfinished', because: 'timeout' });
      for (const pid of (await readFile(file, 'utf8')).trim().split(' ')) await gone(Number(pid));
    } finally {
      await folder.remove();
    }
  });

  test('cancelled before: it never ran; cancelled while it ran: what it did is not known', async () => {
    expect(await runCommand(sh('exit 0'), { timeoutMs: 5_000, signal: AbortSignal.abort() })).toMatchObject({
      state: 'not-started',
      because: 'cancelled',
    });
    const controller = new AbortController();
    const running = runCommand(sh('sleep 600'), { timeoutMs: 60_000, signal: controller.signal });
    controller.abort();
    expect(await running).toMatchObject({ state: 'unfinished', because: 'cancelled' });
  });

  test('a command that was killed by somebody has no exit code', async () => {
    expect(await runCommand(sh('kill -KILL $$'), { timeoutMs: 5_000, signal: live })).toMatchObject({
      state: 'unfinished',
      because: 'signal',
    });
  });

  test('a child that keeps the output open does not keep the call open', async () => {
    const outcome = await runCommand(sh('sleep 600 & echo $!'), { timeoutMs: 60_000, signal: live });
    expect(outcome).toMatchObject({ state: 'exited', exitCode: 0 });
    const pid = outcome.state === 'exited' ? Number(outcome.stdout) : 0;
    expect(pid).toBeGreaterThan(0);
    process.kill(pid, 'SIGKILL');
  });
});
