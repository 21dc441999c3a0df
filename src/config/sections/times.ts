import { z } from 'zod';
import { VERDICT_CODES } from '../../domain/verdict-code.js';
import { DEFAULT_OBJECTIVES, DEFAULT_TIMES, LEASE_LIMIT_MS } from '../defaults.js';
import { duration, durationOr } from '../values.js';

const t = DEFAULT_TIMES;

/** Every duration of a run; all have defaults. */
export const timesSection = z.strictObject({
  holdOff: z
    .partialRecord(z.enum(VERDICT_CODES), duration)
    .default({})
    .describe('How long a verdict must hold before it is acted upon, by verdict.'),
  stalenessWindow: durationOr(t.stalenessWindowMs, 'Trading is paused when the application could not read the row for this long.'),
  observeEvery: durationOr(t.observeEveryMs, 'Pause between two observations.'),
  waitVerdict: durationOr(t.waitVerdictMs, 'How long verdicts that say `wait` are waited for before people are asked.'),
  stopGrace: durationOr(t.stopGraceMs, 'Grace between SIGTERM and kill of an instance.'),
  stopLimit: durationOr(t.stopLimitMs, 'How long a stop may take in all, kill included, before it is reported stuck.'),
  verifyBudget: durationOr(t.verifyBudgetMs, 'How long an instance may take to become what verification expects.'),
  verifyEvery: durationOr(t.verifyEveryMs, 'Pause between two looks while verifying.'),
  pauseProof: durationOr(t.pauseProofMs, 'A pause not proven after this is paged, and paused a second way beside the run.'),
  decisionTtl: durationOr(t.decisionTtlMs, 'How long a decision counts.'),
  reopen: durationOr(t.reopenMs, 'Shortest time between two openings of one gate; doubles.'),
  lease: duration
    .refine((value) => value <= LEASE_LIMIT_MS, 'is longer than 15 minutes — a freshness lease is bounded; shorten it')
    .prefault('15m')
    .describe('Longest freshness lease; at most 15 minutes.'),
  receiverStalled: durationOr(t.receiverStalledMs, 'Silence on an open WAL stream after which a standby’s receiver counts as stalled.'),
});

/** Targets that the report measures against. */
export const objectivesSection = z.strictObject({
  rpo: durationOr(DEFAULT_OBJECTIVES.rpoMs, 'Recovery point objective.'),
  rto: durationOr(DEFAULT_OBJECTIVES.rtoMs, 'Recovery time objective.'),
});
