import { describe, expect, test } from 'vitest';
import type { ConfigSourcePort, Target } from '../../src/ports/config-source.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Harness } from './harness.js';

/** A source that points the application at `target` when the world is opened. Its DSN holds a password with the canary in it. */
export interface ConfigSourceWorld extends ConformanceWorld {
  readonly port: ConfigSourcePort;
  readonly target: Target;
  readonly other: Target;
  /** Where the source points in truth. */
  pointsAt(): Promise<Target>;
  /** Everything in the source but host and port of the DSN, byte for byte. */
  rest(): Promise<string>;
  /** Somebody changes something else in the source. */
  changeBySomebody(): Promise<void>;
  /** The DSN is no longer one; the text that stands there holds the canary. */
  garble(): Promise<void>;
  /** The source can no longer be read. */
  takeAway(): Promise<void>;
}

/** What every implementation of the config-source port keeps. */
export function describeConfigSourceConformance(name: string, harness: Harness<ConfigSourceWorld>): void {
  const inTest = (work: (world: ConfigSourceWorld) => Promise<void>) => () => inWorld(harness, work);
  const read = (world: ConfigSourceWorld) => world.drive(world.port.read(world.scope()));
  const point = (world: ConfigSourceWorld, target: Target, version: string) =>
    world.drive(world.port.point(target, version, world.scope()));

  describe(`config-source port: ${name}`, () => {
    test(
      'it says the form and who owns the source',
      inTest(async ({ port }) => {
        expect(port.form).not.toBe('');
        expect(port.owner).not.toBe('');
      }),
    );

    test(
      'read tells host and port and nothing else of the DSN',
      inTest(async (world) => {
        const facts = await read(world);
        expect(facts).toEqual({ ...world.target, version: expect.any(String) });
        expectNoSecret(facts);
      }),
    );

    test(
      'point changes host and port; everything else stays byte for byte',
      inTest(async (world) => {
        const before = await world.rest();
        const { version } = await read(world);
        const result = await point(world, world.other, version);
        expect(result).toMatchObject({ state: 'done' });
        expectNoSecret(result);
        expect(await world.pointsAt()).toEqual(world.other);
        expect(await world.rest()).toBe(before);
        expect(await read(world)).toEqual({ ...world.other, version: result.version });
      }),
    );

    test(
      'a source that points there already is found done, whatever the version',
      inTest(async (world) => {
        const { version } = await read(world);
        await point(world, world.other, version);
        expect(await point(world, world.other, version)).toMatchObject({ state: 'found-done', version: (await read(world)).version });
      }),
    );

    test(
      'there and back again gives the same content',
      inTest(async (world) => {
        const before = await world.rest();
        await point(world, world.other, (await read(world)).version);
        await point(world, world.target, (await read(world)).version);
        expect(await world.pointsAt()).toEqual(world.target);
        expect(await world.rest()).toBe(before);
      }),
    );

    test(
      'a source that somebody changed meanwhile is a conflict, and keeps their change',
      inTest(async (world) => {
        const { version } = await read(world);
        await world.changeBySomebody();
        const theirs = await world.rest();
        const error = await errorOf(point(world, world.other, version));
        expect(error.code).toBe('HF_CONFLICT');
        expect(await world.pointsAt()).toEqual(world.target);
        expect(await world.rest()).toBe(theirs);
      }),
    );

    test(
      'a DSN that cannot be read is an error that does not show it',
      inTest(async (world) => {
        const { version } = await read(world);
        await world.garble();
        expect((await errorOf(read(world))).code).toBe('HF_DSN_UNPARSABLE');
        expect(['HF_DSN_UNPARSABLE', 'HF_CONFLICT']).toContain((await errorOf(point(world, world.other, version))).code);
      }),
    );

    test(
      'a source that cannot be read is named',
      inTest(async (world) => {
        await world.takeAway();
        const error = await errorOf(read(world));
        expect(error.code).toBe('HF_CONFIG_UNREADABLE');
      }),
    );

    test(
      'a cancelled call does not act',
      inTest(async (world) => {
        const { version } = await read(world);
        const error = await errorOf(world.drive(world.port.point(world.other, version, world.scope({ signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await world.pointsAt()).toEqual(world.target);
      }),
    );
  });
}
