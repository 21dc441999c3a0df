import { HoldfastError } from '../../../src/domain/errors.js';
import type { ManagerFacts, ManagerMember } from '../../../src/domain/facts.js';
import type { PlannedNode } from '../../../src/domain/plan.js';
import type { EffectResult } from '../../../src/ports/cluster.js';
import type { CallScope } from '../../../src/ports/scope.js';
import { nodeOf } from '../world/lookup.js';
import { agentWorks, requestPromotion } from '../world/manager.js';
import type { World, WorldManager, WorldNode } from '../world/types.js';
import { perform } from './perform.js';

const LOOP_MS = 1_000;
const MARGIN_MS = 5_000;
/** How long a request is followed before its outcome is called unknown. */
const REQUEST_MS = 20_000;

const reachable = (manager: WorldManager, node: WorldNode): boolean => agentWorks(manager, node) && !node.cutOff;

/** What the manager of a world says: its list keeps a dead leader until the lock has run out. */
export function managerFactsOf(world: World): ManagerFacts | undefined {
  const { manager } = world;
  if (manager === undefined) return undefined;
  const nowMs = world.clock.now();
  const nodes = [...world.nodes.values()];
  const answered = nodes.some((node) => reachable(manager, node));
  const dcsLost = manager.storeLostAtMs !== undefined;
  const leader = manager.leader === undefined ? undefined : nodeOf(world, manager.leader);
  const confirmed = leader !== undefined && reachable(manager, leader) && !leader.inRecovery;
  if (confirmed || dcsLost) manager.troubleSinceMs = undefined;
  else if (answered) manager.troubleSinceMs ??= nowMs;
  const before = manager.troubleSinceMs === undefined ? undefined : manager.troubleSinceMs + manager.ttlMs + LOOP_MS + MARGIN_MS;
  const expected = answered && !manager.paused && before !== undefined && nowMs < before;
  const members = nodes.map((node): ManagerMember =>
    reachable(manager, node)
      ? { node: node.name, answered: true, role: node.inRecovery ? 'replica' : 'primary', state: 'running' }
      : { node: node.name, answered: false, failure: { kind: 'refused', text: `${node.name}: its agent does not answer` } },
  );
  return {
    answered,
    // Without its consensus store the list cannot be had.
    ...(leader === undefined || !answered || dcsLost
      ? {}
      : { leader: leader.name, leaderSource: confirmed ? 'confirmed' : before !== undefined && nowMs >= before ? 'renewed' : 'listed' }),
    dcsLost: dcsLost && answered,
    paused: manager.paused,
    failoverInProgress: expected,
    ...(expected ? { actsByItselfBeforeMs: before } : {}),
    members,
  };
}

/** Asks the manager of a world for a promotion, once, and looks for a while who became primary. */
export function promoteByManager(world: World, planned: PlannedNode, scope: CallScope): Promise<EffectResult> {
  const manager = world.manager;
  const node = nodeOf(world, planned.name);
  const unknown = (): HoldfastError =>
    new HoldfastError('HF_PROMOTE_UNKNOWN', `${planned.name} is not primary yet.`, { node: planned.name });
  const refused = (why: string): HoldfastError =>
    new HoldfastError('HF_PROMOTE_REFUSED', `${planned.name}: ${why}.`, { node: planned.name });
  return perform(world, scope, {
    call: 'cluster.promote',
    target: planned.name,
    effect: true,
    reach: () => (manager !== undefined && reachable(manager, node) ? 'ok' : node.cutOff || node.process === 'frozen' ? 'hang' : 'refuse'),
    refused: () => new HoldfastError('HF_NODE_UNREACHABLE', `${planned.name}: its agent does not answer.`, { node: planned.name }),
    silent: unknown,
    act: async (askedAtMs) => {
      const before = manager?.leader;
      const said = requestPromotion(world, node.name, 'holdfast', scope.key, askedAtMs);
      if (typeof said === 'object') throw refused(said.refused);
      if (said === 'already') return { state: 'found-done', detail: `${node.name} leads already` };
      const endMs = world.clock.now() + REQUEST_MS;
      while (world.clock.now() < endMs) {
        if (!node.inRecovery) return { state: 'done', detail: `${node.name} was promoted by its manager` };
        const leader = manager?.leader;
        const other = leader === undefined || leader === node.name || leader === before ? undefined : nodeOf(world, leader);
        if (other?.inRecovery === false)
          throw new HoldfastError('HF_PROMOTE_OTHER', `${other.name} became primary in place of ${node.name}.`, { node: node.name });
        await world.clock.sleep(250);
      }
      throw unknown();
    },
  });
}
