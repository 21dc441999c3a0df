import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snapshotOf } from '../../../src/domain/snapshot.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import {
  ENVIRONMENT,
  failedNode,
  failure,
  NOW_LSN,
  NOW_MS,
  present,
  primaryFacts,
  standbyFacts,
  SYSTEM_IDENTIFIER,
} from '../../support/build-facts.js';

const plan = { environment: ENVIRONMENT };

test('a snapshot holds the row, the lineage, the synchronous set and the clocks of one instant', () => {
  expect(snapshotOf('payments', [primaryFacts('a'), standbyFacts('b'), failedNode('c')], plan, NOW_MS)).toMatchObject({
    schema: 1,
    store: 'payments',
    atMs: NOW_MS,
    primary: 'a',
    systemIdentifier: SYSTEM_IDENTIFIER,
    lsn: NOW_LSN,
    row: present(),
    clocks: { a: { offsetMs: 0 }, b: { offsetMs: 0 } },
  });
});

test('a lost row or table is a snapshot: that it is lost is what was seen', () => {
  const lost = primaryFacts('a', { row: { state: 'row-missing', lsn: NOW_LSN } });
  expect(snapshotOf('payments', [lost], plan, NOW_MS)?.row.state).toBe('row-missing');
});

describe('nothing is believed of', () => {
  const cases = {
    'no writer': [standbyFacts('a'), standbyFacts('b')],
    'two writers': [primaryFacts('a'), primaryFacts('b')],
    'another environment': [primaryFacts('a', { marker: 'exercise' })],
    'an unreadable row': [primaryFacts('a', { row: { state: 'unreadable', failure: failure('auth') } })],
    silence: [failedNode('a'), failedNode('b')],
  };
  test.each(Object.entries(cases))('%s', (_name, nodes) => {
    expect(snapshotOf('payments', nodes, plan, NOW_MS)).toBeUndefined();
  });
  test('a node without a marker', () => {
    const { node, atMs, answer } = primaryFacts('a');
    const { marker: _marker, ...rest } = answer ?? primaryFacts('a').answer!;
    expect(snapshotOf('payments', [{ node, atMs, answer: rest }], plan, NOW_MS)).toBeUndefined();
  });
});

test('for any facts a snapshot names the only writer', () => {
  fc.assert(
    fc.property(anyObservation, ({ nodes }) => {
      const snapshot = snapshotOf('payments', nodes, plan, NOW_MS);
      const writers = nodes.filter((n) => n.answer?.inRecovery === false).map((n) => n.node);
      expect(snapshot === undefined ? writers.slice(0, 1) : [snapshot.primary]).toEqual(writers.slice(0, 1));
      expect(snapshot !== undefined && writers.length !== 1).toBe(false);
    }),
  );
});
