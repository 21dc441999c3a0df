import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Row, RowReading } from '../../../src/domain/facts.js';
import { checkRow, freshFor, rowAgeMs } from '../../../src/domain/row.js';
import { engagedRow, failure, NOW_MS, present, row, ROW_RULES } from '../../support/build-facts.js';

const codes = (reading: RowReading, errorMs = 0): readonly string[] =>
  checkRow(reading, ROW_RULES, NOW_MS, errorMs).problems.map((each) => each.code);
const aged = (ageMs: number, over: Partial<Row> = {}): RowReading => present(row({ updatedAtMs: NOW_MS - ageMs, ...over }));

describe('checkRow', () => {
  test.each<[string, RowReading, readonly string[]]>([
    ['fresh and clear', aged(30_000), []],
    ['as old as allowed', aged(300_000), []],
    ['one millisecond older', aged(300_001), ['stale']],
    ['as far in the future as allowed', aged(-5_000), []],
    ['one millisecond further', aged(-5_001), ['from-the-future']],
    ['engaged with a reason', present(engagedRow()), []],
    ['engaged with an empty reason', present(engagedRow({ reason: '' })), ['engaged-without-reason']],
    ['engaged with a blank reason', present(engagedRow({ reason: ' \n' })), ['engaged-without-reason']],
    ['512 characters', aged(0, { reason: 'x'.repeat(512) }), []],
    ['513 characters', aged(0, { reason: 'x'.repeat(513) }), ['reason-too-long']],
    ['512 characters outside the basic plane', aged(0, { reason: '🛑'.repeat(512) }), []],
    ['tab and newline', aged(0, { reason: 'a\tb\nc' }), []],
    ['carriage return', aged(0, { reason: 'a\rb' }), ['reason-control-characters']],
    ['NUL', aged(0, { reason: 'a\u0000b' }), ['reason-control-characters']],
    [
      'everything at once',
      aged(400_000, { engaged: true, reason: '\u0007'.repeat(600) }),
      ['stale', 'reason-too-long', 'reason-control-characters'],
    ],
    ['no row', { state: 'row-missing', lsn: '0/1' }, ['row-missing']],
    ['no table', { state: 'table-missing', lsn: '0/1' }, ['table-missing']],
    ['unreadable', { state: 'unreadable', failure: failure('auth', '42501') }, ['unreadable']],
  ])('%s', (_name, reading, expected) => {
    expect(codes(reading)).toEqual(expected);
  });

  test.each<[string, number, readonly string[]]>([
    ['younger than the bar', 299_000, []],
    ['within the bar', 299_900, ['maybe-stale']],
    ['over the limit, within the bar', 300_200, ['maybe-stale']],
    ['beyond the bar', 300_301, ['stale']],
    ['future within the bar', -5_100, ['maybe-from-the-future']],
    ['future beyond the bar', -5_301, ['from-the-future']],
  ])('with an error of 300 ms: %s', (_name, ageMs, expected) => {
    expect(codes(aged(ageMs), 300)).toEqual(expected);
  });

  test('the sentence holds number and limit', () => {
    expect(checkRow(aged(400_000), ROW_RULES, NOW_MS, 12).problems[0]?.sentence).toBe(
      "The row is stale: updated_at 2026-11-23T02:53:20.000Z is 6 min 40 s old (± 12 ms); the application's limit is 5 min.",
    );
  });

  test('a wider error bar never makes certain what was not', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 400_000 }), fc.nat(5_000), fc.nat(5_000), (ageMs, errorMs, more) => {
        const certain = (bar: number): readonly string[] => codes(aged(ageMs), bar).filter((code) => !code.startsWith('maybe-'));
        expect(certain(errorMs)).toEqual(expect.arrayContaining([...certain(errorMs + more)]));
      }),
    );
  });

  test('fresh means no age problem, and freshFor says for how long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400_000 }), fc.nat(2_000), (ageMs, errorMs) => {
        const fresh = freshFor(row({ updatedAtMs: NOW_MS - ageMs }), ROW_RULES, NOW_MS, errorMs) >= 0;
        expect(codes(aged(ageMs), errorMs).some((code) => code.endsWith('stale'))).toBe(!fresh);
      }),
    );
    expect(rowAgeMs(row({ updatedAtMs: NOW_MS + 5 }), NOW_MS)).toBe(-5);
  });
});
