import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HoldfastError } from '../../src/domain/errors.js';
import type { EffectResult } from '../../src/ports/cluster.js';
import { ERROR_PAGE, POST_ANSWERS } from '../support/patroni-bodies.js';
import { abortedSignal, CANARY, errorOf, expectNoSecret, realScope } from './harness.js';
import type { Name, PatroniDouble } from './patroni-double.js';
import { openPatroniDouble } from './patroni-double.js';

let double: PatroniDouble;
beforeEach(async () => {
  double = await openPatroniDouble();
});
afterEach(() => double.close());

const promote = (name: Name): Promise<EffectResult> => double.cluster.promote(double.node(name), realScope());
const refusal = (name: Name, over = {}): Promise<HoldfastError> => errorOf(double.cluster.promote(double.node(name, over), realScope()));

test('declares that a promotion is sent once and read back for longer than Patroni may still act', () => {
  expect(double.cluster).toMatchObject({ kind: 'patroni', promoteClass: 'read-back', settleMs: 60_000 });
});

describe('promotion by asking Patroni', () => {
  test('with a leader that speaks for itself: a switchover from it, once, to the candidate’s own agent; the second call finds it done', async () => {
    const first = await promote('n2');
    expect(first).toMatchObject({ state: 'done' });
    expect(first.detail).toContain('Node n2 is out of recovery on timeline 2, and is Patroni’s leader.');
    expect(double.posts()).toEqual(['n2 /switchover {"leader":"n1","candidate":"n2"}']);
    expect(await promote('n2')).toMatchObject({ state: 'found-done' });
    expect(double.posts()).toHaveLength(1);
    expectNoSecret(first);
  });

  test('without a leader: a failover', async () => {
    Object.assign(double.state, { leader: undefined, primary: undefined, dead: ['n1'] });
    expect(await promote('n3')).toMatchObject({ state: 'done' });
    expect(double.posts()).toEqual(['n3 /failover {"candidate":"n3"}']);
  });

  test('with a dead leader whose lock still stands: a failover too, for a switchover needs its agent', async () => {
    Object.assign(double.state, { primary: undefined, dead: ['n1'] });
    expect(await promote('n3')).toMatchObject({ state: 'done' });
    expect(double.posts()).toEqual(['n3 /failover {"candidate":"n3"}']);
  });

  test('a node that Patroni promoted meanwhile is found done and nothing is sent', async () => {
    double.promote('n2');
    expect(await promote('n2')).toMatchObject({ state: 'found-done' });
    expect(double.posts()).toEqual([]);
  });

  test.each<readonly [string, Partial<PatroniDouble['state']>, Parameters<typeof refusal>, string, string]>([
    [
      'the consensus store is lost',
      { storeLost: true, primary: undefined },
      ['n2'],
      'HF_PROMOTE_REFUSED',
      'cannot reach its consensus store',
    ],
    ['its tags forbid it', { tags: { nofailover: true } }, ['n2'], 'HF_PROMOTE_REFUSED', 'never leads'],
    ['the configuration forbids it', {}, ['n2', { candidate: false }], 'HF_PROMOTE_REFUSED', 'must never be promoted'],
    ['it accepts writes and another one leads', { primary: 'n2' }, ['n2'], 'HF_PROMOTE_REFUSED', 'Patroni’s leader is n1'],
    ['its host is dead', { dead: ['n2'] }, ['n2'], 'HF_NODE_UNREACHABLE', 'refused'],
    ['the agent belongs to another cluster', { scope: 'payroll' }, ['n2'], 'HF_NODE_UNREACHABLE', '"payroll", not to "killswitch"'],
  ])('%s: refused before anything is sent', async (_name, state, args, code, words) => {
    Object.assign(double.state, state);
    const error = await refusal(...args);
    expect(error.code).toBe(code);
    expect(`${error.message} ${JSON.stringify(error.evidence)}`).toContain(words);
    expect(double.posts()).toEqual([]);
  });

  test('cancelled before: nothing was asked', async () => {
    const error = await errorOf(double.cluster.promote(double.node('n2'), realScope({ signal: abortedSignal() })));
    expect(error.code).toBe('HF_CANCELLED');
    expect(double.posts()).toEqual([]);
  });
});

