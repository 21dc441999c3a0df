import { expect, test } from 'vitest';
import { HoldfastError } from '../../../src/domain/errors.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

test('moments come in order of time, ties in order of scheduling, and promises come to rest in between', async () => {
  const clock = createVirtualClock(0);
  const seen: string[] = [];
  const worker = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    await Promise.resolve().then(() => Promise.resolve());
    seen.push(`${name}@${clock.now()}`);
  };
  await clock.drive(Promise.all([worker('late', 20), worker('a', 10), worker('b', 10)]));
  expect(seen).toEqual(['a@10', 'b@10', 'late@20']);
});

test('a sleep whose signal is aborted ends at once as cancelled, and leaves nothing scheduled', async () => {
  const clock = createVirtualClock(0);
  const controller = new AbortController();
  const sleeping = clock.sleep(1_000, controller.signal);
  clock.at(5, () => controller.abort());
  await expect(clock.drive(sleeping)).rejects.toBeInstanceOf(HoldfastError);
  expect(clock.now()).toBe(5);
  expect(await clock.run(() => false, 10_000)).toBe('idle');
});

test('the limit stops the run at the limit, and what comes later is still scheduled', async () => {
  const clock = createVirtualClock(0);
  let rang = false;
  clock.at(100, () => (rang = true));
  expect(await clock.run(() => false, 50)).toBe('limit');
  expect([clock.now(), rang]).toEqual([50, false]);
  expect(await clock.run(() => rang, 200)).toBe('done');
  expect(clock.now()).toBe(100);
});

test('work that waits for nothing that is scheduled is an error, not a hang', async () => {
  const clock = createVirtualClock(0);
  await expect(clock.drive(new Promise(() => undefined))).rejects.toThrow('never happens');
});

test('a loop that never waits is found out', async () => {
  const clock = createVirtualClock(0);
  const spin = async (): Promise<void> => {
    while (clock.now() < 1) await Promise.resolve();
  };
  await expect(spin()).rejects.toThrow('loops without waiting');
});
