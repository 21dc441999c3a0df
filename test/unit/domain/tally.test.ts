import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AttestedDecision } from '../../../src/domain/decision.js';
import { shownTally, tally, type TallyContext } from '../../../src/domain/tally.js';
import { ATTESTATIONS, GATES } from '../../../src/domain/gate.js';
import { DEFAULT_GATE_POLICIES, findOption } from '../../../src/domain/gate-policy.js';
import type { Person, Role } from '../../../src/domain/plan.js';

const person = (id: string, ...roles: Role[]): Person => ({ id, roles, handles: [], keys: [] });
const people = [person('alice', 'on-call'), person('bob', 'risk'), person('carol', 'on-call', 'risk'), person('dan', 'operations')];
const { promote, resume, unfenced, inconclusive, reaffirm } = DEFAULT_GATE_POLICIES;

const CODE = '7K3M9QZ2AB';
const NOW_MS = 1_000_000;
const context: TallyContext = {
  code: CODE,
  nowMs: NOW_MS,
  decisionTtlMs: 900_000,
  people,
  starterKnown: true,
  armed: true,
  extraPeople: [],
};

const said = (n: number, who: string | undefined, option: string, change: Partial<AttestedDecision> = {}): AttestedDecision => ({
  n,
  atMs: NOW_MS - 1000,
  option,
  code: CODE,
  reason: '',
  ...(who === undefined ? {} : { person: who }),
  attestation: 'signed',
  problem: '',
  ...change,
});

const whyOf = (decision: AttestedDecision, change: Partial<TallyContext> = {}, policy = promote): string =>
  tally(policy, { ...context, ...change }, [decision]).decisions[0]?.why ?? '';

describe('an unsafe option', () => {
  test('is answered by enough people', () => {
    expect(tally(promote, context, [said(1, 'alice', 'approve')])).toMatchObject({ option: 'approve', people: ['alice'], missing: '' });
    expect(tally(resume, context, [said(1, 'bob', 'resume'), said(2, 'alice', 'resume')])).toMatchObject({
      option: 'resume',
      people: ['alice', 'bob'],
    });
  });

  test('says whose yes is missing', () => {
    expect(tally(resume, context, []).missing).toMatchInlineSnapshot(
      `"Nobody’s yes counts yet; missing: one of role on-call (alice, carol); one of role risk (bob, carol); 2 more of 2 different people in all, attested as signed or stronger."`,
    );
    expect(tally(resume, context, [said(1, 'alice', 'resume')]).missing).toMatchInlineSnapshot(
      `"alice said resume; missing: one of role risk (bob, carol); 1 more of 2 different people in all, attested as signed or stronger."`,
    );
    expect(
      tally(promote, { ...context, extraPeople: ['sessions were counted, not matched'], starterKnown: false }, [said(1, 'dan', 'approve')])
        .missing,
    ).toMatchInlineSnapshot(
      `"dan said approve; missing: one of role on-call (alice, carol); 2 more of 3 different people in all, attested as signed or stronger (more than usual because sessions were counted, not matched and it is not known who started the run)."`,
    );
    expect(tally(resume, { ...context, people: [person('alice', 'on-call')] }, []).missing).toMatchInlineSnapshot(
      `"Nobody’s yes counts yet; missing: one of role on-call (alice); one of role risk (nobody listed may); 2 more of 2 different people in all, attested as signed or stronger; this cannot be reached: of those listed only 1 may decide."`,
    );
  });

  test('counts one person once, and needs the roles', () => {
    expect(tally(resume, context, [said(1, 'carol', 'resume'), said(2, 'carol', 'resume')]).option).toBeUndefined();
    expect(tally(resume, context, [said(1, 'alice', 'resume'), said(2, 'dan', 'resume')]).option).toBeUndefined();
    expect(tally(resume, context, [said(1, 'carol', 'resume'), said(2, 'dan', 'resume')]).option).toBe('resume');
    expect(tally(promote, context, [said(1, 'bob', 'approve')]).option).toBeUndefined();
  });

  test('is not answered by a decision that cannot count, and says why', () => {
    const reasons = [
      ['no such option', whyOf(said(1, 'alice', 'launch'))],
      ['not listed', whyOf(said(1, 'mallory', 'approve'))],
      ['author unknown', whyOf(said(1, undefined, 'approve', { problem: 'No author could be found.' }))],
      ['no attestation', whyOf(said(1, 'alice', 'approve', { attestation: undefined, problem: 'The signature does not fit.' }))],
      ['only declared', whyOf(said(1, 'alice', 'approve', { attestation: 'declared' }))],
      ['no code', whyOf(said(1, 'alice', 'approve', { code: '' }))],
      ['stale code', whyOf(said(1, 'alice', 'approve', { code: 'AAAAAAAAAA' }))],
      ['expired', whyOf(said(1, 'alice', 'approve', { atMs: NOW_MS - 900_001 }))],
      ['starter', whyOf(said(1, 'alice', 'proceed'), { starter: 'alice' }, unfenced)],
      ['spent', whyOf(said(1, 'alice', 'approve'), { spentUpTo: 1 })],
    ];
    expect(reasons.map(([name, why]) => `${name}: ${why}`).join('\n')).toMatchInlineSnapshot(`
      "no such option: There is no such option; the options are approve, reject.
      not listed: Its author is not a person of this run’s plan.
      author unknown: No author could be found.
      no attestation: The signature does not fit.
      only declared: It is only declared; promote asks for signed on an armed store.
      no code: It carries no evidence code; copy it from the card.
      stale code: It is bound to the evidence code AAAAAAAAAA; the card now shows 7K3M9QZ2AB.
      expired: It expired: it is 15 min old, at most 15 min count.
      starter: Whoever started the run does not decide unfenced.
      spent: It belongs to an earlier answer of this gate."
    `);
  });

  test('a disarmed store counts typed names, and says so', () => {
    const result = tally(promote, { ...context, armed: false }, [said(1, 'alice', 'approve', { attestation: 'declared' })]);
    expect(result.option).toBe('approve');
    expect(result.decisions[0]?.why).toContain('the store is disarmed');
  });

  test('a code is read as people type it', () => {
    expect(tally(promote, context, [said(1, 'alice', 'approve', { code: '7k3m9-qz2ab' })]).option).toBe('approve');
  });

  test('a later decision replaces an earlier one, but not one that does not count', () => {
    const first = said(1, 'alice', 'fail-over');
    expect(tally(inconclusive, context, [first, said(2, 'alice', 'send-again')]).option).toBe('send-again');
    expect(tally(inconclusive, context, [first, said(2, 'alice', 'send-again', { code: 'STALE' })]).option).toBe('fail-over');
  });

  test('people who disagree answer nothing', () => {
    const result = tally(inconclusive, context, [said(1, 'alice', 'fail-over'), said(2, 'carol', 'send-again')]);
    expect(result.option).toBeUndefined();
    expect(result.missing).toContain('alice said fail-over; carol said send-again');
  });
});

