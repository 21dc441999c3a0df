import { notRunProblems } from './not-run.js';
import type { NotRun } from './not-run.js';
import { requiredName } from './results.js';
import type { RunRecord, TestRecord } from './results.js';

/** What one vitest process gave back; `record` is absent when it died before it could write. */
export interface ProjectRun {
  readonly project: string;
  readonly exitCode: number;
  readonly record: RunRecord | undefined;
}

/** How strictly a whole run is judged. */
export interface Rules {
  /** Continuous integration: a missing, skipped, retried or unlisted test is a failure. */
  readonly noSkip: boolean;
  /** The names of test/required.txt; absent when the run was not meant to be whole. */
  readonly required: readonly string[] | undefined;
  /** Files left out because this machine lacks something. */
  readonly left: readonly NotRun[];
}

/** The counts of the closing line, and every reason beyond failed tests. */
export interface Judgement {
  readonly passed: number;
  readonly failed: number;
  /** Each counts as one failure. */
  readonly problems: readonly string[];
  /** Worth reading, not a failure. */
  readonly notes: readonly string[];
}

const writeHint = 'npx tsx scripts/required.ts --write';

function outside(run: ProjectRun): string[] {
  if (run.record === undefined)
    return [`${run.project}: vitest ended (exit code ${run.exitCode}) without a result; its own output says why`];
  const seen = run.record.errors.length > 0 || run.record.tests.some((test) => test.state === 'failed' || test.state === 'pending');
  if (run.exitCode !== 0 && !seen) return [`${run.project}: vitest ended with exit code ${run.exitCode} although no test failed`];
  return run.record.errors.map((error) => `${run.project}: ${error}`);
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** A file that was left out is told once, and not for each of its tests. */
function againstRequired(executed: readonly string[], required: readonly string[], left: readonly NotRun[]): string[] {
  const ran = new Set(executed);
  const listed = new Set(required);
  const leftOut = new Set(left.map(({ file }) => file));
  return [
    ...required
      .filter((name) => !ran.has(name) && !leftOut.has(name.split(' › ')[1] ?? ''))
      .map((name) => `required, but did not run: ${name}`),
    ...executed.filter((name) => !listed.has(name)).map((name) => `ran, but is not in test/required.txt (${writeHint}): ${name}`),
  ];
}

const strictOnly = (test: TestRecord): string[] => [
  ...(test.state === 'skipped' ? [`skipped: ${requiredName(test)}`] : []),
  ...(test.retries > 0 ? [`needed ${test.retries} more tries: ${requiredName(test)}`] : []),
];

/** Turns what the projects did into counts and reasons. Pure. */
export function judge(runs: readonly ProjectRun[], rules: Rules): Judgement {
  const tests = runs.flatMap((run) => run.record?.tests ?? []);
  const executed = tests.filter((test) => test.state !== 'skipped').map(requiredName);
  const strict = [
    ...tests.flatMap(strictOnly),
    ...(rules.required === undefined ? [] : againstRequired(executed, rules.required, rules.left)),
    ...(executed.length === 0 ? ['no test ran'] : []),
  ];
  const problems = [
    ...runs.flatMap(outside),
    ...repeated(executed).map((name) => `two tests have one name: ${name}`),
    ...(rules.noSkip ? [...notRunProblems(rules.left), ...strict] : []),
  ];
  const passed = tests.filter((test) => test.state === 'passed').length;
  return { passed, failed: executed.length - passed + problems.length, problems, notes: rules.noSkip ? [] : strict };
}

/** The slowest tests, slowest first. */
export function slowest(runs: readonly ProjectRun[], count: number): readonly TestRecord[] {
  const tests = runs.flatMap((run) => run.record?.tests ?? []);
  return tests.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, count);
}