describe('answers that are not what they seem', () => {
  test('503 “status unknown” that succeeds afterwards is done', async () => {
    double.state.onPost = () => {
      setTimeout(() => double.promote('n2'), 100);
      return POST_ANSWERS.statusUnknown;
    };
    expect(await promote('n2')).toMatchObject({ state: 'done' });
  });

  test('503 “status unknown” that does not succeed in time is unknown, with Patroni’s words; later it is found done', async () => {
    double.state.onPost = () => POST_ANSWERS.statusUnknown;
    const error = await refusal('n2');
    expect(error.code).toBe('HF_PROMOTE_UNKNOWN');
    expect(error.evidence).toMatchObject({
      node: 'n2',
      status: '503',
      answer: 'Failover status unknown',
      request: 'POST /switchover {"leader":"n1","candidate":"n2"}',
    });
    double.promote('n2');
    expect(await promote('n2')).toMatchObject({ state: 'found-done' });
    expect(double.posts()).toHaveLength(1);
  });

  test.each([true, false])('200 for another candidate names both (SQL already agrees: %s)', async (agrees) => {
    double.state.onPost = () => {
      if (agrees) double.promote('n3');
      return POST_ANSWERS.otherOne;
    };
    const error = await refusal('n2');
    expect(error.code).toBe('HF_PROMOTE_OTHER');
    expect(error.evidence).toMatchObject({ node: 'n2', promoted: 'n3', answer: 'Switched over to "n3" instead of "n2"' });
  });

  test('200 with the right words while another node became primary is an error that names it', async () => {
    double.state.onPost = () => {
      double.promote('n3');
      return POST_ANSWERS.switched;
    };
    expect(await refusal('n2')).toMatchObject({ code: 'HF_PROMOTE_OTHER', evidence: { promoted: 'n3' } });
  });

  test('200 while the node stays in recovery is no success', async () => {
    double.state.onPost = () => {
      double.state.leader = 'n2';
      return POST_ANSWERS.switched;
    };
    expect((await refusal('n2')).code).toBe('HF_PROMOTE_UNKNOWN');
  });

  test('200 of something that is not Patroni is no success', async () => {
    double.state.onPost = () => ({ status: 200, body: '<html>welcome</html>' });
    expect((await refusal('n2')).code).toBe('HF_PROMOTE_UNKNOWN');
  });

  test('412 because the candidate leads already is found done', async () => {
    double.state.onPost = () => {
      double.promote('n2');
      return POST_ANSWERS.wrongLeader;
    };
    expect(await promote('n2')).toMatchObject({ state: 'found-done' });
  });

  test('412 because somebody promoted a third node names it', async () => {
    double.state.onPost = () => {
      double.promote('n3');
      return POST_ANSWERS.wrongLeader;
    };
    expect(await refusal('n2')).toMatchObject({ code: 'HF_PROMOTE_OTHER', evidence: { promoted: 'n3', status: '412' } });
  });

  test.each([
    ['a stranger’s login', POST_ANSWERS.wrongLogin, 'not authenticated'],
    ['no good candidate', POST_ANSWERS.noCandidate, 'no good candidates have been found'],
    ['the request was dropped', POST_ANSWERS.dropped, 'Failover failed'],
    ['an error page', { status: 400, body: ERROR_PAGE }, 'Bad request syntax or unsupported method'],
    ['words with a credential in them', { status: 403, body: `password=${CANARY}` }, 'password=***'],
  ])('%s: refused with Patroni’s own words', async (_name, answer, words) => {
    double.state.onPost = () => answer;
    const error = await refusal('n2');
    expect(error.code).toBe('HF_PROMOTE_REFUSED');
    expect(error.evidence).toMatchObject({ node: 'n2', status: String(answer.status) });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('<');
    expect(double.posts()).toHaveLength(1);
  });

  test.each(['hang', 'close'] as const)('no answer (%s) leaves the outcome unknown', async (fate) => {
    double.state.onPost = () => fate;
    expect((await refusal('n2')).code).toBe('HF_PROMOTE_UNKNOWN');
    expect(double.posts()).toHaveLength(1);
  });

  test('cancelled while Patroni works: unknown, for it goes on working', async () => {
    const call = new AbortController();
    double.state.onPost = () => {
      call.abort();
      return 'hang';
    };
    const error = await errorOf(double.cluster.promote(double.node('n2'), realScope({ signal: call.signal })));
    expect(error.code).toBe('HF_PROMOTE_UNKNOWN');
  });
});

