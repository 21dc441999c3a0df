import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/domain/canonical.js';

describe('canonicalJson', () => {
  test.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [-0, '0'],
    [1e21, '1e+21'],
    ['\u2028"', '"\u2028\\""'],
    [Object.create(null), '{}'],
  ])('writes %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.each([
    ['NaN', { a: [NaN] }, '$.a[0]'],
    ['infinity', Infinity, '$'],
    ['undefined', { a: undefined }, '$.a'],
    ['a function', [() => 1], '$[0]'],
    ['a symbol', Symbol('s'), '$'],
    ['a big integer', 1n, '$'],
    // eslint-disable-next-line unicorn/no-new-array
    ['a hole', new Array(1), '$[0]'],
    ['a date', { at: new Date(0) }, '$.at'],
    ['a map', new Map(), '$'],
  ])('refuses %s and names the place', (_, value, path) => {
    expect(() => canonicalJson(value)).toThrow(
      expect.objectContaining({ code: 'HF_INTERNAL', message: expect.stringContaining(`at ${path} `) }),
    );
  });

  test('refuses a cycle', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => canonicalJson(cycle)).toThrow('nested deeper');
  });

  test('says the same as JSON for any JSON value, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
});

/** The same value with every object's keys written in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
