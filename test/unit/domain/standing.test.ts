import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GATES } from '../../../src/domain/gate.js';
import type { StandingApproval } from '../../../src/domain/plan.js';
import type { PossibleLoss } from '../../../src/domain/possible-loss.js';
import { STANDING_MAX_AGE_MS, standingAnswer } from '../../../src/domain/standing.js';
import type { Judgement } from '../../../src/domain/verdict-code.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildPlan } from '../../support/build-run.js';

const rule: StandingApproval = {
  gate: 'promote',
  approvedBy: ['alice', 'bob'],
  approvedAtMs: NOW_MS - 24 * 3_600_000,
  verdicts: ['primary-dead'],
  maxLossBytes: 4096,
  fenced: true,
};
const dead: Judgement = {
  atMs: NOW_MS,
  verdict: { code: 'primary-dead', sentence: 'a refuses.', step: 'fail-over', holdOffMs: 0 },
  also: [],
  wouldChange: '',
};
const loss: PossibleLoss = { kind: 'at-least', bytes: 4096, sentence: '' };

function answer(
  change: Partial<StandingApproval> = {},
  over: { readonly loss?: PossibleLoss; readonly unfenced?: readonly string[]; readonly judgement?: Judgement } = {},
) {
  const plan = buildPlan({ standing: [{ ...rule, ...change }] });
  return standingAnswer('promote', plan, over.judgement ?? dead, over.loss ?? loss, over.unfenced ?? [], NOW_MS);
}

test('a rule that fits answers for the people who approved it', () => {
  expect(answer()).toEqual({ option: 'approve', people: ['alice', 'bob'] });
});

describe('people are asked when', () => {
  const dead2: Judgement = { ...dead, verdict: { ...dead.verdict, code: 'primary-lost' } };
  const cases = {
    'the rule is older than 90 days': answer({ approvedAtMs: NOW_MS - STANDING_MAX_AGE_MS - 1 }),
    'it is from the future': answer({ approvedAtMs: NOW_MS + 1 }),
    'one person approved it': answer({ approvedBy: ['alice'] }),
    'the same person twice': answer({ approvedBy: ['alice', 'alice'] }),
    'one of the two is not listed any more': answer({ approvedBy: ['alice', 'gone'] }),
    'another verdict was reached': answer({}, { judgement: dead2 }),
    'one byte more may be lost': answer({}, { loss: { ...loss, bytes: 4097 } }),
    'the loss is unknown': answer({ maxLossBytes: Number.MAX_SAFE_INTEGER }, { loss: { kind: 'unknown', sentence: '' } }),
    'it asks for no loss, and none is not proven': answer({ maxLossBytes: 0 }, { loss: { ...loss, bytes: 0 } }),
    'an old primary is not fenced': answer({}, { unfenced: ['a'] }),
    'it is for another gate': answer({ gate: 'accept' }),
  };
  test.each(Object.entries(cases))('%s', (_name, found) => {
    expect(found).toBeUndefined();
  });
  test('nothing was judged, or no loss was counted', () => {
    const plan = buildPlan({ standing: [rule] });
    expect(standingAnswer('promote', plan, undefined, loss, [], NOW_MS)).toBeUndefined();
    expect(standingAnswer('promote', plan, dead, undefined, [], NOW_MS)).toBeUndefined();
  });
});

test('90 days to the millisecond still count, and a proven loss of none fits any bound', () => {
  expect(STANDING_MAX_AGE_MS).toBe(90 * 86_400_000);
  expect(answer({ approvedAtMs: NOW_MS - STANDING_MAX_AGE_MS })).toBeDefined();
  expect(answer({ maxLossBytes: 0 }, { loss: { kind: 'none-proven', sentence: '' } })).toBeDefined();
});

test('who is not listed any more is not named as a person who approved', () => {
  expect(answer({ approvedBy: ['alice', 'gone', 'bob', 'bob'] })?.people).toEqual(['alice', 'bob']);
});

test('only promote and accept can be approved in advance', () => {
  const standing = [rule, { ...rule, gate: 'accept' as const }];
  const answered = GATES.filter((gate) => standingAnswer(gate, buildPlan({ standing }), dead, loss, [], NOW_MS) !== undefined);
  expect(answered).toEqual(['promote', 'accept']);
});

test('for any rules an answer rests on two listed people, a young rule and a loss within its bound', () => {
  const anyRule = fc.record({
    gate: fc.constantFrom('promote' as const, 'accept' as const),
    approvedBy: fc.array(fc.constantFrom('alice', 'bob', 'carol', 'gone', 'away')),
    approvedAtMs: fc.integer({ min: NOW_MS - 100 * 86_400_000, max: NOW_MS + 1000 }),
    verdicts: fc.constantFrom<readonly ('primary-dead' | 'primary-lost')[]>([], ['primary-dead'], ['primary-lost']),
    maxLossBytes: fc.nat(8192),
    fenced: fc.constant(true as const),
  });
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 4 }), fc.nat(8192), (standing, bytes) => {
      const found = standingAnswer('promote', buildPlan({ standing }), dead, { kind: 'at-least', bytes, sentence: '' }, [], NOW_MS);
      if (found === undefined) return;
      expect(found.people.length).toBeGreaterThanOrEqual(2);
      expect(found.people.every((p) => ['alice', 'bob', 'carol'].includes(p))).toBe(true);
      expect(
        standing.some(
          (s) =>
            s.gate === 'promote' &&
            s.maxLossBytes >= bytes &&
            NOW_MS - s.approvedAtMs <= STANDING_MAX_AGE_MS &&
            s.verdicts.includes('primary-dead'),
        ),
      ).toBe(true);
    }),
  );
});
