/**
 * What may be lost by promoting a node (design §2, step 3). Three answers only, and the first needs a proof: a standby's lag cannot tell
 * what the primary committed after the last message.
 */
import { formatInstant } from './duration.js';
import type { NodeAnswer, NodeFacts, Observation, Snapshot, SyncFacts } from './facts.js';
import { compareLsn, lsnDistance } from './lsn.js';
import { relate, type Relation } from './timeline.js';

/** The possible loss of one candidate, with its words for the card. */
export type PossibleLoss =
  /** Every acknowledged commit is on the candidate. */
  | { readonly kind: 'none-proven'; readonly sentence: string }
  /** `bytes` are known to be missing, and anything committed after `afterMs` may be (epoch milliseconds, worker's clock; absent = unknown). */
  | { readonly kind: 'at-least'; readonly bytes: number; readonly afterMs?: number; readonly sentence: string }
  | { readonly kind: 'unknown'; readonly sentence: string };

/** Levels of `synchronous_commit` at which a commit waits for a standby. */
const SYNCHRONOUS: readonly string[] = ['on', 'remote_apply', 'remote_write'];

/**
 * Names in `synchronous_standby_names` (`b`, `FIRST 1 (b, c)`, `ANY 2 (b, c)`, `2 (b, c)`, quoted or not). `*` stands for any standby.
 */
export function synchronousNames(standbyNames: string): readonly string[] {
  const inner = /^\s*(?:(?:FIRST|ANY)\s+)?\d+\s*\(([^)]*)\)\s*$/i.exec(standbyNames)?.[1] ?? standbyNames;
  return inner
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '');
}

/**
 * Why loss is not proven to be none, one sentence; undefined when it is. A standby that was in the synchronous set may have left it
 * later, and a quorum member may have missed the last commit; so every other node that could have acknowledged in its place must have
 * answered and hold no more WAL.
 */
function notProvenNone(
  candidate: NodeFacts,
  answer: NodeAnswer,
  relation: Relation,
  snapshot: Snapshot,
  observation: Observation,
): string | undefined {
  const { sync } = snapshot;
  const { node } = candidate;
  if (sync.standbyNames.trim() === '') return 'replication was asynchronous at the last snapshot';
  if (!SYNCHRONOUS.includes(sync.applicationCommit)) return `the application commits with synchronous_commit ${sync.applicationCommit}`;
  if (observation.manager !== undefined) return 'the HA manager may have fallen back to asynchronous replication';
  if (!sync.inSync.includes(node)) return `${node} was not in the synchronous set at the last snapshot`;
  const names = synchronousNames(sync.standbyNames);
  const others = names.includes('*')
    ? [...sync.inSync, ...observation.nodes.filter((facts) => facts.answer?.inRecovery !== false).map((facts) => facts.node)]
    : names;
  // On a node that was promoted already, only the WAL up to the switch came from the lost primary.
  const held = relation.sharedUntilLsn ?? answer.receivedLsn;
  for (const name of new Set(others)) {
    if (name === node || name === snapshot.primary) continue;
    const other = observation.nodes.find((facts) => facts.node === name)?.answer;
    if (other === undefined) return `${name} may have acknowledged commits in its place and did not answer`;
    const follows = relation.relation === 'extends' && other.history.timeline === answer.history.timeline;
    if (!follows && compareLsn(other.receivedLsn, held) > 0) return `${name} received more (${other.receivedLsn})`;
  }
  return undefined;
}

/** When the candidate was last known to be current, epoch milliseconds of the worker's clock. */
function currentUntil(answer: NodeAnswer, snapshot: Snapshot, missingBytes: number): number | undefined {
  const heard = answer.walReceiver?.visible === true ? answer.walReceiver.lastMessageAtMs : undefined;
  const stamped = heard ?? answer.lastReplayAtMs;
  const known = stamped === undefined ? undefined : stamped - answer.clock.offsetMs;
  if (missingBytes > 0) return known;
  return known === undefined ? snapshot.atMs : Math.max(known, snapshot.atMs);
}

/**
 * The possible loss if this node were (or was) promoted. Pure comparison with the last snapshot: without one, or on a lineage that does
 * not continue it, nothing can be said.
 */
export function possibleLoss(candidate: NodeFacts, observation: Observation, snapshot: Snapshot | undefined): PossibleLoss {
  const { node, answer } = candidate;
  if (answer === undefined) return { kind: 'unknown', sentence: `Possible loss is unknown: ${node} did not answer.` };
  if (snapshot === undefined)
    return { kind: 'unknown', sentence: 'Possible loss is unknown: no snapshot of the lost primary is on record.' };
  const relation = relate({ ...snapshot.history, lsn: snapshot.lsn }, { ...answer.history, lsn: answer.receivedLsn });
  if (relation.relation === 'fork' || relation.relation === 'behind') {
    return { kind: 'unknown', sentence: `Possible loss is unknown: ${node} does not continue the last snapshot. ${relation.sentence}` };
  }
  const bytes = relation.lostBytes ?? Math.max(0, lsnDistance(answer.receivedLsn, snapshot.lsn));
  const unproven =
    bytes > 0
      ? `${node} lacks ${bytes} bytes of WAL that the last snapshot saw`
      : notProvenNone(candidate, answer, relation, snapshot, observation);
  if (unproven === undefined) {
    const set = `it was in the synchronous set at ${formatInstant(snapshot.atMs)}`;
    return {
      kind: 'none-proven',
      sentence: `No loss, proven: ${set}, the application commits with synchronous_commit ${snapshot.sync.applicationCommit}, and no other standby holds more.`,
    };
  }
  const afterMs = currentUntil(answer, snapshot, bytes);
  const after = afterMs === undefined ? 'anything after an unknown time' : `anything after ${formatInstant(afterMs)}`;
  return {
    kind: 'at-least',
    bytes,
    ...(afterMs === undefined ? {} : { afterMs }),
    sentence: `At least ${bytes} bytes may be lost, and ${after}: ${unproven}.`,
  };
}

/** Bytes for evidence and bounds; null when unknown. 0 does not mean proven: `lossWithin` tells. */
export function lossBytes(loss: PossibleLoss): number | null {
  switch (loss.kind) {
    case 'none-proven':
      return 0;
    case 'at-least':
      return loss.bytes;
    case 'unknown':
      return null;
  }
}

/** Whether a loss lies within a bound approved in advance. A bound of 0 bytes asks for `none, proven`. */
export function lossWithin(loss: PossibleLoss, maxBytes: number): boolean {
  switch (loss.kind) {
    case 'none-proven':
      return true;
    case 'at-least':
      return maxBytes > 0 && loss.bytes <= maxBytes;
    case 'unknown':
      return false;
  }
}

/** Whether commits of this level wait for a standby; used where a node's own settings would block it after a promotion. */
export function commitsSynchronously(sync: SyncFacts): boolean {
  return SYNCHRONOUS.includes(sync.applicationCommit);
}