describe('more and fewer people', () => {
  test('an unknown starter asks one person more', () => {
    expect(tally(promote, { ...context, starterKnown: false }, [said(1, 'alice', 'approve')]).option).toBeUndefined();
    expect(tally(promote, { ...context, starterKnown: false }, [said(1, 'alice', 'approve'), said(2, 'dan', 'approve')]).option).toBe(
      'approve',
    );
  });

  test('break-glass asks one person fewer, of a role asked for, while it lasts', () => {
    const breakGlass = { by: 'alice', reason: 'nobody of risk answers', expiresAtMs: NOW_MS };
    const one = [said(1, 'alice', 'resume')];
    expect(tally(resume, { ...context, breakGlass }, one).option).toBe('resume');
    expect(tally(resume, { ...context, breakGlass }, [said(1, 'dan', 'resume')]).option).toBeUndefined();
    expect(tally(resume, { ...context, breakGlass: { ...breakGlass, expiresAtMs: NOW_MS - 1 } }, one).option).toBeUndefined();
    expect(tally(resume, { ...context, breakGlass: { ...breakGlass, by: 'mallory' } }, one).option).toBeUndefined();
    expect(tally(promote, { ...context, breakGlass }, []).option).toBeUndefined();
  });
});

describe('a safe option', () => {
  test('is answered by one listed person without code, signature or freshness', () => {
    const decision = said(9, 'dan', 'reject', { code: '', attestation: undefined, atMs: 0, problem: 'not attested' });
    expect(tally(promote, context, [said(1, 'alice', 'approve'), decision])).toMatchObject({
      option: 'reject',
      people: ['dan'],
      missing: '',
    });
  });

  test('is not answered by somebody who is not listed', () => {
    expect(tally(promote, context, [said(1, 'mallory', 'reject')]).option).toBeUndefined();
  });

  test('among several goes the one taken on silence', () => {
    expect(tally(reaffirm, context, [said(1, 'alice', 'engage-instead'), said(2, 'bob', 'hold')]).option).toBe('hold');
  });
});

