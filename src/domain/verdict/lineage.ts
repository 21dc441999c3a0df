/** Predicates about who is out of recovery, and on which lineage. */
import { nodeAt } from '../node-at.js';
import { identityProblem, listed, type AnsweredNode, type Scene } from './scene.js';

/** Two or more unfenced nodes out of recovery on one system identifier, whatever their histories say. */
export function splitBrain(scene: Scene): string | undefined {
  const identifiers = new Set(scene.writable.map((node) => node.answer.systemIdentifier));
  for (const identifier of identifiers) {
    const both = scene.writable.filter((node) => node.answer.systemIdentifier === identifier);
    if (both.length >= 2) {
      const positions = both.map((node) => `${node.name} (timeline ${node.answer.history.timeline}, ${node.answer.receivedLsn})`);
      return `${both.length} unfenced nodes are out of recovery at the same time: ${listed(positions)}.`;
    }
  }
  return undefined;
}

function sameNumberOtherHistory(left: AnsweredNode, right: AnsweredNode): boolean {
  const a = left.answer.history;
  const b = right.answer.history;
  if (left.answer.systemIdentifier !== right.answer.systemIdentifier || a.timeline !== b.timeline) return false;
  return (
    a.switches.length !== b.switches.length ||
    a.switches.some((item, index) => item.timeline !== b.switches[index]?.timeline || item.endLsn !== b.switches[index]?.endLsn)
  );
}

/**
 * A writable node that parted from the last snapshot's lineage, or is writable on a timeline which that lineage has left (all it writes
 * diverges); or two nodes with one timeline number and different histories. A standby already known to have forked is no such case: it
 * serves nobody and is refused as a candidate.
 */
export function fork(scene: Scene): string | undefined {
  for (const node of scene.writable) {
    const own = scene.snapshot?.systemIdentifier === node.answer.systemIdentifier;
    if (own && node.relation !== undefined && (node.relation.relation === 'fork' || node.relation.relation === 'behind')) {
      return `${node.name} is out of recovery and does not continue the last snapshot. ${node.relation.sentence}`;
    }
  }
  const credible = scene.answered.filter((node) => !node.answer.inRecovery || node.relation?.relation !== 'fork');
  for (const [index, left] of credible.entries()) {
    const right = credible.slice(index + 1).find((other) => sameNumberOtherHistory(left, other));
    if (right !== undefined)
      return `${left.name} and ${right.name} are both on timeline ${left.answer.history.timeline} by different histories.`;
  }
  return undefined;
}

/**
 * The planned node the application is pointed at, when it is not the proven primary and does not answer: where a promotion left the
 * application behind. The memory of the store may have followed that promotion before any run, so "expected" alone does not tell it.
 */
function leftBehind(scene: Scene): string | undefined {
  const { proven, context, observation } = scene;
  const { config } = observation;
  if (proven === undefined || config === undefined || proven.answer.history.switches.length === 0) return undefined;
  const pointed = nodeAt(context.plan.nodes, config);
  if (pointed === undefined || pointed.name === proven.name) return undefined;
  const answer = observation.nodes.find((facts) => facts.node === pointed.name)?.answer;
  if (answer === undefined) return `${pointed.name}, which does not answer`;
  // An HA manager brings an old primary back as a standby by itself: answering is then no sign that it was never left.
  return pointed.managed && answer.inRecovery ? `${pointed.name}, which is a standby now` : undefined;
}

/** Exactly one proven primary, and either it is not the expected one or the application was left behind on a silent node: somebody promoted. */
export function alreadyMoved(scene: Scene): string | undefined {
  const { proven, context } = scene;
  if (proven === undefined) return undefined;
  if (proven.name === context.plan.expectedPrimary) {
    const behind = leftBehind(scene);
    return behind === undefined
      ? undefined
      : `${proven.name} is the primary already (timeline ${proven.answer.history.timeline}); the application is still pointed at ${behind}.`;
  }
  const lineage = proven.relation?.sentence ?? `No snapshot is known; ${context.plan.expectedPrimary} follows it as a standby.`;
  return `${proven.name} is the primary already, not ${context.plan.expectedPrimary}. ${lineage}`;
}

/** A writable node of another database: system identifier or marker differ; without a snapshot, identifiers that differ among nodes. */
export function wrongDatabase(scene: Scene): string | undefined {
  for (const node of scene.writable) {
    const problem = identityProblem(node, scene.context);
    if (problem !== undefined) return `Not this store's database: ${problem}.`;
    const other =
      scene.snapshot === undefined
        ? scene.answered.find((each) => each.answer.systemIdentifier !== node.answer.systemIdentifier)
        : undefined;
    if (other !== undefined) {
      return `Not one cluster: ${node.name} has system identifier ${node.answer.systemIdentifier}, ${other.name} has ${other.answer.systemIdentifier}.`;
    }
  }
  return undefined;
}
