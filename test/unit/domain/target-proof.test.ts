import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeAnswer, Observation } from '../../../src/domain/facts.js';
import { targetProofs, type TargetContext, type TargetProof } from '../../../src/domain/target-proof.js';
import { relate } from '../../../src/domain/timeline.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import {
  ENVIRONMENT,
  failedNode,
  failure,
  observation,
  planPart,
  primaryFacts,
  snapshot,
  standbyFacts,
  SYSTEM_IDENTIFIER,
  TIMELINE_1,
  TIMELINE_2,
  type PlanPart,
} from '../../support/build-facts.js';

const login = { ok: true, sentence: 'The application logged in on b.' };
const context = (over: Partial<TargetContext> = {}, plan: Partial<PlanPart> = {}): TargetContext => ({
  plan: planPart(plan),
  fenced: ['a'],
  target: 'b',
  logins: { b: login },
  ...over,
});
/** b, promoted at the default position; a is gone. */
const moved = (over: Partial<NodeAnswer> = {}): Observation =>
  observation({ nodes: [failedNode('a', 'refused'), primaryFacts('b', { history: TIMELINE_2, ...over })] });
const failed = (seen: Observation, held: TargetContext = context()): readonly TargetProof['name'][] =>
  targetProofs(seen, held)
    .filter((p) => !p.ok)
    .map((p) => p.name);

test('promise S3: a promoted node with every proof', () => {
  const proofs = targetProofs(moved(), context());
  expect(proofs.map((p) => p.name)).toEqual([
    'answers',
    'primary',
    'commits',
    'identity',
    'marker',
    'lineage',
    'only-writer',
    'application-login',
  ]);
  expect(proofs.filter((p) => !p.ok)).toEqual([]);
});

describe('promise S3: each proof alone refuses', () => {
  const withoutMarker = (): Observation => {
    const { node, atMs, answer } = primaryFacts('b', { history: TIMELINE_2 });
    const { marker: _marker, ...rest } = answer ?? primaryFacts('b').answer!;
    return observation({ nodes: [failedNode('a'), { node, atMs, answer: rest }] });
  };
  const cases: Readonly<Record<string, readonly [Observation, TargetContext, TargetProof['name']]>> = {
    'in recovery': [moved({ inRecovery: true }), context(), 'primary'],
    'a commit that blocks': [moved({ probe: { state: 'failed', failure: failure('timeout') } }), context(), 'commits'],
    'no probe tried': [moved({ probe: { state: 'not-tried', why: 'rehearsal' } }), context(), 'commits'],
    'another database': [moved({ systemIdentifier: '1' }), context(), 'identity'],
    'the marker of an exercise': [moved({ marker: 'exercise' }), context(), 'marker'],
    'no marker': [withoutMarker(), context(), 'marker'],
    'a fork of the same number': [
      moved({ history: { timeline: 2, switches: [{ timeline: 1, endLsn: '0/9000000' }] } }),
      context(
        {},
        {
          lastSnapshot: snapshot({ history: TIMELINE_2 }),
        },
      ),
      'lineage',
    ],
    'still behind': [moved({ history: TIMELINE_1 }), context({}, { lastSnapshot: snapshot({ history: TIMELINE_2 }) }), 'lineage'],
    'a copy that was never promoted': [moved({ history: TIMELINE_1 }), context(), 'lineage'],
    'a second writer': [
      observation({ nodes: [primaryFacts('a'), primaryFacts('b', { history: TIMELINE_2 })] }),
      context({ fenced: [] }),
      'only-writer',
    ],
    'a login that fails': [moved(), context({ logins: { b: { ok: false, sentence: 'b: certificate rejected.' } } }), 'application-login'],
    'no login tried': [moved(), context({ logins: {} }), 'application-login'],
  };
  test.each(Object.entries(cases))('%s', (_name, [seen, held, name]) => {
    expect(failed(seen, held)).toEqual([name]);
  });
  test('silence', () => {
    expect(failed(observation({ nodes: [failedNode('b', 'timeout')] }))).toEqual(['answers']);
    expect(failed(observation({ nodes: [] }))).toEqual(['answers']);
  });
});

test('a fenced node that still accepts writes from here is no second writer: class N lets it run, cut off', () => {
  expect(failed(observation({ nodes: [primaryFacts('a'), primaryFacts('b', { history: TIMELINE_2 })] }))).toEqual([]);
});

test('the expected primary may stay on its timeline', () => {
  expect(failed(observation(), context({ target: 'a', fenced: [], logins: { a: login } }))).toEqual([]);
});

test('waiting is said to be useless only for what waiting cannot mend', () => {
  const final = (seen: Observation, held = context()): readonly string[] =>
    targetProofs(seen, held)
      .filter((p) => p.final)
      .map((p) => p.name);
  expect(final(moved({ inRecovery: true, probe: { state: 'failed', failure: failure('timeout') }, history: TIMELINE_1 }))).toEqual([]);
  expect(final(moved({ systemIdentifier: '1', marker: 'x' }))).toEqual(['identity', 'marker']);
  expect(final(moved())).toEqual([]);
});

test('promise S3: for any observation all proofs together mean the right, only, committing writer', () => {
  fc.assert(
    fc.property(anyObservation, fc.constantFrom('a', 'b', 'c'), fc.subarray(['a', 'b', 'c']), (seen, target, fenced) => {
      const proofs = targetProofs(seen, context({ target, fenced, logins: { [target]: login } }));
      for (const proof of proofs) expect(proof.sentence).toMatch(/\.$/);
      if (proofs.some((p) => !p.ok)) return;
      const answer = seen.nodes.find((n) => n.node === target)?.answer;
      const known = snapshot();
      expect(answer).toMatchObject({
        inRecovery: false,
        probe: { state: 'committed' },
        systemIdentifier: SYSTEM_IDENTIFIER,
        marker: ENVIRONMENT,
      });
      expect(['same', 'extends']).toContain(relate({ ...known.history, lsn: known.lsn }, answer?.history ?? TIMELINE_1).relation);
      expect(seen.nodes.filter((n) => n.node !== target && n.answer?.inRecovery === false && !fenced.includes(n.node))).toEqual([]);
    }),
  );
});

test('a standby is no target', () => {
  expect(failed(observation({ nodes: [primaryFacts('a'), standbyFacts('b')] }), context({ fenced: [] }))).toContain('primary');
});
