import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProjectRun } from '../../scripts/lib/judge.js';
import { packageScript, run, vitest } from '../../scripts/lib/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Put together here: the repository's own rules forbid these words in a test.
const modifier = (name: string): string => `test.${name}`;

/** A small repository with one file for each way in which tests can end; the real configuration and reporter run it. */
const files: Readonly<Record<string, string>> = {
  'ends.test.ts': `
    describe('group', () => {
      test('passes', () => expect(1).toBe(1));
      test('fails', () => expect(1, 'the count').toBe(2));
      ${modifier('skip')}('left out', () => undefined);
    });`,
  'retries.test.ts': `let tries = 0;\ntest('second try', { ${'retry'}: 1 }, () => expect((tries += 1)).toBe(2));`,
  'load.test.ts': `import './absent.js';\ntest('never seen', () => undefined);`,
  'hook.test.ts': `beforeAll(() => { throw new Error('the hook failed'); });\ntest('after the hook', () => undefined);`,
  'only.test.ts': `${modifier('only')}('alone', () => undefined);\ntest('beside', () => undefined);`,
  'unhandled.test.ts': `test('leaves a rejection', () => { void Promise.reject(new Error('nobody waited')); });`,
};

/** Situations that hand over their runs as test/situations/support/tell-runs.ts does. */
const situations: Readonly<Record<string, string>> = {
  'small.test.ts': `test('situation: primary lost', ({ task }) => {
    task.meta.runs = [{ outcome: 'verified', recoveryMs: 5700, humanMs: 61_000, totalMs: 70_200 }];
  });`,
  'full/large.test.ts': `test('situation on the full lab: leader frozen', () => undefined);`,
};
const scripts = ['vitest-reporter.ts', 'situations-reporter.ts', 'lib/results.ts', 'lib/situation-runs.ts'].map(
  (name) => `scripts/${name}`,
);

let dir: string;
let done: ProjectRun;
let table: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-reporter-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'), 'dir');
  for (const file of ['package.json', 'vitest.config.ts', ...scripts]) cpSync(path.join(root, file), path.join(dir, file));
  mkdirSync(path.join(dir, 'test', 'unit'), { recursive: true });
  const heading = `import { beforeAll, describe, expect, test } from 'vitest';\n`;
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(dir, 'test', 'unit', file), heading + text);
  for (const [file, text] of Object.entries(situations)) {
    mkdirSync(path.join(dir, 'test', 'situations', path.dirname(file)), { recursive: true });
    writeFileSync(path.join(dir, 'test', 'situations', file), heading + text);
  }
  table = (await run([packageScript(dir, 'vitest', 'vitest.mjs'), 'run', '--project', 'situations'], { cwd: dir, output: 'keep' })).output;
  done = await vitest('unit', [], { cwd: dir, output: 'keep', results: path.join(dir, 'results', 'unit.json') });
}, 60_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const find = (name: string): object | undefined => done.record?.tests.find((one) => one.name === name);

describe('the results reporter', () => {
  test('writes project, file, full name and state of each test', () => {
    expect(done.exitCode).toBe(1);
    expect(find('group > passes')).toMatchObject({
      project: 'unit',
      file: 'test/unit/ends.test.ts',
      state: 'passed',
      retries: 0,
      errors: [],
    });
    expect(find('group > left out')).toMatchObject({ state: 'skipped' });
  });

  test('keeps the first line of why a test failed', () => {
    expect(find('group > fails')).toMatchObject({ state: 'failed', errors: ['the count: expected 1 to be 2 // Object.is equality'] });
  });

  test('counts a second try', () => {
    expect(find('second try')).toMatchObject({ state: 'passed', retries: 1 });
  });

  test('an unexpected only fails its own test', () => {
    expect(find('alone')).toMatchObject({ state: 'failed' });
  });

  test.each([
    ['a file that cannot be loaded', /^test\/unit\/load\.test\.ts: .*absent/],
    ['a hook that fails', /^test\/unit\/hook\.test\.ts: the hook failed/],
    ['a rejection that nobody waited for', /^outside any test: nobody waited/],
  ])('tells of %s', (_, pattern) => {
    expect(done.record?.errors).toContainEqual(expect.stringMatching(pattern));
  });
});

test('vitest run --project situations takes the full ones along and ends with a table of outcome and times', () => {
  expect(table).toMatch(/^primary lost +verified +5\.7 s +61\.0 s +70\.2 s$/m);
  expect(table).toMatch(/^leader frozen +–$/m);
});
