import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, formatInstant } from '../../../src/domain/duration.js';

test('durations read as people say them', () => {
  const table: readonly (readonly [number, string])[] = [
    [0, '0 ms'],
    [180, '180 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [4250, '4.2 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_999, '59 min 59 s'],
    [3_600_000, '1 h 00 min'],
    [3_720_000, '1 h 02 min'],
    [90 * 24 * 3_600_000, '2160 h 00 min'],
    [-1500, '-1.5 s'],
  ];
  expect(table.map(([ms]) => formatDuration(ms))).toEqual(table.map(([, text]) => text));
});

test('a duration is never shown longer than it is, so that no wait looks met that was missed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 * 3_600_000 }), (ms) => {
      const [, h, min, s, plain] = /^(?:(\d+) h )?(?:(\d+) min ?)?(?:([\d.]+) s)?(?:(\d+) ms)?$/.exec(formatDuration(ms)) ?? [];
      const shown = Number(h ?? 0) * 3_600_000 + Number(min ?? 0) * 60_000 + Math.round(Number(s ?? 0) * 1000) + Number(plain ?? 0);
      expect(shown).toBeLessThanOrEqual(ms);
      expect(ms - shown).toBeLessThan(ms < 60_000 ? 100 : ms < 3_600_000 ? 1000 : 60_000);
    }),
  );
});

test('any number is shown as an instant or as itself: a timestamp of PostgreSQL may be later than any date of JavaScript', () => {
  expect(formatInstant(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(formatInstant(9_224_318_015_999_000)).toBe('9224318015999000 ms from 1970 (no date)');
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer()), (ms) => {
      expect(typeof formatInstant(ms)).toBe('string');
    }),
  );
});
