import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecision, signedText } from '../../../src/domain/decision-rules.js';

const whyOf = (value: unknown): string => {
  const parsed = parseDecision(value);
  return parsed.ok ? '' : parsed.why;
};

describe('parseDecision', () => {
  test('reads the JSON of the card', () => {
    expect(
      parseDecision({
        schema: 1,
        gate: 'promote',
        option: 'approve',
        code: '7k3m9-qz2ab',
        by: 'alice',
        reason: 'primary is gone',
        signature: { key: 'k1', value: 'AAAA' },
      }),
    ).toEqual({
      ok: true,
      decision: {
        schema: 1,
        gate: 'promote',
        option: 'approve',
        code: '7K3M9QZ2AB',
        by: 'alice',
        reason: 'primary is gone',
        signature: { key: 'k1', value: 'AAAA' },
      },
    });
  });

  test('reads a safe answer typed by hand', () => {
    expect(parseDecision({ gate: 'promote', option: 'reject' })).toEqual({
      ok: true,
      decision: { schema: 1, gate: 'promote', option: 'reject', code: '' },
    });
  });

  test.each<[unknown, string]>([
    ['approve', 'It is not a JSON object.'],
    [null, 'It is not a JSON object.'],
    [[], 'It is not a JSON object.'],
    [{}, '`gate` must be one of promote,'],
    [{ gate: 'launch', option: 'approve' }, '`gate` must be one of promote,'],
    [{ gate: 'promote' }, '`option` is missing.'],
    [{ gate: 'promote', option: 'approve', approve: true }, 'The key "approve" is not known'],
    [JSON.parse('{"gate":"promote","option":"approve","__proto__":{}}'), 'The key "__proto__" is not known'],
    [{ gate: 'promote', option: 'approve', schema: 2 }, '`schema` must be 1.'],
    [{ gate: 'promote', option: 1 }, '`option` must be a string.'],
    [{ gate: 'promote', option: 'approve', reason: 'x'.repeat(501) }, '`reason` has 501 characters; at most 500 are accepted.'],
    [{ gate: 'promote', option: 'approve', reason: 'a\nb' }, '`reason` contains a control character.'],
    [{ gate: 'promote', option: 'approve', reason: 'a\u202eb' }, '`reason` contains a control character.'],
    [{ gate: 'promote', option: 'approve', by: '\ud800' }, '`by` contains a control character.'],
    [{ gate: 'promote', option: 'approve', signature: 'AAAA' }, '`signature` must be an object with key and value.'],
    [{ gate: 'promote', option: 'approve', signature: { key: 'k' } }, '`signature` needs key and value.'],
    [{ gate: 'promote', option: 'approve', signature: { key: 'k', value: 'v', by: 'x' } }, 'The key "by" is not known'],
  ])('refuses %j', (value, why) => {
    expect(whyOf(value)).toContain(why);
  });

  test('never throws, and what it accepts it accepts again unchanged', () => {
    const near = fc.record(
      {
        schema: fc.constantFrom(1, 2),
        gate: fc.constantFrom('promote', 'resume', 'x'),
        option: fc.string(),
        code: fc.string({ maxLength: 12 }),
        reason: fc.string({ unit: 'binary' }),
        by: fc.string(),
        signature: fc.record({ key: fc.string(), value: fc.string() }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(near, fc.anything()), (value) => {
        const parsed = parseDecision(value);
        expect(parsed.ok ? parseDecision(parsed.decision) : parsed).toEqual(parsed);
        expect(parsed.ok ? 0 : parsed.why.length).toBeLessThan(400);
      }),
    );
  });
});

describe('signedText', () => {
  const decision = { schema: 1, gate: 'promote', option: 'approve', code: '7K3M9QZ2AB' } as const;

  test('has a fixed form: keys and signatures outlive a release', () => {
    expect(signedText({ ...decision, reason: 'gone' }, 'f00d', 'alice')).toBe(
      'holdfast decision v1\n{"by":"alice","code":"7K3M9QZ2AB","gate":"promote","hash":"f00d","option":"approve","reason":"gone"}',
    );
  });

  test('binds person, hash, option, code and reason, and not the signature or the typed author', () => {
    const text = signedText(decision, 'f00d', 'alice');
    const others = [
      signedText(decision, 'f00d', 'bob'),
      signedText(decision, 'beef', 'alice'),
      signedText({ ...decision, option: 'reject' }, 'f00d', 'alice'),
      signedText({ ...decision, code: '1' }, 'f00d', 'alice'),
      signedText({ ...decision, reason: 'x' }, 'f00d', 'alice'),
    ];
    expect(new Set([text, ...others]).size).toBe(6);
    expect(signedText({ ...decision, by: 'mallory', signature: { key: 'k', value: 'v' } }, 'f00d', 'alice')).toBe(text);
    expect(signedText({ ...decision, code: '7k3m9-qz2ab' }, 'f00d', 'alice')).toBe(text);
  });
});
