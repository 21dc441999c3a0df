import { describe, expect, test } from 'vitest';
import type { TradingPausePort } from '../../src/ports/trading-pause.js';
import { abortedSignal, errorOf, expectNoSecret, inWorld } from './harness.js';
import type { ConformanceWorld, Fate, Harness } from './harness.js';

/** A trading platform that trades when the world is opened, keeps the key of a pause, and lifts only the pause of that key. */
export interface TradingPauseWorld extends ConformanceWorld {
  readonly port: TradingPausePort;
  isPaused(): Promise<boolean>;
  /** Pauses carried out so far, whoever asked. */
  pausesMade(): Promise<number>;
  /** Somebody else pauses, under a key of their own. */
  pauseBySomebody(key: string): Promise<void>;
  /** Somebody else lifts whatever pause is in force. */
  liftBySomebody(): Promise<void>;
  fate(verb: 'pause' | 'resume' | 'state', fate: Fate): Promise<void>;
}

const KEY = 'incident-1/1/pause/1';

/** What every implementation of the trading-pause port keeps, but for `none`. */
export function describeTradingPauseConformance(name: string, harness: Harness<TradingPauseWorld>): void {
  const inTest = (work: (world: TradingPauseWorld) => Promise<void>) => () => inWorld(harness, work);
  const pause = (world: TradingPauseWorld, key = KEY) => world.drive(world.port.pause(key, world.scope({ key })));
  const resume = (world: TradingPauseWorld, restore: Readonly<Record<string, string>>, key = KEY) =>
    world.drive(world.port.resume(key, restore, world.scope({ key })));
  const state = (world: TradingPauseWorld) => world.drive(world.port.state(world.scope()));

  describe(`trading-pause port: ${name}`, () => {
    test(
      'it declares its classes, its settle time, resting orders and the manual kill',
      inTest(async ({ port }) => {
        expect(port.able).toBe(true);
        expect(['read-back', 'repeatable', 'guarded']).toContain(port.pauseClass);
        expect(['read-back', 'repeatable', 'guarded']).toContain(port.resumeClass);
        expect(port.settleMs).toBeGreaterThan(0);
        expect(port.manualKill).not.toBe('');
      }),
    );

    test(
      'pause pauses, the state says so and by whom, and resume lifts exactly it',
      inTest(async (world) => {
        expect(await state(world)).toMatchObject({ state: 'trading' });
        const { restore } = await pause(world);
        expect(await world.isPaused()).toBe(true);
        expect(await state(world)).toMatchObject({ state: 'paused', by: KEY });
        await resume(world, restore);
        expect(await world.isPaused()).toBe(false);
        expect(await state(world)).toMatchObject({ state: 'trading' });
      }),
    );

    test(
      'the same pause again is found done',
      inTest(async (world) => {
        await pause(world);
        const { restore } = await pause(world);
        expect(await world.pausesMade()).toBe(1);
        await resume(world, restore);
        expect(await world.isPaused()).toBe(false);
      }),
    );

    test(
      'a pause that somebody else made is found, and is not ours to lift',
      inTest(async (world) => {
        await world.pauseBySomebody('theirs');
        const { restore } = await pause(world);
        expect(await state(world)).toMatchObject({ state: 'paused', by: 'theirs' });
        const error = await errorOf(resume(world, restore));
        expect(error.code).toBe('HF_PAUSE_NOT_OURS');
        expect(error.message).toContain('theirs');
        expect(await world.isPaused()).toBe(true);
      }),
    );

    test(
      'a pause that somebody made after ours was lifted is not ours to lift',
      inTest(async (world) => {
        const { restore } = await pause(world);
        await world.liftBySomebody();
        await world.pauseBySomebody('theirs');
        const error = await errorOf(resume(world, restore));
        expect(error.code).toBe('HF_PAUSE_NOT_OURS');
        expect(await world.isPaused()).toBe(true);
      }),
    );

    test(
      'a pause that somebody lifted is found lifted',
      inTest(async (world) => {
        const { restore } = await pause(world);
        await world.liftBySomebody();
        await resume(world, restore);
        expect(await world.isPaused()).toBe(false);
      }),
    );

    test(
      'a refusal is an error, and nothing happened',
      inTest(async (world) => {
        await world.fate('pause', 'refuse');
        const error = await errorOf(pause(world));
        expect(error.code).toBe('HF_COMMAND_FAILED');
        expect(await world.isPaused()).toBe(false);
      }),
    );

    test.each([
      ['timeout-before', 'trading'],
      ['timeout-after', 'paused'],
    ] as const)('pause, %s: the outcome is unknown, and the read-back tells: %s', async (fate, found) => {
      await inWorld(harness, async (world) => {
        await world.fate('pause', fate);
        const error = await errorOf(pause(world));
        expect(error.code).toBe('HF_EFFECT_UNKNOWN');
        expect(await state(world)).toMatchObject({ state: found });
      });
    });

    test.each([
      ['timeout-before', 'paused'],
      ['timeout-after', 'trading'],
    ] as const)('resume, %s: the outcome is unknown, and the read-back tells: %s', async (fate, found) => {
      await inWorld(harness, async (world) => {
        const { restore } = await pause(world);
        await world.fate('resume', fate);
        const error = await errorOf(resume(world, restore));
        expect(error.code).toBe('HF_EFFECT_UNKNOWN');
        expect(await state(world)).toMatchObject({ state: found });
      });
    });

    test.each(['timeout-before', 'refuse'] as const)('a state that is not told (%s) is unknown, never paused', async (fate) => {
      await inWorld(harness, async (world) => {
        await pause(world);
        await world.fate('state', fate);
        const told = await state(world);
        expect(told).toMatchObject({ state: 'unknown' });
        expectNoSecret(told);
      });
    });

    test(
      'trading is paused though the platform does not say its state',
      inTest(async (world) => {
        await world.fate('state', 'timeout-before');
        await pause(world);
        expect(await world.isPaused()).toBe(true);
      }),
    );

    test(
      'a cancelled call does not act',
      inTest(async (world) => {
        const error = await errorOf(world.drive(world.port.pause(KEY, world.scope({ key: KEY, signal: abortedSignal() }))));
        expect(error.code).toBe('HF_CANCELLED');
        expect(await world.isPaused()).toBe(false);
      }),
    );
  });
}
