import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EvidenceField, EvidenceRule, EvidenceValue } from '../../../src/domain/evidence.js';
import {
  crockford,
  differences,
  exceededBounds,
  hashedText,
  normalizeCode,
  reopenDelayMs,
  withinBounds,
} from '../../../src/domain/evidence-rules.js';

const field = (name: string, value: EvidenceValue, rule: EvidenceRule = 'same', bound?: number): EvidenceField => ({
  name,
  label: name,
  value,
  rule,
  ...(bound === undefined ? {} : { bound }),
});

const anyField = fc.record({
  name: fc.string({ minLength: 1, maxLength: 6 }),
  label: fc.string({ maxLength: 8 }),
  value: fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null)),
  rule: fc.constantFrom<EvidenceRule>('same', 'at-most', 'at-least', 'shown'),
});
const anyFields = fc.uniqueArray(anyField, { selector: ({ name }) => name, maxLength: 8 });

describe('hashedText', () => {
  const opening = { gate: 'promote', runId: 'run-1', opening: 1 };

  test('has a fixed form: recorded hashes depend on it', () => {
    expect(hashedText({ ...opening, fields: [field('loss', 0, 'at-most', 10), field('clock', 3, 'shown'), field('candidate', 'b')] })).toBe(
      'holdfast evidence v1\n{"fields":{"candidate":{"bound":null,"rule":"same","unit":"","value":"b"},"loss":{"bound":10,"rule":"at-most","unit":"","value":0}},"gate":"promote","opening":1,"runId":"run-1"}',
    );
  });

  test('does not depend on the order of fields, nor on fields that are only shown', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const text = hashedText({ ...opening, fields });
        expect(hashedText({ ...opening, fields: fields.toReversed() })).toBe(text);
        expect(hashedText({ ...opening, fields: fields.filter(({ rule }) => rule !== 'shown') })).toBe(text);
      }),
    );
  });

  test('differs by gate, run and opening', () => {
    const texts = [opening, { ...opening, gate: 'accept' }, { ...opening, runId: 'run-2' }, { ...opening, opening: 2 }].map((one) =>
      hashedText({ ...one, fields: [] }),
    );
    expect(new Set(texts).size).toBe(4);
  });

  test('refuses two fields of one name', () => {
    expect(() => hashedText({ ...opening, fields: [field('a', 1), field('a', 2)] })).toThrow('Two evidence fields are called a');
  });
});

describe('evidence codes', () => {
  test.each([
    ['0000000000000', '0000000000'],
    ['fffffffffffff', 'ZZZZZZZZZZ'],
    ['0000000000004', '0000000001'],
    // The first 50 bits only: the last two bits of the thirteenth digit and everything after it do not count.
    [`0000000000003${'f'.repeat(51)}`, '0000000000'],
    ['0842108421084', '1111111111'],
  ])('%s is %s', (hex, code) => {
    expect(crockford(hex)).toBe(code);
  });

  test('refuses a hash that is too short', () => {
    expect(() => crockford('abc')).toThrow('13 hexadecimal digits');
  });

  test.each([
    ['7k3m9-qz2ab', '7K3M9QZ2AB'],
    [' o0 iIlL1 ', '0011111'],
  ])('%j is read as %s', (typed, code) => {
    expect(normalizeCode(typed)).toBe(code);
  });
});

describe('differences', () => {
  test.each<[string, EvidenceField, EvidenceField | undefined, string]>([
    ['another target', field('candidate', 'b'), field('candidate', 'c'), 'candidate: was b, is c.'],
    ['more loss', field('loss', 0, 'at-most'), field('loss', 8, 'at-most'), 'loss: was 0, is 8; the decision allows at most 0.'],
    [
      'more loss than the bound',
      field('loss', 0, 'at-most', 100),
      field('loss', 101, 'at-most'),
      'loss: was 0, is 101; the decision allows at most 100.',
    ],
    [
      'fewer instances',
      field('instances', 3, 'at-least'),
      field('instances', 2, 'at-least'),
      'instances: was 3, is 2; the decision allows at least 3.',
    ],
    [
      'a number that became unknown',
      field('loss', 0, 'at-most', 100),
      field('loss', null, 'at-most'),
      'loss: was 0, is unknown; the decision allows at most 100.',
    ],
    ['a field that is gone', field('fence', true), undefined, 'fence: was true, is unknown, no longer read.'],
  ])('names %s', (_, shown, now, sentence) => {
    expect(differences([shown], now === undefined ? [] : [now]).map((difference) => difference.sentence)).toEqual([sentence]);
  });

  test.each<[string, EvidenceField, EvidenceField]>([
    ['less loss', field('loss', 8, 'at-most'), field('loss', 0, 'at-most')],
    ['loss within the bound', field('loss', 0, 'at-most', 100), field('loss', 100, 'at-most')],
    ['a loss that was unknown and is known', field('loss', null, 'at-most'), field('loss', 5, 'at-most')],
    ['more instances', field('instances', 2, 'at-least'), field('instances', 3, 'at-least')],
    ['a clock', field('clock', 1, 'shown'), field('clock', 900, 'shown')],
  ])('lets pass: %s', (_, shown, now) => {
    expect(differences([shown], [now])).toEqual([]);
  });

  test('names a hashed fact that was not on the card', () => {
    expect(differences([], [field('second-writer', 'a')]).map(({ sentence }) => sentence)).toEqual(['second-writer: was not shown, is a.']);
  });

  test('of anything with itself are none', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        expect(differences(fields, fields)).toEqual([]);
      }),
    );
  });

  test('at-most: a smaller number never differs, a larger one always does', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (value, less) => {
        expect(differences([field('x', value, 'at-most')], [field('x', value - less, 'at-most')])).toEqual([]);
        expect(differences([field('x', value, 'at-most')], [field('x', value + less + 1, 'at-most')])).toHaveLength(1);
      }),
    );
  });
});

describe('bounds', () => {
  test('are held against the bound alone, not against what was shown', () => {
    const approved = [field('loss', 10, 'at-most', 5)];
    expect(differences(approved, approved)).toEqual([]);
    expect(withinBounds(approved, approved)).toBe(false);
    expect(exceededBounds(approved, approved).map(({ sentence }) => sentence)).toEqual([
      'loss: was 10, is 10; the decision allows at most 5.',
    ]);
  });

  test('a difference always breaks the bounds too', () => {
    fc.assert(
      fc.property(anyFields, anyFields, (shown, now) => {
        fc.pre(differences(shown, now).length > 0);
        expect(withinBounds(shown, now)).toBe(false);
      }),
    );
  });
});

test('the wait before a re-opening doubles and stops growing at the twentieth opening', () => {
  expect([1, 2, 3, 20, 21, 500].map((opening) => reopenDelayMs(opening, 30_000) / 30_000)).toEqual([1, 2, 4, 2 ** 19, 2 ** 19, 2 ** 19]);
});
