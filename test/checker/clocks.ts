/** S13: nobody with a wrong clock is promoted, and no timestamp is written that some clock calls the future. */
import { broken, lastingProblems, ours } from './lookup.js';
import type { ChaosRecord, Violation } from './types.js';

const LARGEST_OFFSET_MS = 2_000;
/** Clocks are measured over a network. */
const ERROR_BAR_MS = 250;

/** S13: a candidate more than 2 s off is refused; a written timestamp is neither earlier than the row's nor later than the slowest clock. */
export function checkS13(record: ChaosRecord): readonly Violation[] {
  const promoted = ours(record, 'promote').flatMap((entry) => {
    const off = lastingProblems(record, entry, (truth) => {
      const offsetMs = truth.nodes[entry.target]?.clockOffsetMs ?? 0;
      return Math.abs(offsetMs) > LARGEST_OFFSET_MS + ERROR_BAR_MS ? [`${offsetMs} ms`] : [];
    });
    return off.map((offset) => broken('S13', entry.atMs, `${entry.target} was promoted with a clock that is off by ${offset}`));
  });
  const written = ours(record, 'reaffirm').flatMap((entry) => {
    const before = entry.before?.updatedAtMs ?? Number.NEGATIVE_INFINITY;
    const after = entry.after?.updatedAtMs ?? before;
    const slowest = Math.min(
      0,
      ...Object.values(entry.truth.nodes)
        .filter((n) => n.up)
        .map((n) => n.clockOffsetMs),
    );
    if (after < before) return [broken('S13', entry.atMs, `a timestamp of ${entry.target} was set back by ${before - after} ms`)];
    if (after === before) return [];
    const lateMs = after - (entry.atMs + slowest);
    return lateMs > ERROR_BAR_MS + 2_000
      ? [broken('S13', entry.atMs, `a timestamp on ${entry.target} is ${lateMs} ms ahead of the slowest clock`)]
      : [];
  });
  return [...promoted, ...written];
}