describe('for any decisions', () => {
  const policies = GATES.map((gate) => DEFAULT_GATE_POLICIES[gate]);
  const anyDecision = (n: number, options: readonly string[]): fc.Arbitrary<AttestedDecision> =>
    fc
      .record({
        who: fc.constantFrom('alice', 'bob', 'carol', 'dan', 'mallory', undefined),
        option: fc.constantFrom(...options, 'nonsense'),
        code: fc.constantFrom(CODE, CODE, CODE, '', 'STALE'),
        atMs: fc.constantFrom(NOW_MS, NOW_MS - 2_000_000),
        attestation: fc.constantFrom(...ATTESTATIONS, 'signed', undefined),
      })
      .map(({ who, option, code, atMs, attestation }) =>
        said(n, who, option, { code, atMs, attestation, problem: attestation === undefined ? 'none' : '' }),
      );
  const anyCase = fc.constantFrom(...policies).chain((policy) => {
    const options = policy.options.map(({ name }) => name);
    return fc.record({
      policy: fc.constant(policy),
      context: fc
        .record({ starter: fc.constantFrom('alice', 'dan'), starterKnown: fc.boolean(), armed: fc.boolean() })
        .map((change) => ({ ...context, ...change })),
      decisions: fc.nat({ max: 8 }).chain((length) => fc.tuple(...Array.from({ length }, (_, index) => anyDecision(index + 1, options)))),
    });
  });

  test('nobody counts twice, and every decision is accounted for with a reason', () => {
    fc.assert(
      fc.property(anyCase, ({ policy, context: given, decisions }) => {
        const result = tally(policy, given, decisions);
        const counted = result.decisions.filter((decision) => decision.counted).map((decision) => decision.person);
        expect(new Set(counted).size).toBe(counted.length);
        expect(new Set(result.people).size).toBe(result.people.length);
        expect(result.decisions).toHaveLength(decisions.length);
        expect(result.decisions.every(({ why }) => why !== '')).toBe(true);
        expect(result.missing === '').toBe(result.option !== undefined);
      }),
    );
  });

  test('promise S9: a stale, expired, unsigned or unlisted decision never counts for an unsafe option', () => {
    fc.assert(
      fc.property(anyCase, ({ policy, context: given, decisions }) => {
        const counted = tally(policy, given, decisions).decisions.filter((decision) => decision.counted);
        const unsafe = counted.filter(({ option }) => findOption(policy, option)?.safe !== true);
        expect(counted.every((decision) => people.some(({ id }) => id === decision.person))).toBe(true);
        expect(unsafe.every(({ code, atMs }) => code === CODE && atMs === NOW_MS)).toBe(true);
        expect(unsafe.every(({ attestation }) => attestation === 'signed' || !given.armed || policy.attestation !== 'signed')).toBe(true);
      }),
    );
  });

  test('a safe decision by a listed person, added anywhere, is answered safely', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), ({ policy, context: given, decisions }, at) => {
        const place = decisions.length === 0 ? 0 : at % decisions.length;
        const safely = said(place + 0.5, 'dan', policy.onSilence, { code: '', attestation: 'declared' });
        expect(tally(policy, given, [...decisions, safely]).option).toBe(policy.onSilence);
      }),
    );
  });

  test('the order of different people does not matter', () => {
    const onePerPerson = anyCase.map((one) => ({
      ...one,
      decisions: one.decisions.filter(({ person: who }, index) => one.decisions.findIndex((other) => other.person === who) === index),
    }));
    fc.assert(
      fc.property(
        onePerPerson.chain((one) =>
          fc.shuffledSubarray([...one.decisions], { minLength: one.decisions.length }).map((shuffled) => ({ one, shuffled })),
        ),
        ({ one, shuffled }) => {
          const renumbered = shuffled.map((decision, index) => ({ ...decision, n: index + 1 }));
          const [before, after] = [tally(one.policy, one.context, one.decisions), tally(one.policy, one.context, renumbered)];
          expect([after.option, new Set(after.people), after.missing]).toEqual([before.option, new Set(before.people), before.missing]);
        },
      ),
    );
  });
});

test('shown are all that count and the newest sixty of the others, with how many are left out', () => {
  const forged = (n: number): AttestedDecision => said(n, undefined, 'resume', { problem: 'The signature does not fit.' });
  const few = tally(resume, context, [said(1, 'alice', 'resume'), forged(2)]);
  expect(shownTally(few)).toEqual(few);
  const many = shownTally(tally(resume, context, [said(1, 'alice', 'resume'), ...Array.from({ length: 100 }, (_, i) => forged(i + 2))]));
  expect(many.omitted).toBe(40);
  expect(many.decisions.map(({ n }) => n)).toEqual([1, ...Array.from({ length: 60 }, (_, i) => 42 + i)]);
});
