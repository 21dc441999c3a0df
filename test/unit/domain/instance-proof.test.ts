import { describe, expect, test } from 'vitest';
import { instanceProof, type InstanceEvidence, type InstanceExpectation } from '../../../src/domain/instance-proof.js';
import { engagedInstance, engagedRow, failure, instanceFacts, row } from '../../support/build-facts.js';

const healthy = instanceFacts('api-1').health!;
const engagedHealth = engagedInstance('api-1').health!;

function evidence(over: Partial<InstanceEvidence> = {}): InstanceEvidence {
  return {
    instance: 'api-1',
    matched: true,
    needed: 1,
    state: 'running',
    incarnation: 'pid-2',
    health: healthy,
    admin: { engaged: false, reason: '' },
    sessions: [
      { node: 'a', count: undefined },
      { node: 'b', count: 2 },
    ],
    ...over,
  };
}
const expected: InstanceExpectation = { target: 'b', row: row(), consecutive: 3, inARow: 3, before: 'pid-1' };
const prove = (over: Partial<InstanceEvidence> = {}, change: Partial<InstanceExpectation> = {}) =>
  instanceProof(evidence(over), { ...expected, ...change });

test('an instance that is moved', () => {
  expect(prove()).toEqual({ instance: 'api-1', proven: true, matched: true, operational: true, onlyAdminMissing: false, problems: [] });
});

describe('promise S12: each broken rule is one sentence that names instance or node, and the number', () => {
  const { admin: _admin, ...noAdmin } = evidence();
  const { health: _health, ...noHealth } = evidence();
  const { incarnation: _incarnation, ...noIncarnation } = evidence();
  const sessions = (count: number | undefined, elsewhere = 0) => [
    { node: 'b', count },
    { node: 'a', count: elsewhere },
  ];
  const cases: Readonly<Record<string, readonly [InstanceEvidence, RegExp]>> = {
    stopped: [evidence({ state: 'stopped' }), /api-1 is stopped by its platform/],
    'unknown to its platform': [evidence({ state: 'unknown' }), /api-1 is unknown/],
    'the old process': [evidence({ incarnation: 'pid-1' }), /still the process from before the move \(pid-1\)/],
    'not told apart from the old process': [noIncarnation, /does not tell it apart.*pid-1/],
    silent: [{ ...noHealth, failure: failure('timeout') }, /api-1 gives no answer: the call ended: timeout/],
    'never asked': [noHealth, /api-1 gives no answer: not asked/],
    erring: [
      evidence({ health: { ...healthy, ready: false, httpStatus: 500, detail: 'ERR_INTERNAL' } }),
      /not operational \(HTTP 500: ERR_INTERNAL\)/,
    ],
    'ready, its store not operational': [evidence({ health: { ...healthy, storeOperational: false } }), /not operational/],
    'engaged against the row': [evidence({ health: engagedHealth }), /api-1 says engaged, the row says disengaged/],
    'from an older template': [evidence({ revision: 'old' }), /api-1 was made from an older template/],
    'no session on the target': [evidence({ sessions: sessions(0) }), /no session on b.*fallback store \(HF_INSTANCE_ON_FALLBACK\)/],
    'sessions that could not be read': [evidence({ sessions: sessions(undefined) }), /sessions on b could not be read/],
    'sessions nobody asked for': [evidence({ sessions: [] }), /sessions on b could not be read/],
    'a session on the old primary': [evidence({ sessions: sessions(2, 1) }), /1 session\(s\) on a \(HF_INSTANCE_WRONG_NODE\)/],
    'no word of the admin API': [
      { ...noAdmin, adminFailure: failure('auth') },
      /admin API has not confirmed the row \(the call ended: auth\)/,
    ],
    'an admin API that disagrees': [
      evidence({ admin: { engaged: true, reason: 'limit' } }),
      /says engaged \(“limit”\), the row says disengaged.*HF_VERIFY_DISAGREE/,
    ],
  };
  test.each(Object.entries(cases))('%s', (_name, [seen, sentence]) => {
    const proof = instanceProof(seen, expected);
    expect(proof.proven).toBe(false);
    expect(proof.problems).toEqual([expect.stringMatching(sentence)]);
  });
});

test('an unready instance without a session is not said to run on a fallback store', () => {
  const problems = prove({ health: { ...healthy, ready: false }, sessions: [{ node: 'b', count: 0 }] }).problems.join(' ');
  expect(problems).toContain('no session on b.');
  expect(problems).not.toContain('HF_INSTANCE_ON_FALLBACK');
});

test('an instance whose session is on another node is on no fallback store', () => {
  const problems = prove({
    sessions: [
      { node: 'b', count: 0 },
      { node: 'a', count: 1 },
    ],
  }).problems.join(' ');
  expect(problems).toContain('HF_INSTANCE_WRONG_NODE');
  expect(problems).not.toContain('HF_INSTANCE_ON_FALLBACK');
});

test('operational once is not enough while more times in a row are asked for', () => {
  expect(prove({}, { inARow: 1 })).toMatchObject({
    proven: false,
    operational: true,
    problems: [expect.stringContaining('1 time(s) in a row, 3 are asked for')],
  });
});

test('the admin API is worth a call only when it is the last thing missing', () => {
  const { admin: _admin, ...noAdmin } = evidence();
  expect(instanceProof(noAdmin, expected).onlyAdminMissing).toBe(true);
  expect(instanceProof({ ...noAdmin, state: 'stopped' }, expected).onlyAdminMissing).toBe(false);
  expect(prove().onlyAdminMissing).toBe(false);
});

describe('an engaged row', () => {
  const engaged = { row: engagedRow({ reason: 'limit' }), inARow: 1 };
  const said = { health: engagedHealth, admin: { engaged: true, reason: 'limit' } };
  test('an instance that says so is proven although it is unready, and once is enough', () => {
    expect(prove(said, engaged)).toMatchObject({ proven: true, operational: true });
  });
  test('one that is ready, or does not say, is not', () => {
    expect(prove({ ...said, health: healthy }, engaged).problems).toEqual([
      expect.stringContaining('does not say that the switch is engaged (HTTP 200'),
    ]);
    const { engaged: _engaged, ...mute } = engagedHealth;
    expect(prove({ ...said, health: mute }, engaged).proven).toBe(false);
  });
  test('the old process that says engaged is not', () => {
    expect(prove({ ...said, incarnation: 'pid-1' }, engaged).proven).toBe(false);
  });
  test('another reason in the admin API is a disagreement', () => {
    expect(prove({ ...said, admin: { engaged: true, reason: 'other' } }, engaged).problems).toEqual([
      expect.stringContaining('HF_VERIFY_DISAGREE'),
    ]);
    expect(prove({ ...said, admin: { engaged: false, reason: '' } }, engaged).proven).toBe(false);
  });
});

test('sessions that were counted, not matched, stay marked as such', () => {
  expect(prove({ matched: false })).toMatchObject({ proven: true, matched: false });
});

test('promise S1: sessions that can only be counted must be as many as the instances', () => {
  const counted = (count: number) => prove({ matched: false, needed: 3, sessions: [{ node: 'b', count }] });
  expect(counted(2).proven).toBe(false);
  expect(counted(2).problems.join(' ')).toContain('2 session(s) on b; 3 instances need one each');
  expect(counted(3).proven).toBe(true);
});
