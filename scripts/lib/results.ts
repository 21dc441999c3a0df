/** What became of one test: vitest's own words. `pending` is a test that was never finished (its process died). */
export type TestState = 'passed' | 'failed' | 'skipped' | 'pending';

/** One test of a run, as scripts/vitest-reporter.ts writes it down. */
export interface TestRecord {
  readonly project: string;
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string;
  /** Names of the describe blocks and of the test, joined by ` > ` (vitest's full name). */
  readonly name: string;
  readonly state: TestState;
  readonly durationMs: number;
  readonly retries: number;
  /** First line of each error, when failed. */
  readonly errors: readonly string[];
}

/** Everything one vitest process did. */
export interface RunRecord {
  readonly tests: readonly TestRecord[];
  /** What went wrong outside a test: a file that could not be loaded, a failing hook, an unhandled rejection. */
  readonly errors: readonly string[];
}

/** The name under which a test stands in test/required.txt. */
export function requiredName(test: Pick<TestRecord, 'project' | 'file' | 'name'>): string {
  return `${test.project} › ${test.file} › ${test.name}`;
}
