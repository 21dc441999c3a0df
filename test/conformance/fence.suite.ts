import { describe, expect, test } from 'vitest';
import type { PlannedNode } from '../../src/domain/plan.js';
import type { FencePort } from '../../src/ports/fence.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Fate, Harness } from './harness.js';

/** Two fenceable nodes without a fence in force, and one that cannot be fenced. */
export interface FenceWorld extends ConformanceWorld {
  readonly port: FencePort;
  readonly node: PlannedNode;
  readonly otherNode: PlannedNode;
  readonly unfenceable: PlannedNode;
  isFenced(node: PlannedNode): Promise<boolean>;
  /** Somebody lifts the fence. */
  lift(node: PlannedNode): Promise<void>;
  fate(verb: 'fence' | 'read', fate: Fate): Promise<void>;
}

/** What every implementation of the fence port keeps. */
export function describeFenceConformance(name: string, harness: Harness<FenceWorld>): void {
  const inTest = (work: (world: FenceWorld) => Promise<void>) => () => inWorld(harness, work);

  describe(`fence port: ${name}`, () => {
    test(
      'it says the class of fence of a node, and none for a node that it cannot fence',
      inTest(async (world) => {
        expect(world.port.classOf(world.node)).toBeDefined();
        expect(world.port.classOf(world.unfenceable)).toBeUndefined();
      }),
    );

    test(
      'fence puts the named node under a fence that is read back, and no other',
      inTest(async (world) => {
        expect(await world.drive(world.port.read(world.node, world.scope()))).toMatchObject({ state: 'not-in-force' });
        const state = await world.drive(world.port.fence(world.node, world.scope()));
        expect(state).toMatchObject({ state: 'in-force', class: world.port.classOf(world.node) });
        expectNoSecret(state);
        expect([await world.isFenced(world.node), await world.isFenced(world.otherNode)]).toEqual([true, false]);
      }),
    );

    test(
      'it may be asked again',
      inTest(async (world) => {
        await world.drive(world.port.fence(world.node, world.scope()));
        expect(await world.drive(world.port.fence(world.node, world.scope()))).toMatchObject({ state: 'in-force' });
      }),
    );

    test(
      'a fence that somebody lifted is seen',
      inTest(async (world) => {
        await world.drive(world.port.fence(world.node, world.scope()));
        await world.lift(world.node);
        expect(await world.drive(world.port.read(world.node, world.scope()))).toMatchObject({ state: 'not-in-force' });
      }),
    );

    test(
      'a read without an answer is unknown, never in force',
      inTest(async (world) => {
        await world.drive(world.port.fence(world.node, world.scope()));
        await world.fate('read', 'timeout-before');
        expect(await world.drive(world.port.read(world.node, world.scope()))).toMatchObject({ state: 'unknown' });
      }),
    );

    test(
      'a read that fails is unknown, never in force',
      inTest(async (world) => {
        await world.drive(world.port.fence(world.node, world.scope()));
        await world.fate('read', 'refuse');
        const state = await world.drive(world.port.read(world.node, world.scope()));
        expect(state).toMatchObject({ state: 'unknown' });
        expectNoSecret(state);
      }),
    );

    test(
      'a refusal names the node',
      inTest(async (world) => {
        await world.fate('fence', 'refuse');
        const error = await errorOf(world.drive(world.port.fence(world.node, world.scope())));
        expect(error.code).toBe('HF_FENCE_FAILED');
        expect(error.message).toContain(world.node.name);
        expect(await world.isFenced(world.node)).toBe(false);
      }),
    );

    test.each([
      ['timeout-before', 'not-in-force'],
      ['timeout-after', 'in-force'],
    ] as const)('%s is an unknown outcome, and the read-back tells: %s', async (fate, state) => {
      await inWorld(harness, async (world) => {
        await world.fate('fence', fate);
        const error = await errorOf(world.drive(world.port.fence(world.node, world.scope())));
        expect(error.code).toBe('HF_EFFECT_UNKNOWN');
        expect(await world.drive(world.port.read(world.node, world.scope()))).toMatchObject({ state });
      });
    });

    test(
      'a node without a fence is refused by name, and reads as unknown',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.fence(world.unfenceable, world.scope())));
        expect(error.code).toBe('HF_FENCE_FAILED');
        expect(error.message).toContain(world.unfenceable.name);
        expect(await world.drive(world.port.read(world.unfenceable, world.scope()))).toMatchObject({ state: 'unknown' });
      }),
    );

    test(
      'a cancelled call does not act',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.fence(world.node, world.scope({ signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await world.isFenced(world.node)).toBe(false);
      }),
    );
  });
}
