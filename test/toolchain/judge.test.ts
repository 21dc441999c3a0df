import { describe, expect, test } from 'vitest';
import { judge, slowest } from '../../scripts/lib/judge.js';
import type { ProjectRun, Rules } from '../../scripts/lib/judge.js';
import type { NotRun } from '../../scripts/lib/not-run.js';
import { formatRequired, parseRequired } from '../../scripts/lib/required-file.js';
import type { RunRecord, TestRecord } from '../../scripts/lib/results.js';

const record = (name: string, more: Partial<TestRecord> = {}): TestRecord => ({
  project: 'unit',
  file: 'test/unit/a.test.ts',
  name,
  state: 'passed',
  durationMs: 1,
  retries: 0,
  errors: [],
  ...more,
});
const ran = (tests: readonly TestRecord[], more: Partial<RunRecord> = {}, exitCode = 0): ProjectRun => ({
  project: 'unit',
  exitCode,
  record: { tests, errors: [], ...more },
});
const id = (name: string): string => `unit › test/unit/a.test.ts › ${name}`;
const strict = (...required: readonly string[]): Rules => ({ noSkip: true, required, left: [] });

describe('judge', () => {
  test('all well: what passed is counted and nothing is said', () => {
    expect(judge([ran([record('a'), record('b')])], strict(id('a'), id('b')))).toEqual({ passed: 2, failed: 0, problems: [], notes: [] });
  });

  test('a failed and an unfinished test are failures under any rules', () => {
    const runs = [ran([record('a', { state: 'failed' }), record('b', { state: 'pending' })], {}, 1)];
    expect(judge(runs, { noSkip: false, required: undefined, left: [] })).toMatchObject({ passed: 0, failed: 2 });
  });

  test('continuous integration fails for a required test that did not run', () => {
    const verdict = judge([ran([record('a')])], strict(id('a'), id('gone')));
    expect(verdict).toMatchObject({ passed: 1, failed: 1, problems: [`required, but did not run: ${id('gone')}`] });
  });

  test('continuous integration fails for a test that no list names, and says how to list it', () => {
    const verdict = judge([ran([record('a'), record('new')])], strict(id('a')));
    expect(verdict.failed).toBe(1);
    expect(verdict.problems[0]).toBe(`ran, but is not in test/required.txt (npx tsx scripts/required.ts --write): ${id('new')}`);
  });

  test('continuous integration fails for a skipped test', () => {
    const verdict = judge([ran([record('a'), record('left out', { state: 'skipped' })])], strict(id('a')));
    expect(verdict.problems).toEqual([`skipped: ${id('left out')}`]);
  });

  test('continuous integration fails for a test that needed a second try', () => {
    expect(judge([ran([record('a', { retries: 1 })])], strict(id('a'))).problems).toEqual([`needed 1 more tries: ${id('a')}`]);
  });

  test('continuous integration fails when no test ran', () => {
    expect(judge([], strict())).toMatchObject({ passed: 0, failed: 1, problems: ['no test ran'] });
  });

  test('continuous integration fails for each file that was left out, once and not for each of its tests', () => {
    const left: readonly NotRun[] = [{ file: 'test/lab/patroni.test.ts', lacks: ['patroni', 'namespaces'] }];
    const rules: Rules = {
      noSkip: true,
      required: [id('a'), 'lab › test/lab/patroni.test.ts › one', 'lab › test/lab/patroni.test.ts › two'],
      left,
    };
    const verdict = judge([ran([record('a')])], rules);
    expect(verdict.problems).toEqual(['not run for want of patroni and namespaces: test/lab/patroni.test.ts']);
    expect(judge([ran([record('a')])], { ...rules, noSkip: false })).toMatchObject({ failed: 0, problems: [], notes: [] });
  });

  test('on a developer’s machine the same things are notes', () => {
    const verdict = judge([ran([record('a'), record('b', { state: 'skipped' })])], { noSkip: false, required: [id('gone')], left: [] });
    expect(verdict).toMatchObject({ passed: 1, failed: 0, problems: [] });
    expect(verdict.notes).toHaveLength(3);
  });

  test('two tests of one name are a failure: a list of names could not tell them apart', () => {
    expect(judge([ran([record('a'), record('a')])], { noSkip: false, required: undefined, left: [] }).problems).toEqual([
      `two tests have one name: ${id('a')}`,
    ]);
  });

  test('a file that cannot be loaded, a vitest without a result and an exit code without a reason are failures', () => {
    const runs: readonly ProjectRun[] = [
      ran([], { errors: ['test/unit/b.test.ts: no such module'] }, 1),
      { project: 'workflow', exitCode: 134, record: undefined },
      ran([record('a')], {}, 1),
    ];
    expect(judge(runs, { noSkip: false, required: undefined, left: [] }).problems).toEqual([
      'unit: test/unit/b.test.ts: no such module',
      'workflow: vitest ended (exit code 134) without a result; its own output says why',
      'unit: vitest ended with exit code 1 although no test failed',
    ]);
  });

  test('the slowest tests come slowest first', () => {
    const runs = [ran([record('a', { durationMs: 5 }), record('b', { durationMs: 9 }), record('c', { durationMs: 7 })])];
    expect(slowest(runs, 2).map((one) => one.name)).toEqual(['b', 'c']);
  });
});

describe('test/required.txt', () => {
  test('is written sorted and read back without its heading', () => {
    expect(parseRequired(formatRequired(['b › x', 'a › y']))).toEqual(['a › y', 'b › x']);
  });

  test('an empty file names no test', () => {
    expect(parseRequired('')).toEqual([]);
  });
});
