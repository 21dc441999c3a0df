/** Predicates about what an HA manager says. Plain pairs have none and none of these match. */
import { formatInstant } from '../duration.js';
import type { ManagerFacts, ManagerMember } from '../facts.js';
import type { Scene } from './scene.js';

function memberOf(manager: ManagerFacts, node: string | undefined): ManagerMember | undefined {
  return manager.members?.find((member) => member.node === node);
}

/**
 * The manager lost its consensus store: everything is read-only by its own design. Wait; a promotion by hand would make two primaries.
 * One case is different: with failsafe mode active the primary goes on, and a committed write proves it; then nothing is lost yet.
 */
export function dcsLost(scene: Scene): string | undefined {
  const { manager } = scene.observation;
  if (manager?.dcsLost !== true) return undefined;
  if (scene.proven !== undefined && memberOf(manager, scene.proven.name)?.failsafeActive === true) return undefined;
  const consequence = manager.paused
    ? 'it is paused, so a primary may go on, but nobody can be elected'
    : 'it keeps every node read-only until the store is back';
  return `The HA manager cannot reach its consensus store; ${consequence}.`;
}

/** What the manager’s list says against its leader, or that there is none. */
function leaderTrouble(manager: ManagerFacts): string {
  if (manager.leader === undefined) return 'nobody holds its lock';
  const member = memberOf(manager, manager.leader);
  if (manager.leaderSource !== 'listed' || member === undefined) return `leader: ${manager.leader}`;
  if (!member.answered) return `its lock still names ${manager.leader}, whose agent does not answer (${member.failure?.kind ?? 'silent'})`;
  return `its lock names ${manager.leader}, which says of itself ${member.role ?? 'nothing'}`;
}

/**
 * The manager is failing over, or will when a silent leader’s lock has run out. Before that a request by hand only waits, and could take
 * another node than the manager takes. A primary that still commits beside a dead agent is part of this: two writable nodes are near.
 */
export function failoverInProgress(scene: Scene): string | undefined {
  const { manager } = scene.observation;
  if (manager?.failoverInProgress !== true) return undefined;
  const until = manager.actsByItselfBeforeMs;
  const limit = until === undefined ? '' : ` It acts by itself before ${formatInstant(until)} or not at all.`;
  const beside =
    scene.proven !== undefined && manager.leaderSource === 'listed' && manager.leader === scene.proven.name
      ? ` ${scene.proven.name} still commits without its agent: once another node is promoted there are two primaries.`
      : '';
  return `The HA manager is failing over: ${leaderTrouble(manager)}.${limit}${beside}`;
}

/**
 * The agent of the expected primary answers, reaches the consensus store and holds the leader’s lock, and nobody paused it: whatever its
 * server does, it starts it again by itself, or gives the lock up when it cannot (Patroni: after `primary_start_timeout`). A promotion
 * beside that, or a fence under it, would turn a restart into a failover.
 */
export function mendedByManager(scene: Scene): ManagerMember | undefined {
  const { manager } = scene.observation;
  const { expectedPrimary } = scene.context.plan;
  if (manager === undefined || manager.paused || manager.dcsLost || manager.failoverInProgress || manager.leader !== expectedPrimary)
    return undefined;
  const member = memberOf(manager, expectedPrimary);
  return member?.answered === true && member.seesDcs === true ? member : undefined;
}
