import { HoldfastError } from '../../../src/domain/errors.js';
import type { FencePort, FenceState } from '../../../src/ports/fence.js';
import { nodeOf } from '../world/lookup.js';
import { fenceNode } from '../world/nodes.js';
import { isFenced } from '../world/truth.js';
import type { World } from '../world/types.js';
import { perform } from './perform.js';
import { effectUnknown } from './reach-node.js';

/** The fence controller of a world: stops and disables the service of any node (class H). It may be out of reach itself. */
export function createFakeFence(world: World): FencePort {
  const stateOf = (name: string): FenceState => {
    const node = nodeOf(world, name);
    return isFenced(node)
      ? { state: 'in-force', class: 'H', detail: `service of ${name}: inactive, disabled` }
      : {
          state: 'not-in-force',
          class: 'H',
          detail: `service of ${name}: ${node.process === 'down' ? 'inactive' : 'active'}, ${node.enabled ? 'enabled' : 'disabled'}`,
        };
  };
  const failed = (name: string): HoldfastError =>
    new HoldfastError('HF_FENCE_FAILED', `The controller of ${name} exited with 1.`, {
      rule: 'the service must be stopped and disabled',
      node: name,
      exitCode: '1',
    });
  return {
    kind: 'world',
    classOf: (node) => node.fence,
    fence: (node, scope) =>
      perform(world, scope, {
        call: 'fence.fence',
        effect: true,
        reach: () => world.fencing.reach,
        refused: () => failed(node.name),
        silent: () => effectUnknown('fence', node.name),
        act: async (askedAtMs) => {
          if (node.fence === undefined)
            throw new HoldfastError('HF_FENCE_FAILED', `${node.name} has no fence.`, {
              rule: 'a fence must be configured',
              node: node.name,
            });
          await world.clock.sleep(world.times.fenceMs);
          fenceNode(world, node.name, 'holdfast', scope.key, askedAtMs);
          return stateOf(node.name);
        },
      }),
    read: (node, scope) => {
      const unknown: FenceState = { state: 'unknown', class: 'H', detail: `the controller of ${node.name} did not answer in 2 s` };
      return perform(world, scope, {
        call: 'fence.read',
        effect: false,
        reach: () => world.fencing.reach,
        refused: () => failed(node.name),
        silent: () => failed(node.name),
        act: (): FenceState =>
          node.fence === undefined ? { state: 'unknown', class: 'H', detail: `${node.name} has no fence` } : stateOf(node.name),
      }).catch((error: unknown) => {
        if (scope.signal.aborted) throw error;
        return unknown;
      });
    },
  };
}
