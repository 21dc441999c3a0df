import { describe, expect, test } from 'vitest';
import type { InstanceState, WorkloadPort } from '../../src/ports/workload.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Fate, Harness } from './harness.js';

/** A platform whose two or more instances all run when the world is opened. */
export interface WorkloadWorld extends ConformanceWorld {
  readonly port: WorkloadPort;
  /** How many run when the world is opened. */
  readonly full: number;
  /** What is true, whatever the port says: how many processes of the application there are. */
  running(): Promise<number>;
  /** Sets what becomes of the next calls. */
  fate(verb: 'scale' | 'kill', fate: Fate): Promise<void>;
  /** From now on one instance takes no notice of being asked to end. */
  ignoreStop(): Promise<void>;
  /** From now on the platform does not say how one instance is, or says nothing at all. */
  silence(): Promise<void>;
}

/** What every implementation of the workload port keeps. */
export function describeWorkloadConformance(name: string, harness: Harness<WorkloadWorld>): void {
  const inTest = (work: (world: WorkloadWorld) => Promise<void>) => () => inWorld(harness, work);
  const list = async (world: WorkloadWorld): Promise<readonly InstanceState[]> => {
    const states = await world.drive(world.port.list(world.scope()));
    expectNoSecret(states);
    return states;
  };
  const left = async (world: WorkloadWorld): Promise<readonly InstanceState[]> =>
    (await list(world)).filter((state) => state.state !== 'stopped');
  /** Scales and waits until the platform says that it is so. */
  const scaled = async (world: WorkloadWorld, count: number): Promise<readonly InstanceState[]> => {
    const result = await world.drive(world.port.scale(count, world.scope()));
    expect(result.state).toBe('done');
    return settled(world, count);
  };
  const settled = async (world: WorkloadWorld, count: number): Promise<readonly InstanceState[]> => {
    for (let looks = 0; looks < 400; looks += 1) {
      const states = await left(world);
      if (states.length === count && states.every((state) => state.state === 'running')) return states;
      await world.drive(world.scope().sleep(50));
    }
    throw new Error(`not ${count} instances: ${JSON.stringify(await list(world))}`);
  };

  describe(`workload port: ${name}`, () => {
    test(
      'list says how every instance is, and each has an incarnation',
      inTest(async (world) => {
        const states = await list(world);
        expect(states.map((state) => state.state)).toEqual(Array.from({ length: world.full }, () => 'running'));
        expect(new Set(states.map((state) => state.instance)).size).toBe(world.full);
        expect(states.every((state) => state.incarnation !== undefined)).toBe(true);
      }),
    );

    test(
      'scale to nothing ends every instance, and the full strength stays known',
      inTest(async (world) => {
        expect(await world.drive(world.port.strength(world.scope()))).toMatchObject({ count: world.full });
        await scaled(world, 0);
        expect(await world.running()).toBe(0);
        expect(await world.drive(world.port.strength(world.scope()))).toMatchObject({ count: world.full });
      }),
    );

    test(
      'a number that is already so is found done',
      inTest(async (world) => {
        expect(await world.drive(world.port.scale(world.full, world.scope()))).toMatchObject({ state: 'found-done' });
        await scaled(world, 0);
        expect(await world.drive(world.port.scale(0, world.scope()))).toMatchObject({ state: 'found-done' });
      }),
    );

    test(
      'one first, then all: the canary is another process than before and stays while the others are started',
      inTest(async (world) => {
        const before = new Set((await list(world)).map((state) => `${state.instance}/${state.incarnation}`));
        await scaled(world, 0);
        const [canary] = await scaled(world, 1);
        expect(before.has(`${canary?.instance}/${canary?.incarnation}`)).toBe(false);
        const all = await scaled(world, world.full);
        expect(all.find((state) => state.instance === canary?.instance)?.incarnation).toBe(canary?.incarnation);
        expect(await world.running()).toBe(world.full);
      }),
    );

    test(
      'kill ends an instance that ignores the stop',
      inTest(async (world) => {
        await world.ignoreStop();
        await world.drive(world.port.scale(0, world.scope()));
        const [stubborn] = await settled(world, 1);
        expect(await world.running()).toBe(1);
        await world.drive(world.port.kill(stubborn?.instance ?? '', world.scope()));
        await settled(world, 0);
        expect(await world.running()).toBe(0);
      }),
    );

    test(
      'a refusal is told in the platform’s words, and nothing happened',
      inTest(async (world) => {
        await world.fate('scale', 'refuse');
        const error = await errorOf(world.drive(world.port.scale(0, world.scope())));
        expect(error.code).not.toBe('HF_EFFECT_UNKNOWN');
        expect(error.message).not.toBe('');
        expect(await world.running()).toBe(world.full);
      }),
    );

    test.each([
      ['timeout-before', 'nothing happened'],
      ['timeout-after', 'it happened'],
    ] as const)('%s is an unknown outcome, and the read-back tells: %s', async (fate, _what) => {
      await inWorld(harness, async (world) => {
        await world.fate('scale', fate);
        const error = await errorOf(world.drive(world.port.scale(0, world.scope())));
        expect(error.code).toBe('HF_EFFECT_UNKNOWN');
        await settled(world, fate === 'timeout-after' ? 0 : world.full);
      });
    });

    test(
      'silence of the platform is never taken for stopped',
      inTest(async (world) => {
        await world.silence();
        // Either the call fails as a whole, or the silent instance is told as unknown.
        const said = await world.drive(world.port.list(world.scope())).then(
          (states) => new Set(states.map((state) => state.state)),
          () => new Set(['unknown']),
        );
        expect(said).toContain('unknown');
        expect(said).not.toContain('stopped');
      }),
    );

    test(
      'an instance that nobody knows is refused by name',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.kill('no-such-instance', world.scope())));
        expect(error.message).toContain('no-such-instance');
      }),
    );

    test(
      'a cancelled call does not act',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.scale(0, world.scope({ signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await world.running()).toBe(world.full);
      }),
    );
  });
}
