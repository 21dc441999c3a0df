/**
 * The application's rules for the row (application contract): a read outside them quarantines a running process and ends a booting one.
 * Ages are judged by the clock of the node that was read; the error of its measurement is a bar on both sides.
 */
import { formatDuration, formatInstant } from './duration.js';
import type { Row, RowReading } from './facts.js';
import type { RowRules } from './plan.js';

/** Which rule is broken. `maybe-…`: the limit lies within the error bar of the clock, so neither side is certain. */
export type RowProblemCode =
  | 'row-missing'
  | 'table-missing'
  | 'unreadable'
  | 'stale'
  | 'maybe-stale'
  | 'from-the-future'
  | 'maybe-from-the-future'
  | 'reason-too-long'
  | 'reason-control-characters'
  | 'engaged-without-reason';

/** One broken rule: which, and a sentence with the number and the limit. */
export interface RowProblem {
  readonly code: RowProblemCode;
  readonly sentence: string;
}

/** What the rules make of one reading. `ok` only when nothing is broken and nothing is uncertain. */
export interface RowCheck {
  readonly ok: boolean;
  readonly problems: readonly RowProblem[];
  /** Age by the node's clock, when there is a row. Negative for a row from the future. */
  readonly ageMs?: number;
}

/** Age of the row by the node's clock, milliseconds; negative when `updated_at` lies in the future. */
export function rowAgeMs(row: Row, nodeNowMs: number): number {
  return nodeNowMs - row.updatedAtMs;
}

/**
 * How long the row is certainly fresh, milliseconds; the error bar is taken off. Zero or negative when it is, or may be, stale already.
 * @param nodeNowMs the clock of the node that holds the row.
 */
export function freshFor(row: Row, rules: RowRules, nodeNowMs: number, errorMs: number): number {
  return rules.staleAfterMs - rowAgeMs(row, nodeNowMs) - errorMs;
}

/** Control characters other than tab and newline. DEL and the C1 range count too: a reader that is stricter than ours must not be surprised. */
function hasControlCharacters(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const allowed = point === 9 || point === 10;
    if (!allowed && (point < 32 || (point >= 127 && point <= 159))) return true;
  }
  return false;
}

function ageProblem(row: Row, rules: RowRules, nodeNowMs: number, errorMs: number): RowProblem | undefined {
  const ageMs = rowAgeMs(row, nodeNowMs);
  const bar = `± ${formatDuration(errorMs)}`;
  const old = `updated_at ${formatInstant(row.updatedAtMs)} is ${formatDuration(ageMs)} old (${bar}); the application's limit is ${formatDuration(rules.staleAfterMs)}.`;
  const future = `updated_at ${formatInstant(row.updatedAtMs)} is ${formatDuration(-ageMs)} in the future (${bar}); the application's limit is ${formatDuration(rules.futureToleranceMs)}.`;
  if (ageMs - errorMs > rules.staleAfterMs) return { code: 'stale', sentence: `The row is stale: ${old}` };
  if (ageMs + errorMs > rules.staleAfterMs) return { code: 'maybe-stale', sentence: `The row may be stale: ${old}` };
  if (-ageMs - errorMs > rules.futureToleranceMs) return { code: 'from-the-future', sentence: `The row is from the future: ${future}` };
  if (-ageMs + errorMs > rules.futureToleranceMs)
    return { code: 'maybe-from-the-future', sentence: `The row may be from the future: ${future}` };
  return undefined;
}

function reasonProblems(row: Row, rules: RowRules): readonly RowProblem[] {
  const problems: RowProblem[] = [];
  // Python's len() and PostgreSQL's length() both count code points, not UTF-16 units.
  const length = Array.from(row.reason).length;
  if (length > rules.reasonMaxLength) {
    problems.push({
      code: 'reason-too-long',
      sentence: `The reason has ${length} characters; the application's limit is ${rules.reasonMaxLength}.`,
    });
  }
  if (hasControlCharacters(row.reason)) {
    problems.push({ code: 'reason-control-characters', sentence: 'The reason holds control characters other than tab and newline.' });
  }
  if (row.engaged && row.reason.trim() === '') {
    problems.push({ code: 'engaged-without-reason', sentence: 'The row is engaged with an empty reason.' });
  }
  return problems;
}

/**
 * Holds a reading against the application's rules.
 * @param nowMs the node's clock at the reading: worker's time plus the node's offset.
 * @param errorMs error bar of that offset.
 */
export function checkRow(reading: RowReading, rules: RowRules, nowMs: number, errorMs: number): RowCheck {
  switch (reading.state) {
    case 'row-missing':
      return {
        ok: false,
        problems: [{ code: 'row-missing', sentence: 'The table has no row with id 1; without one the application reads as not engaged.' }],
      };
    case 'table-missing':
      return {
        ok: false,
        problems: [
          { code: 'table-missing', sentence: 'The table kill_switch_state does not exist; the application would create it empty.' },
        ],
      };
    case 'unreadable':
      return {
        ok: false,
        problems: [{ code: 'unreadable', sentence: `The row could not be read: ${reading.failure.text} (${reading.failure.kind}).` }],
      };
    case 'present': {
      const age = ageProblem(reading.row, rules, nowMs, errorMs);
      const problems = [...(age === undefined ? [] : [age]), ...reasonProblems(reading.row, rules)];
      return { ok: problems.length === 0, problems, ageMs: rowAgeMs(reading.row, nowMs) };
    }
  }
}
