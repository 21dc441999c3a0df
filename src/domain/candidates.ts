/** Which node to promote: the ranking, and for every other node the rules that refuse it, each with its number (design §2 step 3, S12). */
import { refusals, type Refusal, type RefusalContext } from './candidate-refusals.js';
import type { NodeAnswer, NodeFacts, Observation } from './facts.js';
import { compareLsn } from './lsn.js';
import { possibleLoss, type PossibleLoss } from './possible-loss.js';

/** A node that may be promoted. */
export interface Candidate {
  readonly node: string;
  readonly timeline: number;
  readonly receivedLsn: string;
  readonly replayedLsn: string;
  /** True when it is in the expected primary's site; also when no sites are planned. */
  readonly sameSite: boolean;
  readonly clockOffsetMs: number;
  readonly loss: PossibleLoss;
}

/** A node that may not be promoted, and every rule that says so. */
export interface RefusedNode {
  readonly node: string;
  readonly reasons: readonly Refusal[];
}

/** Every planned node is in exactly one of the lists; `ranked` has the best first. */
export interface Ranking {
  readonly ranked: readonly Candidate[];
  readonly refused: readonly RefusedNode[];
  /** What the promotion of the adopted node may have lost; absent when none is adopted. */
  readonly adoptedLoss?: PossibleLoss;
}

/** Later timeline, then more WAL, then the expected primary's site, then the name, so that the order is total. */
function better(left: Candidate, right: Candidate): number {
  if (left.timeline !== right.timeline) return right.timeline - left.timeline;
  const wal = compareLsn(right.receivedLsn, left.receivedLsn);
  if (wal !== 0) return wal;
  if (left.sameSite !== right.sameSite) return left.sameSite ? -1 : 1;
  return left.node < right.node ? -1 : 1;
}

function candidate(facts: NodeFacts, answer: NodeAnswer, observation: Observation, context: RefusalContext): Candidate {
  const siteOf = (name: string): string | undefined => context.plan.nodes.find((node) => node.name === name)?.site;
  return {
    node: facts.node,
    timeline: answer.history.timeline,
    receivedLsn: answer.receivedLsn,
    replayedLsn: answer.replayedLsn,
    sameSite: siteOf(facts.node) === siteOf(context.plan.expectedPrimary),
    clockOffsetMs: answer.clock.offsetMs,
    loss: possibleLoss(facts, observation, context.plan.lastSnapshot),
  };
}

/** Ranks the planned nodes over one observation. A planned node that was not observed is refused as one that did not answer. */
export function rankCandidates(observation: Observation, context: RefusalContext): Ranking {
  const ranked: Candidate[] = [];
  const refused: RefusedNode[] = [];
  for (const planned of context.plan.nodes) {
    const facts = observation.nodes.find((each) => each.node === planned.name);
    const reasons = refusals(planned, facts, observation, context);
    if (reasons.length === 0 && facts?.answer !== undefined) ranked.push(candidate(facts, facts.answer, observation, context));
    else refused.push({ node: planned.name, reasons });
  }
  const adopted = observation.nodes.find((each) => each.node === context.adopted);
  return {
    ranked: ranked.toSorted(better),
    refused,
    ...(adopted === undefined ? {} : { adoptedLoss: possibleLoss(adopted, observation, context.plan.lastSnapshot) }),
  };
}
