/** Predicates about what an HA manager says. Plain pairs have none and none of these match. */
import type { Scene } from './scene.js';

/** The manager lost its consensus store: everything is read-only by its own design. Wait; a promotion by hand would make two primaries. */
export function dcsLost(scene: Scene): string | undefined {
  return scene.observation.manager?.dcsLost === true
    ? 'The HA manager cannot reach its consensus store; it keeps every node read-only.'
    : undefined;
}

/** The manager is failing over. */
export function failoverInProgress(scene: Scene): string | undefined {
  const { manager } = scene.observation;
  return manager?.failoverInProgress === true ? `The HA manager is failing over (leader: ${manager.leader ?? 'none yet'}).` : undefined;
}
