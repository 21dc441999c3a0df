/** Measured clocks (design S13): a timestamp that Holdfast writes may be from nobody's future. */
import { formatDuration, formatInstant } from './duration.js';
import type { ClockReading, Observation } from './facts.js';

/** A clock further off than this is refused: its node is no candidate, and no timestamp is written by it. */
export const MAX_CLOCK_OFFSET_MS = 2_000;

/** Offset of the slowest clock among the worker and the nodes that answered, each at the slow end of its error bar; never above 0. */
export function slowestClockOffsetMs(observation: Observation): number {
  const offsets = observation.nodes.flatMap(({ answer }) => (answer === undefined ? [] : [answer.clock.offsetMs - answer.clock.errorMs]));
  return Math.floor(Math.min(0, ...offsets));
}

/** A timestamp that may be written, or the rule that forbids to write one. */
export type SafeTimestamp =
  | { readonly state: 'safe'; readonly atMs: number; readonly slowest: string; readonly sentence: string }
  | { readonly state: 'refused'; readonly sentence: string };

/**
 * The latest timestamp no verified clock would take for the future: the slowest of the worker's and all measured clocks, each at the slow
 * end of its error bar. Refused when no clock was measured, when one is more than 2 s off, or when the result would be earlier than the
 * timestamp the row already carries.
 * @param clocks by name, each relative to the worker.
 * @param nowMs the worker's clock.
 * @param rowUpdatedAtMs the row's own `updated_at`, when there is a row.
 */
export function latestSafeTimestamp(clocks: Readonly<Record<string, ClockReading>>, nowMs: number, rowUpdatedAtMs?: number): SafeTimestamp {
  const measured = Object.entries(clocks).toSorted(([left], [right]) => (left < right ? -1 : 1));
  if (measured.length === 0) return { state: 'refused', sentence: 'No clock was measured, so no timestamp is safe to write.' };
  for (const [name, { offsetMs, errorMs }] of measured) {
    if (Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS || errorMs > MAX_CLOCK_OFFSET_MS) {
      const off = `${formatDuration(offsetMs)} off the worker's (± ${formatDuration(errorMs)})`;
      return { state: 'refused', sentence: `The clock of ${name} is ${off}; the limit is ${formatDuration(MAX_CLOCK_OFFSET_MS)}.` };
    }
  }
  let slowest = { name: 'the worker', atMs: nowMs };
  for (const [name, { offsetMs, errorMs }] of measured) {
    const atMs = Math.floor(nowMs + offsetMs - errorMs);
    if (atMs < slowest.atMs) slowest = { name, atMs };
  }
  if (rowUpdatedAtMs !== undefined && slowest.atMs < rowUpdatedAtMs) {
    return {
      state: 'refused',
      sentence: `The slowest clock (${slowest.name}) shows ${formatInstant(slowest.atMs)}, before the row's updated_at ${formatInstant(rowUpdatedAtMs)}.`,
    };
  }
  return {
    state: 'safe',
    atMs: slowest.atMs,
    slowest: slowest.name,
    sentence: `Not later than ${formatInstant(slowest.atMs)}, by the slowest clock (${slowest.name}).`,
  };
}
