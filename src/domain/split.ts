/** Two nodes accept writes: which one is right? Only lineage can tell, and only sometimes. */
import type { Observation, Snapshot } from './facts.js';
import { relate } from './timeline.js';

/**
 * The writable node that left the timeline of every other writable node by a promotion and continues the last snapshot; undefined when
 * there is none (a fork, equal timelines, or no second writer). What the others wrote after the promotion is lost with them.
 */
export function laterLineage(observation: Observation, snapshot: Snapshot | undefined): string | undefined {
  const writers = observation.nodes.flatMap((n) =>
    n.answer !== undefined && !n.answer.inRecovery ? [{ name: n.node, answer: n.answer }] : [],
  );
  if (writers.length < 2) return undefined;
  const right = writers.filter(({ name, answer }) => {
    // `same` is the usual night: the store's memory followed the promotion, then the old primary came back.
    const relation = snapshot === undefined ? 'same' : relate({ ...snapshot.history, lsn: snapshot.lsn }, answer.history).relation;
    const continues = relation === 'same' || relation === 'extends';
    const leaves = writers.every(
      (other) =>
        other.name === name ||
        (other.answer.systemIdentifier === answer.systemIdentifier &&
          relate({ ...other.answer.history, lsn: other.answer.receivedLsn }, answer.history).relation === 'extends'),
    );
    return continues && leaves;
  });
  return right.length === 1 ? right[0]?.name : undefined;
}
