import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latestSafeTimestamp, slowestClockOffsetMs } from '../../../src/domain/clocks.js';
import { NOW_MS, observation, primaryFacts, standbyFacts } from '../../support/build-facts.js';

const anyClocks = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'temporal'),
  fc.record({ offsetMs: fc.integer({ min: -3_000, max: 3_000 }), errorMs: fc.nat(300) }),
);

describe('latestSafeTimestamp', () => {
  test('is the slow end of the slowest clock', () => {
    const clocks = { a: { offsetMs: 500, errorMs: 10 }, b: { offsetMs: -200, errorMs: 10 } };
    expect(latestSafeTimestamp(clocks, NOW_MS)).toMatchObject({ state: 'safe', atMs: NOW_MS - 210, slowest: 'b' });
  });

  test('is never later than the worker', () => {
    expect(latestSafeTimestamp({ a: { offsetMs: 500, errorMs: 10 } }, NOW_MS)).toMatchObject({
      state: 'safe',
      atMs: NOW_MS,
      slowest: 'the worker',
    });
  });

  test.each<[string, Parameters<typeof latestSafeTimestamp>, string]>([
    ['no clock was measured', [{}, NOW_MS], 'No clock was measured'],
    ['one is too far off', [{ b: { offsetMs: 2_001, errorMs: 1 } }, NOW_MS], 'The clock of b is 2 s off'],
    ['one cannot be measured', [{ b: { offsetMs: 0, errorMs: 2_001 } }, NOW_MS], 'The clock of b'],
    ['the row is later', [{ b: { offsetMs: -100, errorMs: 0 } }, NOW_MS, NOW_MS - 50], "before the row's updated_at"],
  ])('refused: %s', (_name, input, sentence) => {
    expect(latestSafeTimestamp(...input)).toMatchObject({ state: 'refused', sentence: expect.stringContaining(sentence) });
  });

  test('promise S13: later than no clock, earlier than no row, and never by a clock that is off', () => {
    fc.assert(
      fc.property(anyClocks, fc.integer({ min: -1_000, max: 1_000 }), (clocks, rowAge) => {
        const rowAtMs = NOW_MS - rowAge;
        const result = latestSafeTimestamp(clocks, NOW_MS, rowAtMs);
        if (result.state === 'refused') return;
        expect(result.atMs).toBeGreaterThanOrEqual(rowAtMs);
        expect(result.atMs).toBeLessThanOrEqual(NOW_MS);
        for (const { offsetMs, errorMs } of Object.values(clocks)) {
          expect(Math.abs(offsetMs)).toBeLessThanOrEqual(2_000);
          expect(result.atMs).toBeLessThanOrEqual(NOW_MS + offsetMs - errorMs);
        }
      }),
    );
  });
});

test('the slowest offset is that of the slowest node, and the worker counts', () => {
  const clock = (offsetMs: number) => ({ clock: { offsetMs, errorMs: 5 } });
  expect(slowestClockOffsetMs(observation({ nodes: [primaryFacts('a', clock(-300)), standbyFacts('b', clock(900))] }))).toBe(-305);
  expect(slowestClockOffsetMs(observation({ nodes: [primaryFacts('a', clock(300))] }))).toBe(0);
  expect(slowestClockOffsetMs(observation({ nodes: [] }))).toBe(0);
});
