/** One run of the runbook during a situation, as test/situations/support/tell-runs.ts hands it over with the test's own result. */
export interface SituationRun {
  /** Outcome of the run; or how the server names its state when it has none, for example `RUNNING`. */
  readonly outcome: string;
  /** From the last approval before it (or the run's start, when nobody had to approve) to the end of the verification. */
  readonly recoveryMs?: number;
  /** How long people were waited for. */
  readonly humanMs?: number;
  /** From the start of the run to its end. */
  readonly totalMs?: number;
}

/** One situation with its runs, oldest first. */
export interface Situation {
  /** Full name of the test. */
  readonly name: string;
  readonly passed: boolean;
  readonly runs: readonly SituationRun[];
}

const WIDTH = 98;
const NUMBERS = ['recovery', 'people', 'whole'] as const;
const NUMBER_WIDTH = 9;
const OUTCOME_WIDTH = 17;
const NAME_WIDTH = WIDTH - OUTCOME_WIDTH - NUMBERS.length * NUMBER_WIDTH - 2;

const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`).padStart(NUMBER_WIDTH);

/** Lines of at most `width` characters, broken between words. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What a situation is called in the table: the words that many names begin with are left out. */
const shortName = (name: string): string =>
  name.replace(/^promise (?=S\d+: )/, '').replace(/(^|: |> )situation(?: on the full lab)?: /, '$1');

function rows({ name, passed, runs }: Situation): readonly string[] {
  const names = wrap(shortName(name), NAME_WIDTH);
  const columns = runs.map(
    ({ outcome, recoveryMs, humanMs, totalMs }) =>
      `  ${outcome.padEnd(OUTCOME_WIDTH)}${[recoveryMs, humanMs, totalMs].map(seconds).join('')}`,
  );
  if (columns.length === 0) columns.push('  –');
  if (!passed) columns.push('  TEST FAILED');
  return Array.from({ length: Math.max(names.length, columns.length) }, (_, index) =>
    `${(names[index] ?? '').padEnd(NAME_WIDTH)}${columns[index] ?? ''}`.trimEnd(),
  );
}

/** The table of a run of the situations, at most 98 columns wide. Pure. */
export function situationTable(situations: readonly Situation[]): readonly string[] {
  const heading = `${'situation'.padEnd(NAME_WIDTH)}  ${'outcome'.padEnd(OUTCOME_WIDTH)}${NUMBERS.map((each) => each.padStart(NUMBER_WIDTH)).join('')}`;
  return [
    heading,
    '─'.repeat(WIDTH),
    ...situations.flatMap(rows),
    '─'.repeat(WIDTH),
    'recovery: from the last approval to verified. people: how long they were waited for.',
    'whole: the run from its start to its end. –: there is none, or none that the test hands over.',
  ];
}
