/** The intervals of a run: human wait apart from machine time, and how long the switch could not be written (design §2, step 6). */
import type { RunFacts, RunTimes } from './run-facts.js';

/** Length of the union of intervals, milliseconds. */
export function unionMs(intervals: readonly (readonly [number, number])[]): number {
  let total = 0;
  let reachedMs = -Infinity;
  for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const start = Math.max(from, reachedMs);
    if (to > start) total += to - start;
    reachedMs = Math.max(reachedMs, to);
  }
  return total;
}

export interface ControlInterval {
  readonly lostAtMs: number | undefined;
  readonly backAtMs: number | undefined;
}

/** Counts the intervals of a run that ends now. */
export function runTimes(facts: RunFacts, endedAtMs: number, control: ControlInterval): RunTimes {
  const totalMs = endedAtMs - facts.startedAtMs;
  const humanMs = unionMs(facts.gates.map((g) => [g.openedAtMs, g.closedAtMs ?? endedAtMs] as const));
  const { lostAtMs, backAtMs } = control;
  const base = { totalMs, humanMs, machineMs: totalMs - humanMs };
  if (lostAtMs === undefined || facts.target === undefined) return base;
  const toMs = backAtMs ?? endedAtMs;
  const provenAtMs = facts.pause.record?.provenAtMs ?? toMs;
  return {
    ...base,
    controlUnavailableMs: Math.max(0, toMs - lostAtMs),
    liveWithoutControlMs: Math.max(0, Math.min(provenAtMs, toMs) - lostAtMs),
  };
}
