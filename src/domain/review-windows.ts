/** Which times a metrics review compares: before the loss, while control was unavailable, and after the last instance was verified. */
import type { ReviewTimes } from './plan.js';
import type { MetricRange } from './metric-series.js';
import type { RunFacts, StepName } from './run-facts.js';

/** More samples than this tell nothing more, and a server refuses 11,000 a series. */
const SAMPLES = 240;

/** The windows, and the moments of the run that a reader wants beside them. */
export interface ReviewWindows {
  readonly before: MetricRange;
  readonly during: MetricRange;
  readonly after: MetricRange;
  readonly moments: {
    readonly lostAtMs: number;
    readonly pausedAtMs?: number;
    readonly settledAtMs: number;
    readonly resumedAtMs?: number;
  };
}

/** Why there is nothing to review; undefined when there is. */
export function nothingToReview(facts: RunFacts): string | undefined {
  if (facts.result === undefined) return 'The run has not ended.';
  if (facts.target === undefined) return 'The application was not moved: there is no after to compare with before.';
  return undefined;
}

/**
 * The windows of a run that has ended. "After" begins once the last instance was verified and one rate interval has passed; for a run
 * that stopped earlier, once the switch could be written again, else at its end.
 */
export function reviewWindows(facts: RunFacts, times: ReviewTimes): ReviewWindows {
  const endedAtMs = facts.startedAtMs + (facts.result?.times.totalMs ?? 0);
  const lostAtMs = facts.control?.lostAtMs ?? facts.startedAtMs;
  const settledAtMs = Math.max(lostAtMs, lastEnd(facts, ['verify', 'all-instances']) ?? facts.control?.backAtMs ?? endedAtMs);
  const resumedAtMs = facts.pause.state === 'lifted' ? lastEnd(facts, ['resume']) : undefined;
  const pausedAtMs = facts.pause.record?.provenAtMs;
  const afterFromMs = settledAtMs + times.rateMs;
  return {
    before: range(lostAtMs - times.beforeMs, lostAtMs, times.stepMs),
    during: range(lostAtMs, settledAtMs, times.stepMs),
    after: range(afterFromMs, afterFromMs + times.afterMs, times.stepMs),
    moments: {
      lostAtMs,
      settledAtMs,
      ...(pausedAtMs === undefined ? {} : { pausedAtMs }),
      ...(resumedAtMs === undefined ? {} : { resumedAtMs }),
    },
  };
}

/** When the window after is over and its last sample has been scraped. */
export function reviewableAtMs(windows: ReviewWindows): number {
  return windows.after.toMs + 2 * windows.after.stepMs;
}

function lastEnd(facts: RunFacts, names: readonly StepName[]): number | undefined {
  const ends = facts.steps.flatMap((s) =>
    names.includes(s.step) && s.endedAtMs !== undefined && (s.result === 'done' || s.result === 'found-done') ? [s.endedAtMs] : [],
  );
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Samples no closer than the scrape interval, no more than are of use, and at least one. */
function range(fromMs: number, toMs: number, stepMs: number): MetricRange {
  return { fromMs, toMs, stepMs: Math.max(stepMs, Math.ceil((toMs - fromMs) / SAMPLES)) };
}
