import { describe, expect, test } from 'vitest';
import type { ApplicationPort } from '../../src/ports/application.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Harness } from './harness.js';

/** How an instance of the stand-in behaves. `hang`: takes the connection and never answers. `gone`: nothing listens. */
export type InstanceMood = 'ready' | 'engaged' | 'store-lost' | 'hang' | 'gone';

/** An application of at least two instances, ready and disengaged when the world is opened. */
export interface ApplicationWorld extends ConformanceWorld {
  readonly port: ApplicationPort;
  readonly instances: readonly [string, string, ...string[]];
  become(instance: string, mood: InstanceMood): Promise<void>;
  /** From now on the admin API does not accept the credential. */
  refuseAdmin(instance: string): Promise<void>;
  /** Admin calls that reached the instance. */
  adminCalls(instance: string): Promise<number>;
  /** Lets the clock of the scopes advance. */
  advance(ms: number): void;
}

/** What every implementation of the application port keeps. */
export function describeApplicationConformance(name: string, harness: Harness<ApplicationWorld>): void {
  const inTest = (work: (world: ApplicationWorld) => Promise<void>) => () => inWorld(harness, work);
  const health = (world: ApplicationWorld, instance: string) => world.drive(world.port.health({ name: instance }, world.scope()));
  const admin = (world: ApplicationWorld, instance: string) => world.drive(world.port.admin({ name: instance }, world.scope()));

  describe(`application port: ${name}`, () => {
    test(
      'a ready instance is reported ready and disengaged',
      inTest(async (world) => {
        expect((await health(world, world.instances[0])).answer).toMatchObject({ ready: true, storeOperational: true, engaged: false });
      }),
    );

    test(
      'an engaged switch is no failure of the store, though the instance is not ready',
      inTest(async (world) => {
        await world.become(world.instances[0], 'engaged');
        expect((await health(world, world.instances[0])).answer).toMatchObject({
          ready: false,
          storeOperational: true,
          engaged: true,
          httpStatus: 503,
        });
      }),
    );

    test(
      'an instance without its store is not ready and does not call its store operational',
      inTest(async (world) => {
        await world.become(world.instances[0], 'store-lost');
        const report = (await health(world, world.instances[0])).answer;
        expect(report).toMatchObject({ ready: false });
        expect(report?.storeOperational).not.toBe(true);
        expect(report?.engaged).toBeUndefined();
      }),
    );

    test(
      'silence is a failure of kind timeout, not an answer',
      inTest(async (world) => {
        await world.become(world.instances[0], 'hang');
        const asked = await health(world, world.instances[0]);
        expect(asked.failure).toMatchObject({ kind: 'timeout' });
        expectNoSecret(asked);
      }),
    );

    test(
      'an instance that is gone refuses, and the other one still answers',
      inTest(async (world) => {
        await world.become(world.instances[0], 'gone');
        expect((await health(world, world.instances[0])).failure).toMatchObject({ kind: 'refused' });
        expect((await health(world, world.instances[1])).answer).toMatchObject({ ready: true });
      }),
    );

    test(
      'the admin API tells the switch',
      inTest(async (world) => {
        expect((await admin(world, world.instances[0])).answer).toEqual({ engaged: false, reason: '' });
        await world.become(world.instances[0], 'engaged');
        expect((await admin(world, world.instances[0])).answer).toMatchObject({ engaged: true, reason: expect.stringMatching(/./) });
      }),
    );

    test(
      'a refused credential is a failure that does not show it',
      inTest(async (world) => {
        await world.refuseAdmin(world.instances[0]);
        const asked = await admin(world, world.instances[0]);
        expect(asked.failure).toMatchObject({ kind: 'auth' });
        expectNoSecret(asked);
      }),
    );

    test(
      'a fifth admin call within a minute is refused without being sent; the next minute is free',
      inTest(async (world) => {
        const [first, second] = world.instances;
        for (let call = 1; call <= 4; call += 1) expect((await admin(world, first)).answer).toBeDefined();
        expect((await admin(world, first)).failure).toMatchObject({ kind: 'too-many' });
        expect(await world.adminCalls(first)).toBe(4);
        expect((await admin(world, second)).answer).toBeDefined();
        world.advance(60_001);
        expect((await admin(world, first)).answer).toBeDefined();
        expect(await world.adminCalls(first)).toBe(5);
      }),
    );

    test(
      'an instance that is not configured is refused by name',
      inTest(async (world) => {
        const error = await errorOf(world.drive((async () => world.port.health({ name: 'no-such-instance' }, world.scope()))()));
        expect(error.message).toContain('no-such-instance');
      }),
    );

    test(
      'a cancelled call ends as cancelled and is not sent',
      inTest(async (world) => {
        const [first] = world.instances;
        const asked = await world.drive(
          world.port
            .admin({ name: first }, world.scope({ signal: abortedSignal() }))
            .catch(async (error: unknown) => ({ failure: { kind: (await errorOf(Promise.reject(error as Error))).code } })),
        );
        expect(['cancelled', 'HF_CANCELLED']).toContain(asked.failure?.kind);
        expect(await world.adminCalls(first)).toBe(0);
      }),
    );
  });
}
