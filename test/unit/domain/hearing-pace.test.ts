import { expect, test } from 'vitest';
import { HEARD_AT_ONCE, HEARD_TOGETHER, hearingPauseMs } from '../../../src/domain/hearing-pace.js';
import { AUTHOR_LIMIT } from '../../../src/domain/kept-decisions.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test.each([
  [0, 5_000],
  [100_000, 5_000],
  [10 * MINUTE_MS, 30_000],
  [HOUR_MS, 3 * MINUTE_MS],
  [72 * HOUR_MS, 5 * MINUTE_MS],
])('a gate open for %i ms looks again after %i ms', (openForMs, pauseMs) => {
  expect(hearingPauseMs(openForMs, 15 * MINUTE_MS)).toBe(pauseMs);
});

test('no decision expires while it waits to be heard', () => {
  for (const ttlMs of [6_000, MINUTE_MS, 15 * MINUTE_MS]) expect(hearingPauseMs(72 * HOUR_MS, ttlMs)).toBeLessThanOrEqual(ttlMs / 3);
});

test('promise S9: three days of it are less than a thousand looks', () => {
  let looks = HEARD_AT_ONCE;
  for (let atMs = 0; atMs < 72 * HOUR_MS; atMs += hearingPauseMs(atMs, 15 * MINUTE_MS)) looks += 1;
  expect(looks).toBeLessThan(1_000);
});

test('who waits is heard before their own name could push them out', () => {
  expect(HEARD_TOGETHER).toBeLessThanOrEqual(AUTHOR_LIMIT);
});
