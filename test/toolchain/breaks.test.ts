import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { namePattern, parseBreaks, readProof, replaceOnce } from '../../scripts/lib/breaks.js';
import { applyBreak } from '../../scripts/lib/copy.js';
import type { ProjectRun } from '../../scripts/lib/judge.js';
import type { TestState } from '../../scripts/lib/results.js';

const one = {
  id: 'S1',
  test: 'promise S1',
  file: 'test/unit/s1.test.ts',
  project: 'unit',
  patch: [{ file: 'src/a.ts', find: 'x', replace: 'y' }],
};
const run = (state: TestState, file = one.file): ProjectRun => ({
  project: 'unit',
  exitCode: 1,
  record: {
    tests: [
      { project: 'unit', file, name: one.test, state, durationMs: 1, retries: 0, errors: state === 'failed' ? ['expected true'] : [] },
    ],
    errors: ['beforeAll: refused'],
  },
});

describe('replaceOnce', () => {
  test('replaces the one place, and takes the replacement literally', () => {
    expect(replaceOnce('a < b', '<', "$& '$1'")).toEqual({ ok: true, text: "a $& '$1' b" });
  });

  test('refuses a text that occurs twice', () => {
    expect(replaceOnce('a < b < c', '<', '>')).toEqual({ ok: false, why: 'the text to replace occurs 2 times, not once' });
  });

  test('refuses a text that does not occur', () => {
    expect(replaceOnce('a', '<', '>')).toEqual({ ok: false, why: 'the text to replace occurs 0 times, not once' });
  });

  test('refuses a replacement that changes nothing', () => {
    expect(replaceOnce('a < b', '<', '<')).toEqual({ ok: false, why: 'the replacement changes nothing' });
  });
});

describe('applyBreak', () => {
  const folder = (): string => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-breaks-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(path.join(dir, 'a'), 'one two');
    writeFileSync(path.join(dir, 'b'), 'two two');
    return dir;
  };
  const read = (dir: string, file: string): string => readFileSync(path.join(dir, file), 'utf8');

  test('makes several replacements in one file and restores it', () => {
    const dir = folder();
    const restore = applyBreak(dir, [
      { file: 'a', find: 'one', replace: '1' },
      { file: 'a', find: 'two', replace: '2' },
    ]);
    expect(read(dir, 'a')).toBe('1 2');
    restore();
    expect(read(dir, 'a')).toBe('one two');
  });

  test('writes nothing when one of its replacements cannot be made', () => {
    const dir = folder();
    const patch = [
      { file: 'a', find: 'one', replace: '1' },
      { file: 'b', find: 'two', replace: '2' },
    ];
    expect(() => applyBreak(dir, patch)).toThrow('b: the text to replace occurs 2 times, not once');
    expect(read(dir, 'a')).toBe('one two');
  });
});

describe('namePattern', () => {
  test('matches the name as vitest matches it, and no longer name', () => {
    const pattern = new RegExp(namePattern('S1 > resume (row) > a $ b'));
    expect(['S1 resume (row) a $ b', 'S1 resume (row) a $ b, too', 'the S1 resume (row) a $ b'].map((name) => pattern.test(name))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('matches a title that itself has the sign between names', () => {
    expect(new RegExp(namePattern('S1 > lag > bound')).test('S1 lag > bound')).toBe(true);
  });

  test('matches each of several names', () => {
    const pattern = new RegExp(namePattern('a > b', 'c'));
    expect(['a b', 'c', 'a b c', 'b'].map((name) => pattern.test(name))).toEqual([true, true, false, false]);
  });
});

describe('readProof', () => {
  test('a red test has noticed the break, a green one has not', () => {
    expect([readProof(one, run('failed')), readProof(one, run('passed'))]).toEqual([
      { verdict: 'red', why: 'expected true | beforeAll: refused' },
      { verdict: 'green' },
    ]);
  });

  test('a red test among others is not the test of this break', () => {
    const both = [run('failed'), run('failed', 'test/unit/other.test.ts')].flatMap(({ record }) => record?.tests ?? []);
    expect(readProof(one, { project: 'unit', exitCode: 1, record: { tests: both, errors: [] } })).toEqual({
      verdict: 'broken',
      why: 'too wide, these turned red as well: promise S1',
    });
  });

  test('a test that did not run proves nothing', () => {
    expect(readProof(one, run('skipped'))).toEqual({ verdict: 'broken', why: 'the test did not run (beforeAll: refused)' });
  });

  test('a test of that name in another file is not the test', () => {
    expect(readProof(one, run('failed', 'test/unit/other.test.ts'))).toMatchObject({ verdict: 'broken' });
  });
});

describe('parseBreaks', () => {
  test('reads a break', () => {
    expect(parseBreaks(JSON.stringify([one]))).toEqual([one]);
  });

  test('refuses an unknown field and an id given twice', () => {
    expect(() => parseBreaks(JSON.stringify([{ ...one, retries: 2 }]))).toThrow('retries');
    expect(() => parseBreaks(JSON.stringify([one, one]))).toThrow('two breaks have the id S1');
  });
});

describe('test/prove/breaks.json', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const breaks = parseBreaks(readFileSync(path.join(root, 'test/prove/breaks.json'), 'utf8'));

  test.each(breaks.map((each) => [each.id, each] as const))('%s: the text that it breaks stands in the product', (_id, { patch }) => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-breaks-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    for (const { file } of patch) {
      mkdirSync(path.join(dir, path.dirname(file)), { recursive: true });
      copyFileSync(path.join(root, file), path.join(dir, file));
    }
    expect(() => applyBreak(dir, patch)).not.toThrow();
  });

  test('has a break for every promise', () => {
    const promises = Array.from({ length: 15 }, (_, n) => `S${n + 1}`);
    expect(
      promises.filter((promise) => !breaks.some(({ id, test: named }) => id === promise && named.includes(`promise ${promise}`))),
    ).toEqual([]);
  });
});
