import { HoldfastError } from '../../../src/domain/errors.js';
import type { EffectResult } from '../../../src/ports/cluster.js';
import type { CallScope } from '../../../src/ports/scope.js';
import type { InstanceState, WorkloadPort } from '../../../src/ports/workload.js';
import { instanceOf } from '../world/lookup.js';
import {
  instanceBehind,
  killInstance,
  podName,
  rollInstances,
  rollStands,
  settle,
  startInstance,
  stopInstance,
} from '../world/instances.js';
import { record } from '../world/truth.js';
import type { World, WorldInstance } from '../world/types.js';
import { perform } from './perform.js';
import { effectUnknown } from './reach-node.js';

function stateOf(instance: WorldInstance, pods: boolean): InstanceState {
  if (pods)
    return {
      instance: podName(instance),
      state: instance.silent ? 'unknown' : 'running',
      incarnation: `uid-${instance.name}-${instance.incarnation}`,
      address: instance.clientAddress,
      detail: instance.lastWords,
    };
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
  const act = (call: 'scale' | 'kill', words: string, scope: CallScope, change: (askedAtMs: number) => boolean): Promise<EffectResult> =>
    perform(world, scope, {
      call: `workload.${call}`,
      effect: true,
      reach: () => world.platform.reach,
      refused: () =>
        new HoldfastError('HF_COMMAND_FAILED', `${words} exited with 1.`, { rule: 'the command must exit with 0', exitCode: '1' }),
      silent: () => effectUnknown(call, words),
      act: (askedAtMs) =>
        change(askedAtMs) ? { state: 'done', detail: words } : { state: 'found-done', detail: `${words}: it was so already` },
    });

  const note = (what: 'stop' | 'kill' | 'start', target: string, scope: CallScope, askedAtMs: number, changed: boolean): boolean => {
    record(world, { what, by: 'holdfast', target, key: scope.key, changed, askedAtMs });
    return changed;
  };

  const toStopped = (what: 'stop' | 'kill', name: string, scope: CallScope, askedAtMs: number): boolean => {
    const changed = instanceOf(world, name).process !== 'stopped';
    if (what === 'stop') stopInstance(world, name);
    else killInstance(world, name);
    return note(what, name, scope, askedAtMs, changed);
  };

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
          const there = [...world.instances.values()].filter((instance) => !world.pods || instance.process !== 'stopped');
          return there.map((instance) => stateOf(instance, world.pods));
        },
      }).catch((error: unknown) => {
        // A platform that knows its own names cannot even tell which instances there are.
        if (scope.signal.aborted || world.pods) throw error;
        return unknown();
      });
    },
    rolls: world.pods,
    strength: async () => ({ count: world.instances.size, detail: 'as configured' }),
    scale: (count, scope) =>
      act('scale', `scale to ${count}`, scope, (askedAtMs) =>
        [...world.instances.keys()]
          .map((name, index) =>
            index < count ? note('start', name, scope, askedAtMs, startInstance(world, name)) : toStopped('stop', name, scope, askedAtMs),
          )
          .includes(true),
      ),
    kill: (name, scope) =>
      act('kill', `kill ${name}`, scope, (askedAtMs) => {
        const instance = instanceBehind(world, name);
        if (instance === undefined)
          throw new HoldfastError('HF_COMMAND_FAILED', `${name} is not configured.`, {
            rule: 'the instance must be known',
            instance: name,
          });
        // A name of an earlier process: it is gone already.
        if (world.pods && podName(instance) !== name) return false;
        return toStopped('kill', instance.name, scope, askedAtMs);
      }),
    roll: (scope) =>
      act('scale', 'restart one after another', scope, (askedAtMs) => {
        if (!world.pods) throw new HoldfastError('HF_COMMAND_FAILED', 'There is no rolling restart here.', { rule: 'rolls' });
        const changed = rollInstances(world, scope.key);
        record(world, { what: 'roll', by: 'holdfast', target: world.store, key: scope.key, changed, askedAtMs });
        return changed;
      }),
    rollout: async (limitMs, scope) => {
      const endMs = scope.now() + limitMs;
      while (rollStands(world) === 'progressing' && scope.now() < endMs) await scope.sleep(200);
      return { state: rollStands(world), detail: [...world.instances.values()].map((i) => `${i.name}: ${i.lastWords}`).join('; ') };
    },
  };
}
