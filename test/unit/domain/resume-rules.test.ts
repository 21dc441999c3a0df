import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstanceEvidence } from '../../../src/domain/instance-proof.js';
import { resumeRefusals, type ResumeEvidence } from '../../../src/domain/resume-rules.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import {
  engagedInstance,
  engagedRow,
  failedNode,
  failure,
  hostOf,
  instanceFacts,
  observation,
  plannedNode,
  present,
  primaryFacts,
  row,
  standbyFacts,
  TIMELINE_2,
} from '../../support/build-facts.js';

const target = plannedNode('b');
const instance = (name: string, over: Partial<InstanceEvidence> = {}): InstanceEvidence => ({
  instance: name,
  matched: true,
  needed: 1,
  state: 'running',
  incarnation: `${name}-2`,
  health: instanceFacts(name).health!,
  admin: { engaged: false, reason: '' },
  sessions: [
    { node: 'a', count: undefined },
    { node: 'b', count: 1 },
  ],
  ...over,
});
const config = { host: hostOf('b'), port: 5432, version: 'v2' };
const b = primaryFacts('b', { history: TIMELINE_2 });
const moved = observation({ nodes: [failedNode('a', 'refused'), b], config });

const evidence = (over: Partial<ResumeEvidence> = {}): ResumeEvidence => ({
  observation: moved,
  instances: [instance('api-1'), instance('api-2')],
  target,
  expected: row(),
  count: 1,
  fences: [{ node: 'a', state: 'in-force' }],
  ...over,
});

test('promise S1: everything proven is the only permission', () => {
  expect(resumeRefusals(evidence())).toEqual([]);
});

describe('promise S1: every single proof that breaks refuses, and names node, instance or number', () => {
  const see = (nodes: ResumeEvidence['observation']['nodes']): Partial<ResumeEvidence> => ({ observation: observation({ nodes, config }) });
  const seeB = (over: Parameters<typeof primaryFacts>[1]): Partial<ResumeEvidence> =>
    see([failedNode('a'), primaryFacts('b', { history: TIMELINE_2, ...over })]);
  const one = (over: Partial<InstanceEvidence>): Partial<ResumeEvidence> => ({ instances: [instance('api-1'), instance('api-2', over)] });
  const { config: _config, ...unread } = moved;
  const { admin: _admin, ...noAdmin } = instance('api-2');
  const cases: Readonly<Record<string, readonly [Partial<ResumeEvidence>, string]>> = {
    'the target is silent': [see([failedNode('b')]), 'b did not answer'],
    'the target was not observed': [see([]), 'b did not answer'],
    'the target is in recovery': [see([failedNode('a'), standbyFacts('b')]), 'b is in recovery'],
    'the row is gone': [seeB({ row: { state: 'row-missing', lsn: '0/1' } }), 'row on b is row-missing'],
    'the table is gone': [seeB({ row: { state: 'table-missing', lsn: '0/1' } }), 'row on b is table-missing'],
    'the row cannot be read': [seeB({ row: { state: 'unreadable', failure: failure('auth') } }), 'row on b is unreadable'],
    'the row is engaged': [seeB({ row: present(engagedRow()) }), 'row on b is engaged: “drawdown limit”'],
    'somebody wrote another reason': [seeB({ row: present(row({ reason: 'x' })) }), "row's reason on b changed"],
    'a second node accepts writes': [see([primaryFacts('a'), b]), 'a accepts writes too (timeline 1)'],
    'a fenced node accepts writes': [see([primaryFacts('a'), b, failedNode('c')]), 'a accepts writes too'],
    'the DSN points elsewhere': [{ observation: { ...moved, config: { ...config, port: 5433 } } }, ':5433, not at b'],
    'the DSN could not be read': [{ observation: unread }, 'could not be read'],
    'a fence was lifted': [{ fences: [{ node: 'a', state: 'not-in-force' }] }, 'fence on a is not-in-force'],
    'a fence cannot be seen': [{ fences: [{ node: 'a', state: 'unknown' }] }, 'fence on a is unknown'],
    'no instance was looked at': [{ instances: [] }, 'No instance'],
    'an instance is gone': [one({ state: 'stopped' }), 'api-2 is stopped'],
    'an instance is on a fallback store': [one({ sessions: [{ node: 'b', count: 0 }] }), 'HF_INSTANCE_ON_FALLBACK'],
    'an instance has a session on the old primary': [
      one({
        sessions: [
          { node: 'a', count: 1 },
          { node: 'b', count: 1 },
        ],
      }),
      'api-2 has 1 session(s) on a',
    ],
    'an instance says engaged': [one({ health: engagedInstance('api-2').health! }), 'api-2 says engaged'],
    'an admin API disagrees': [one({ admin: { engaged: true, reason: 'x' } }), 'api-2: the admin API says engaged'],
    'an admin API is silent': [{ instances: [noAdmin] }, 'api-2: the admin API has not confirmed'],
  };
  test.each(Object.entries(cases))('%s', (_name, [over, words]) => {
    const refusals = resumeRefusals(evidence(over));
    expect(refusals.join(' ')).toContain(words);
    for (const sentence of refusals) expect(sentence).toMatch(/[.)]$/);
  });
});

test('promise S1: for any observation and any fence, no refusal means one writer, a disengaged row, and fences in force', () => {
  const fence = fc.record({
    node: fc.constantFrom('a', 'c'),
    state: fc.constantFrom('in-force' as const, 'not-in-force' as const, 'unknown' as const),
  });
  fc.assert(
    fc.property(anyObservation, fc.array(fence, { maxLength: 2 }), fc.boolean(), (seen, fences, pointed) => {
      const looked = pointed ? { ...seen, config } : seen;
      if (resumeRefusals(evidence({ observation: looked, fences })).length > 0) return;
      const writers = looked.nodes.filter((n) => n.answer?.inRecovery === false);
      expect(writers.map((n) => n.node)).toEqual(['b']);
      expect(writers[0]?.answer?.row).toMatchObject({ state: 'present', row: { engaged: false } });
      expect(fences.every((f) => f.state === 'in-force')).toBe(true);
      expect(looked.config).toMatchObject({ host: hostOf('b'), port: 5432 });
    }),
    { numRuns: 400 },
  );
});
