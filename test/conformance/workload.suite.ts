import { describe, expect, test } from 'vitest';
import type { InstanceState, WorkloadPort } from '../../src/ports/workload.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Fate, Harness } from './harness.js';

/** A platform with at least two instances, all running when the world is opened. */
export interface WorkloadWorld extends ConformanceWorld {
  readonly port: WorkloadPort;
  readonly instances: readonly [string, string, ...string[]];
  /** What is true, whatever the port says. */
  isRunning(instance: string): Promise<boolean>;
  /** Sets what becomes of the next calls of this verb. */
  fate(verb: 'start' | 'stop' | 'kill', fate: Fate): Promise<void>;
  /** From now on this instance takes no notice of being asked to end. */
  ignoreStop(instance: string): Promise<void>;
  /** From now on the platform does not say how this instance is. */
  silence(instance: string): Promise<void>;
}

/** What every implementation of the workload port keeps. */
export function describeWorkloadConformance(name: string, harness: Harness<WorkloadWorld>): void {
  const stateOf = async (world: WorkloadWorld, instance: string): Promise<InstanceState> => {
    const states = await world.drive(world.port.list(world.scope()));
    expectNoSecret(states);
    const state = states.find((candidate) => candidate.instance === instance);
    if (state === undefined) throw new Error(`list leaves out ${instance}`);
    return state;
  };
  const inTest = (work: (world: WorkloadWorld) => Promise<void>) => () => inWorld(harness, work);

  describe(`workload port: ${name}`, () => {
    test(
      'list says how every instance is',
      inTest(async (world) => {
        const states = await world.drive(world.port.list(world.scope()));
        expect(states.map((state) => [state.instance, state.state])).toEqual(world.instances.map((instance) => [instance, 'running']));
      }),
    );

    test(
      'stop ends the named instance and no other',
      inTest(async (world) => {
        const [first, second] = world.instances;
        expect(await world.drive(world.port.stop(first, world.scope()))).toMatchObject({ state: 'done' });
        expect(await stateOf(world, first)).toMatchObject({ state: 'stopped' });
        expect([await world.isRunning(first), await world.isRunning(second)]).toEqual([false, true]);
      }),
    );

    test(
      'an instance that is already as wanted is found done',
      inTest(async (world) => {
        const [first, second] = world.instances;
        expect(await world.drive(world.port.start(second, world.scope()))).toMatchObject({ state: 'found-done' });
        await world.drive(world.port.stop(first, world.scope()));
        expect(await world.drive(world.port.stop(first, world.scope()))).toMatchObject({ state: 'found-done' });
        expect(await world.drive(world.port.kill(first, world.scope()))).toMatchObject({ state: 'found-done' });
      }),
    );

    test(
      'a restarted instance has another incarnation',
      inTest(async (world) => {
        const [first] = world.instances;
        const before = await stateOf(world, first);
        await world.drive(world.port.stop(first, world.scope()));
        expect(await world.drive(world.port.start(first, world.scope()))).toMatchObject({ state: 'done' });
        const after = await stateOf(world, first);
        expect(after.state).toBe('running');
        expect(before.incarnation).toBeDefined();
        expect(after.incarnation).not.toBe(before.incarnation);
      }),
    );

    test(
      'kill ends an instance that ignores stop',
      inTest(async (world) => {
        const [first] = world.instances;
        await world.ignoreStop(first);
        await world.drive(world.port.stop(first, world.scope()));
        expect(await world.isRunning(first)).toBe(true);
        await world.drive(world.port.kill(first, world.scope()));
        expect(await world.isRunning(first)).toBe(false);
      }),
    );

    test(
      'a refusal names the instance, and nothing happened',
      inTest(async (world) => {
        const [first] = world.instances;
        await world.fate('stop', 'refuse');
        const error = await errorOf(world.drive(world.port.stop(first, world.scope())));
        expect(error.code).toBe('HF_COMMAND_FAILED');
        expect(error.message).toContain(first);
        expect(await world.isRunning(first)).toBe(true);
      }),
    );

    test.each([
      ['timeout-before', 'running'],
      ['timeout-after', 'stopped'],
    ] as const)('%s is an unknown outcome, and the read-back tells: %s', async (fate, state) => {
      await inWorld(harness, async (world) => {
        const [first] = world.instances;
        await world.fate('stop', fate);
        const error = await errorOf(world.drive(world.port.stop(first, world.scope())));
        expect(error.code).toBe('HF_EFFECT_UNKNOWN');
        expect(await stateOf(world, first)).toMatchObject({ state });
      });
    });

    test(
      'an instance whose platform is silent is unknown, not stopped, and the others are still told',
      inTest(async (world) => {
        const [first, second] = world.instances;
        await world.silence(first);
        expect(await stateOf(world, first)).toMatchObject({ state: 'unknown' });
        expect(await stateOf(world, second)).toMatchObject({ state: 'running' });
      }),
    );

    test(
      'an instance that is not configured is refused by name',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.stop('no-such-instance', world.scope())));
        expect(error.message).toContain('no-such-instance');
      }),
    );

    test(
      'a cancelled call does not act',
      inTest(async (world) => {
        const [first] = world.instances;
        const error = await errorOf(world.drive(world.port.stop(first, world.scope({ signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await world.isRunning(first)).toBe(true);
      }),
    );
  });
}
