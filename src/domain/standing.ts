/** Standing approvals: a bounded rule approved in advance by two people, at most 90 days old (design §2, step 3). */
import type { GateName } from './gate.js';
import type { Plan } from './plan.js';
import { lossWithin, type PossibleLoss } from './possible-loss.js';
import type { Judgement } from './verdict-code.js';

export const STANDING_MAX_AGE_MS = 90 * 24 * 3_600_000;

export interface StandingAnswer {
  readonly option: 'approve' | 'accept';
  readonly people: readonly string[];
}

/** The answer that was approved in advance, if one fits every bound; people are asked otherwise. */
export function standingAnswer(
  gate: GateName,
  plan: Plan,
  judgement: Judgement | undefined,
  loss: PossibleLoss | undefined,
  unfenced: readonly string[],
  nowMs: number,
): StandingAnswer | undefined {
  if (gate !== 'promote' && gate !== 'accept') return undefined;
  if (judgement === undefined || loss === undefined || unfenced.length > 0) return undefined;
  const listed = new Set(plan.people.map((p) => p.id));
  const rule = plan.standing.find(
    (s) =>
      s.gate === gate &&
      new Set(s.approvedBy.filter((p) => listed.has(p))).size >= 2 &&
      nowMs >= s.approvedAtMs &&
      nowMs - s.approvedAtMs <= STANDING_MAX_AGE_MS &&
      s.verdicts.includes(judgement.verdict.code) &&
      lossWithin(loss, s.maxLossBytes),
  );
  return rule === undefined
    ? undefined
    : { option: gate === 'promote' ? 'approve' : 'accept', people: [...new Set(rule.approvedBy)].filter((p) => listed.has(p)) };
}
