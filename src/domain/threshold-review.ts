/** Compares what a run needed with the thresholds of its plan, so that they can be tuned (runbook: "tune thresholds if necessary"). */
import { formatDuration } from './duration.js';
import type { Plan } from './plan.js';
import type { RunFacts, StepName } from './run-facts.js';

/** One threshold and how much of it was used. */
export interface ThresholdFinding {
  readonly name: string;
  /** Where it is configured. */
  readonly setting: string;
  readonly neededMs: number;
  readonly allowedMs: number;
  readonly sentence: string;
  /** Only when too little room was left. */
  readonly recommendation?: string;
}

/** More than this share of a threshold used means that the next run may not fit. */
const TIGHT = 0.8;

interface Threshold {
  readonly name: string;
  readonly setting: string;
  readonly needed: (facts: RunFacts) => number | undefined;
  readonly allowed: (plan: Plan) => number;
  readonly advice: string;
}

const THRESHOLDS: readonly Threshold[] = [
  {
    name: 'proof of the pause',
    setting: 'times.pauseProof',
    needed: ({ pause: { record } }) => (record?.provenAtMs === undefined ? undefined : record.provenAtMs - record.requestedAtMs),
    allowed: (plan) => plan.times.pauseProofMs,
    advice:
      'Make the trading platform confirm a pause sooner, or raise times.pauseProof: later than that a second pause is started and people are paged.',
  },
  {
    name: 'stopping the instances',
    setting: 'times.stopLimit',
    needed: (facts) => longest(facts, 'stop-instances'),
    allowed: (plan) => plan.times.stopLimitMs,
    advice:
      'Instances are slow to end: shorten times.stopGrace (a process that hangs on a dead database ignores SIGTERM anyway), or raise times.stopLimit.',
  },
  {
    name: 'verification',
    setting: 'times.verifyBudget',
    needed: (facts) => longest(facts, 'canary', 'verify'),
    allowed: (plan) => plan.times.verifyBudgetMs,
    advice:
      'Raise times.verifyBudget, or lower the application’s ACQUIRE_TIMEOUT_SECONDS, MAX_RETRIES and BACKOFF_MULTIPLIER so that it gives up on a lost node sooner.',
  },
  {
    name: 'trading without control',
    setting: 'times.stalenessWindow',
    needed: (facts) => facts.result?.times.liveWithoutControlMs,
    allowed: (plan) => plan.times.stalenessWindowMs,
    advice: 'Trading ran long without a readable switch: shorten the alert’s `for` and group_wait, or lower times.stalenessWindow.',
  },
  {
    name: 'recovery objective',
    setting: 'objectives.rto',
    needed: (facts) => facts.result?.times.totalMs,
    allowed: (plan) => plan.objectives.rtoMs,
    advice: 'Look at the gates of this report first: a standing approval or an earlier page takes more off than any faster machine.',
  },
];

/** What the run needed of each threshold. What it never came to is left out. */
export function reviewThresholds(plan: Plan, facts: RunFacts): readonly ThresholdFinding[] {
  return THRESHOLDS.flatMap(({ name, setting, needed, allowed, advice }) => {
    const neededMs = needed(facts);
    if (neededMs === undefined) return [];
    const allowedMs = allowed(plan);
    const share = allowedMs === 0 ? 1 : neededMs / allowedMs;
    const sentence = `${name} took ${formatDuration(neededMs)} of ${formatDuration(allowedMs)} (${setting}).`;
    return [{ name, setting, neededMs, allowedMs, sentence, ...(share > TIGHT ? { recommendation: advice } : {}) }];
  });
}

function longest(facts: RunFacts, ...names: readonly StepName[]): number | undefined {
  const took = facts.steps.flatMap((s) => (names.includes(s.step) && s.endedAtMs !== undefined ? [s.endedAtMs - s.startedAtMs] : []));
  return took.length === 0 ? undefined : Math.max(...took);
}
