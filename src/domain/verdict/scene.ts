/**
 * One observation prepared for the predicates of the verdict table: who answered, who is out of recovery, who is proven.
 * Facts become views here and nowhere else, so that two predicates can never disagree about the same word.
 */
import type { NodeAnswer, NodeFacts, Observation, Snapshot } from '../facts.js';
import type { Plan, PlannedNode } from '../plan.js';
import { relate, type Relation } from '../timeline.js';

/** What an observation is judged against. */
export interface JudgeContext {
  readonly plan: Pick<Plan, 'nodes' | 'instances' | 'rowRules' | 'environment' | 'expectedPrimary' | 'lastSnapshot' | 'times'>;
  /** Names of nodes under a fence that is proven to be in force: whatever they answer, they cannot serve. */
  readonly fenced: readonly string[];
  /** The observation before this one. Without it no WAL receiver can be seen to advance, so none is a witness of life. */
  readonly previous?: Observation;
  /** True in a rehearsal, which writes nothing: a primary is then proven without a committed probe, and the sentences say so. */
  readonly withoutProbe?: boolean;
  /** Silence on an open WAL stream after which it counts as stalled; default {@link RECEIVER_STALLED_AFTER_MS}. */
  readonly receiverStalledAfterMs?: number;
}

/** A live walsender sends a keepalive after half of `wal_sender_timeout` (60 s by default): `streaming` is neutral for a minute. */
export const RECEIVER_STALLED_AFTER_MS = 60_000;

/** A predicate of the table: the sentence when the verdict matches, undefined when it does not. */
export type Predicate = (scene: Scene) => string | undefined;

/** A node that answered, with what follows from its answer. */
export interface AnsweredNode {
  readonly name: string;
  readonly facts: NodeFacts;
  readonly answer: NodeAnswer;
  readonly planned?: PlannedNode;
  /** Against the last snapshot; absent when there is none. */
  readonly relation?: Relation;
  /** The node's clock at the reading, epoch milliseconds. */
  readonly nodeNowMs: number;
}

/** The prepared observation. */
export interface Scene {
  readonly observation: Observation;
  readonly context: JudgeContext;
  readonly snapshot?: Snapshot;
  /** Every node that answered and is not fenced. */
  readonly answered: readonly AnsweredNode[];
  /** Of these, the ones out of recovery. */
  readonly writable: readonly AnsweredNode[];
  readonly standbys: readonly AnsweredNode[];
  /** The expected primary's facts, fenced or not; absent when it was not observed. */
  readonly expected?: NodeFacts;
  /** The only writable node, when system identifier, marker and lineage are right. It may be slow, full or blocked. */
  readonly primary?: AnsweredNode;
  /** The same node, when it also committed the probe (or in a rehearsal, when none was tried). */
  readonly proven?: AnsweredNode;
}

/** Why a node is not of this store, one sentence; undefined when system identifier and marker are right. */
export function identityProblem(node: AnsweredNode, context: JudgeContext): string | undefined {
  const known = context.plan.lastSnapshot?.systemIdentifier;
  if (known !== undefined && node.answer.systemIdentifier !== known) {
    return `${node.name} has system identifier ${node.answer.systemIdentifier}, the last snapshot has ${known}`;
  }
  if (node.answer.marker === undefined) return `${node.name} carries no marker, expected ${context.plan.environment}`;
  if (node.answer.marker !== context.plan.environment)
    return `${node.name} carries the marker ${node.answer.marker}, expected ${context.plan.environment}`;
  return undefined;
}

/**
 * Whether a writable node's lineage is that of the store. Against a snapshot: the expected primary may stay on its timeline, any other
 * node must have left it by a promotion. Without one: the expected primary itself, or the node that the expected primary now follows.
 */
function lineageHolds(node: AnsweredNode, context: JudgeContext, expected: NodeFacts | undefined): boolean {
  const isExpected = node.name === context.plan.expectedPrimary;
  if (node.relation !== undefined) return node.relation.relation === 'extends' || (isExpected && node.relation.relation === 'same');
  if (isExpected) return true;
  const follower = expected?.answer;
  if (follower === undefined || !follower.inRecovery || follower.systemIdentifier !== node.answer.systemIdentifier) return false;
  const { relation } = relate({ ...follower.history, lsn: follower.receivedLsn }, node.answer.history);
  return relation === 'same' || relation === 'extends';
}

function answeredNodes(observation: Observation, context: JudgeContext): readonly AnsweredNode[] {
  const { lastSnapshot, nodes } = context.plan;
  return observation.nodes.flatMap((facts) => {
    const { answer } = facts;
    if (answer === undefined || context.fenced.includes(facts.node)) return [];
    const planned = nodes.find((node) => node.name === facts.node);
    const relation =
      lastSnapshot === undefined
        ? undefined
        : relate({ ...lastSnapshot.history, lsn: lastSnapshot.lsn }, { ...answer.history, lsn: answer.receivedLsn });
    return [
      {
        name: facts.node,
        facts,
        answer,
        nodeNowMs: facts.atMs + answer.clock.offsetMs,
        ...(planned === undefined ? {} : { planned }),
        ...(relation === undefined ? {} : { relation }),
      },
    ];
  });
}

/** Prepares an observation. Throws HF_INTERNAL only for an LSN that is none. */
export function setScene(observation: Observation, context: JudgeContext): Scene {
  const answered = answeredNodes(observation, context);
  const writable = answered.filter((node) => !node.answer.inRecovery);
  const expected = observation.nodes.find((facts) => facts.node === context.plan.expectedPrimary);
  const only = writable.length === 1 ? writable[0] : undefined;
  const primary =
    only !== undefined && identityProblem(only, context) === undefined && lineageHolds(only, context, expected) ? only : undefined;
  const probe = primary?.answer.probe.state;
  const isProven = probe === 'committed' || (probe === 'not-tried' && context.withoutProbe === true);
  return {
    observation,
    context,
    answered,
    writable,
    standbys: answered.filter((node) => node.answer.inRecovery),
    ...(context.plan.lastSnapshot === undefined ? {} : { snapshot: context.plan.lastSnapshot }),
    ...(expected === undefined ? {} : { expected }),
    ...(primary === undefined ? {} : { primary }),
    ...(primary !== undefined && isProven ? { proven: primary } : {}),
  };
}

/** Names for a sentence: `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'none';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
