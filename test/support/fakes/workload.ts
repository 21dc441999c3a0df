import { HoldfastError } from '../../../src/domain/errors.js';
import type { EffectResult } from '../../../src/ports/cluster.js';
import type { CallScope } from '../../../src/ports/scope.js';
import type { InstanceState, WorkloadPort } from '../../../src/ports/workload.js';
import { instanceOf } from '../world/lookup.js';
import { killInstance, settle, startInstance, stopInstance } from '../world/instances.js';
import { record } from '../world/truth.js';
import type { World, WorldInstance } from '../world/types.js';
import { perform } from './perform.js';
import { effectUnknown } from './reach-node.js';

function stateOf(instance: WorldInstance): InstanceState {
  if (instance.silent) return { instance: instance.name, state: 'unknown', detail: 'its platform did not answer in 2 s' };
  return {
    instance: instance.name,
    state: instance.process === 'stopped' ? 'stopped' : 'running',
    ...(instance.process === 'stopped' ? {} : { incarnation: `pid-${instance.incarnation}` }),
    detail: instance.lastWords,
  };
}

/** The platform that runs the instances of a world. */
export function createFakeWorkload(world: World): WorkloadPort {
  const act = (call: 'stop' | 'kill' | 'start', name: string, scope: CallScope, change: () => boolean): Promise<EffectResult> =>
    perform(world, scope, {
      call: `workload.${call}`,
      effect: true,
      reach: () => world.platform.reach,
      refused: () =>
        new HoldfastError('HF_COMMAND_FAILED', `${call} ${name} exited with 1.`, {
          rule: 'the command must exit with 0',
          instance: name,
          exitCode: '1',
        }),
      silent: () => effectUnknown(call, name),
      act: (askedAtMs) => {
        if (!world.instances.has(name))
          throw new HoldfastError('HF_COMMAND_FAILED', `${name} is not configured.`, {
            rule: 'the instance must be configured',
            instance: name,
          });
        const changed = change();
        record(world, { what: call, by: 'holdfast', target: name, key: scope.key, changed, askedAtMs });
        return changed ? { state: 'done', detail: `${call} ${name}` } : { state: 'found-done', detail: `${name} was there already` };
      },
    });

  return {
    kind: 'world',
    list: (scope) => {
      const unknown = (): readonly InstanceState[] =>
        [...world.instances.keys()].map((instance) => ({ instance, state: 'unknown', detail: 'the platform did not answer in 2 s' }));
      return perform(world, scope, {
        call: 'workload.list',
        effect: false,
        reach: () => world.platform.reach,
        refused: () =>
          new HoldfastError('HF_COMMAND_FAILED', 'list exited with 1.', { rule: 'the command must exit with 0', exitCode: '1' }),
        silent: () => new HoldfastError('HF_COMMAND_FAILED', 'list did not end in 2 s.', { rule: 'limit', limitMs: '2000' }),
        act: () => {
          settle(world);
          return [...world.instances.values()].map(stateOf);
        },
      }).catch((error: unknown) => {
        if (scope.signal.aborted) throw error;
        return unknown();
      });
    },
    stop: (name, scope) =>
      act('stop', name, scope, () => {
        const changed = instanceOf(world, name).process !== 'stopped';
        stopInstance(world, name);
        return changed;
      }),
    kill: (name, scope) =>
      act('kill', name, scope, () => {
        const changed = instanceOf(world, name).process !== 'stopped';
        killInstance(world, name);
        return changed;
      }),
    start: (name, scope) => act('start', name, scope, () => startInstance(world, name)),
  };
}
