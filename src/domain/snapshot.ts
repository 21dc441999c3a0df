/** Makes the snapshot of a store from what was seen, or none when it cannot be believed. */
import type { NodeFacts, Snapshot } from './facts.js';
import type { Plan } from './plan.js';

/**
 * A snapshot is credible when exactly one node accepts writes, it carries the store's marker and its row could be read.
 * Anything less is no snapshot: the last credible one stays.
 */
export function snapshotOf(
  store: string,
  nodes: readonly NodeFacts[],
  plan: Pick<Plan, 'environment'>,
  atMs: number,
): Snapshot | undefined {
  const writers = nodes.filter((n) => n.answer?.inRecovery === false);
  const primary = writers[0];
  if (writers.length !== 1 || primary?.answer === undefined) return undefined;
  const { answer } = primary;
  if (answer.marker !== plan.environment || answer.row.state === 'unreadable') return undefined;
  return {
    schema: 1,
    store,
    atMs,
    primary: primary.node,
    systemIdentifier: answer.systemIdentifier,
    history: answer.history,
    lsn: answer.receivedLsn,
    row: answer.row,
    sync: answer.sync,
    clocks: Object.fromEntries(nodes.flatMap((n) => (n.answer === undefined ? [] : [[n.node, n.answer.clock]]))),
    settings: answer.settings,
  };
}