describe('the manager’s word', () => {
  test('a healthy cluster: leader confirmed, rules read, every member named', async () => {
    const facts = await double.cluster.manager(realScope());
    expect(facts).toMatchObject({
      answered: true,
      leader: 'n1',
      leaderSource: 'confirmed',
      dcsLost: false,
      paused: false,
      failoverInProgress: false,
      rules: { ttlMs: 20_000, loopWaitMs: 1_000, retryTimeoutMs: 3_000 },
    });
    expect(facts?.members?.map(({ node, role, answered }) => [node, role, answered])).toEqual([
      ['n1', 'primary', true],
      ['n2', 'replica', true],
      ['n3', 'replica', true],
    ]);
    expectNoSecret(facts);
  });

  test('consensus store lost is not leader lost', async () => {
    Object.assign(double.state, { storeLost: true, primary: undefined });
    expect(await double.cluster.manager(realScope())).toMatchObject({ answered: true, dcsLost: true, failoverInProgress: false });
    Object.assign(double.state, { storeLost: false, leader: undefined });
    expect(await double.cluster.manager(realScope())).toMatchObject({ dcsLost: false, failoverInProgress: true });
  });

  test('the time in which Patroni acts by itself runs from the first look and ends; its memory ends with the trouble', async () => {
    const startMs = Date.now();
    const at = (afterMs: number) => double.cluster.manager(realScope({ now: () => startMs + afterMs }));
    Object.assign(double.state, { dead: ['n1'], primary: undefined });
    const before = startMs + 31_000;
    expect(await at(0)).toMatchObject({ leader: 'n1', leaderSource: 'listed', failoverInProgress: true, actsByItselfBeforeMs: before });
    expect(await at(20_000)).toMatchObject({ failoverInProgress: true, actsByItselfBeforeMs: before });
    double.state.leader = undefined;
    expect(await at(21_000)).toMatchObject({ failoverInProgress: true, actsByItselfBeforeMs: before });
    expect(await at(31_000)).toMatchObject({ failoverInProgress: false });
    double.promote('n2');
    expect(await at(32_000)).toMatchObject({ leader: 'n2', leaderSource: 'confirmed', failoverInProgress: false });
    double.state.dead = ['n1', 'n2'];
    expect(await at(40_000)).toMatchObject({ failoverInProgress: true, actsByItselfBeforeMs: startMs + 71_000 });
  });

  test('paused: nothing is to be expected of it', async () => {
    Object.assign(double.state, { paused: true, dead: ['n1'], leader: undefined, primary: undefined });
    const facts = await double.cluster.manager(realScope());
    expect(facts).toMatchObject({ paused: true, failoverInProgress: false });
    expect(facts).not.toHaveProperty('actsByItselfBeforeMs');
  });

  test('members of another cluster say nothing about this one', async () => {
    double.state.scope = 'payroll';
    expect(await double.cluster.manager(realScope())).toMatchObject({
      answered: false,
      failure: { kind: 'invalid', text: 'it belongs to the Patroni cluster "payroll", not to "killswitch"' },
    });
  });

  test('whether it would take a request is tried without acting', async () => {
    double.state.dead = ['n3'];
    const access = await double.cluster.access?.(realScope());
    expect(access).toEqual([
      { node: 'n1', own: 'accepted', openToAll: 'no', encrypted: false, detail: expect.stringContaining('400') },
      { node: 'n2', own: 'accepted', openToAll: 'no', encrypted: false, detail: expect.stringContaining('400') },
      { node: 'n3', own: 'unknown', openToAll: 'unknown', encrypted: false, detail: expect.stringContaining('closed') },
    ]);
    expect(double.posts()).toEqual([]);
    expect(double.state).toMatchObject({ leader: 'n1', timeline: 1 });
    expectNoSecret(access);
  });
});
