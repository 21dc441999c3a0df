import { describe, expect, test } from 'vitest';
import { VERDICT_CODES } from '../../../src/domain/verdict-code.js';
import { judge } from '../../../src/domain/verdict/judge.js';
import { VERDICT_TABLE } from '../../../src/domain/verdict/table.js';
import {
  deadPrimaryObservation,
  failedNode,
  failure,
  hostOf,
  instances,
  NOW_MS,
  observation,
  planContext,
  planTimes,
  primaryFacts,
  silentInstance,
  standbyFacts,
  TIMELINE_1,
} from '../../support/build-facts.js';
import { VERDICT_CASES } from '../../support/verdict-cases.js';

const probeFailed = (kind: Parameters<typeof failure>[0], code?: string) => ({
  probe: { state: 'failed' as const, failure: failure(kind, code) },
});
const hung = instances((name) => silentInstance(name));
const streaming = standbyFacts('b').answer!.walReceiver!;
const stalled = standbyFacts('b', { walReceiver: { ...streaming, lastMessageAtMs: NOW_MS - 61_000 } });
const pointedAtB = { config: { host: hostOf('b'), port: 5432, version: 'v1' } };

describe('judge', () => {
  const named = VERDICT_CASES.map(([name, seen, code, context = planContext()]) => ({ name, seen, code, context }));
  test.each(named)('$name: $code', ({ seen, code, context }) => {
    const { verdict } = judge(seen, context);
    expect(`${verdict.code} (${verdict.sentence})`).toContain(`${code} (`);
    expect(verdict.sentence).toMatch(/^\S.*[.]$/s);
  });

  test('every verdict of the list is reached by a case', () => {
    expect([...new Set(VERDICT_CASES.map(([, , code]) => code))].toSorted()).toEqual([...VERDICT_CODES].toSorted());
  });

  test('all matches are kept in the order of priority, and the proven primary is named', () => {
    const judged = judge(
      observation({
        nodes: [primaryFacts('a', { defaultReadOnly: true, probe: { state: 'committed', lsn: '0/1', tookMs: 3_000 } })],
        ...pointedAtB,
      }),
      planContext(),
    );
    expect([judged.verdict, ...judged.also].map((each) => each.code)).toEqual([
      'primary-readonly',
      'primary-slow',
      'path-fault',
      'healthy',
    ]);
    expect(judged.primary).toBe('a');
    expect(judge(observation({ nodes: [primaryFacts('a', probeFailed('timeout'))] }), planContext()).primary).toBeUndefined();
  });

  test('what an HA manager does is told with the node, the reason and the moment', () => {
    const sentenceOf = (seen: Parameters<typeof judge>[0]): string => judge(seen, planContext()).verdict.sentence;
    const silent = { node: 'a', answered: false, failure: failure('refused') };
    const base = { answered: true, leader: 'a', leaderSource: 'listed' as const, dcsLost: false, paused: false, failoverInProgress: true };
    expect(sentenceOf(deadPrimaryObservation({ manager: { ...base, members: [silent], actsByItselfBeforeMs: NOW_MS } }))).toBe(
      'The HA manager is failing over: its lock still names a, whose agent does not answer (refused). It acts by itself before 2026-11-23T03:00:00.000Z or not at all.',
    );
    expect(sentenceOf(observation({ manager: { ...base, members: [silent] } }))).toContain(
      'a still commits without its agent: once another node is promoted there are two primaries.',
    );
    expect(sentenceOf(deadPrimaryObservation({ manager: { ...base, members: [{ node: 'a', answered: true, role: 'replica' }] } }))).toBe(
      'The HA manager is failing over: its lock names a, which says of itself replica.',
    );
    const { leader: _leader, leaderSource: _source, ...nobody } = base;
    expect(sentenceOf(deadPrimaryObservation({ manager: nobody }))).toBe('The HA manager is failing over: nobody holds its lock.');
    expect(sentenceOf(observation({ manager: { ...base, failoverInProgress: false, dcsLost: true, paused: true } }))).toContain(
      'it is paused',
    );
  });

  test('a plan may say its own hold-off', () => {
    const context = planContext({ times: planTimes({ holdOffMs: { 'primary-dead': 1 } }) });
    expect(judge(deadPrimaryObservation(), context).verdict.holdOffMs).toBe(1);
    expect(judge(deadPrimaryObservation(), planContext()).verdict.holdOffMs).toBe(VERDICT_TABLE['primary-dead'].holdOffMs);
  });

  test('the sentence names node, number and witness', () => {
    expect(judge(deadPrimaryObservation(), planContext()).verdict.sentence).toBe(
      "a refuses connections (the call ended: refused); b's WAL receiver has no stream (no receiver) and api-1, api-2 and api-3 cannot reach the store; no instance reports its store operational.",
    );
    expect(judge(observation({ nodes: [failedNode('a'), stalled], instances: hung }), planContext()).verdict.sentence).toBe(
      "a is silent (timeout), api-1, api-2 and api-3 cannot reach the store, and b's WAL receiver had no message for 1 min 1 s (limit 1 min).",
    );
  });

  test('a limit for stalled streams can be given', () => {
    const seen = observation({
      nodes: [failedNode('a'), standbyFacts('b', { walReceiver: { ...streaming, lastMessageAtMs: NOW_MS - 6_000 }, history: TIMELINE_1 })],
      instances: hung,
    });
    expect(judge(seen, planContext()).verdict.code).toBe('inconclusive');
    expect(judge(seen, { ...planContext(), receiverStalledAfterMs: 5_000 }).verdict.code).toBe('primary-lost');
  });
});

test('the table as data: step and hold-off of each verdict', () => {
  expect(VERDICT_CODES.map((code) => `${code} ${VERDICT_TABLE[code].step} ${VERDICT_TABLE[code].holdOffMs}`)).toEqual([
    'split-brain pause-first 0',
    'fork pause-first 0',
    'observer-isolated ask 10000',
    'dcs-lost wait 0',
    'failover-in-progress wait 0',
    'already-moved adopt 3000',
    'wrong-database ask 0',
    'table-missing restore 0',
    'row-missing restore 0',
    'row-invalid ask 3000',
    'row-stale restart 3000',
    'site-lost fail-over 30000',
    'primary-dead fail-over 10000',
    'primary-lost fail-over 20000',
    'primary-unreachable-from-here ask 10000',
    'primary-recovering wait 0',
    'primary-readonly ask 5000',
    'commit-blocked ask 10000',
    'connections-exhausted ask 10000',
    'primary-slow ask 15000',
    'primary-full ask 5000',
    'access-failed ask 5000',
    'path-fault ask 10000',
    'instances-quarantined restart 5000',
    'application-only ask 10000',
    'switch-engaged close 3000',
    'healthy close 3000',
    'inconclusive ask 20000',
  ]);
});
