import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareLsn, formatLsn, lsnDistance, parseLsn } from '../../../src/domain/lsn.js';

const anyValue = fc.bigInt({ min: 0n, max: 18_446_744_073_709_551_615n });

describe('LSN', () => {
  test.each([
    ['0/0', 0n],
    ['0/3000148', 50_331_976n],
    ['1/0', 4_294_967_296n],
    ['FFFFFFFF/FFFFFFFF', 18_446_744_073_709_551_615n],
    ['a/b', 42_949_672_971n],
  ])('%s is byte %s', (text, value) => {
    expect(parseLsn(text)).toBe(value);
  });

  test.each(['', '0', '0/', '/0', 'g/0', '0/123456789', ' 0/0', '0/0\n', '0/0/0'])('%j is refused by name', (text) => {
    expect(() => parseLsn(text)).toThrow(expect.objectContaining({ code: 'HF_INTERNAL', evidence: { lsn: text } }));
  });

  test('a value outside 64 bits is refused', () => {
    expect(() => formatLsn(-1n)).toThrow('-1');
    expect(() => formatLsn(1n << 64n)).toThrow('18446744073709551616');
  });

  test('text and value are one', () => {
    fc.assert(fc.property(anyValue, (value) => parseLsn(formatLsn(value)) === value));
  });

  test('order and distance agree, and both turn round', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        const [left, right] = [formatLsn(BigInt(a)), formatLsn(BigInt(b))];
        expect(lsnDistance(left, right)).toBe(b - a);
        expect(compareLsn(left, right)).toBe(Math.sign(a - b));
        expect(Math.sign(lsnDistance(left, right)) + compareLsn(left, right)).toBe(0);
      }),
    );
  });
});
