import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { laterLineage } from '../../../src/domain/split.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import { observation, primaryFacts, snapshot, standbyFacts, TIMELINE_2 } from '../../support/build-facts.js';

const old = primaryFacts('a');
const promoted = primaryFacts('b', { history: TIMELINE_2, receivedLsn: '0/6000000' });

describe('two writers', () => {
  test('the one that left the other by a promotion is right, whatever the old one wrote since', () => {
    expect(laterLineage(observation({ nodes: [old, promoted] }), snapshot())).toBe('b');
    expect(laterLineage(observation({ nodes: [primaryFacts('a', { receivedLsn: '0/9000000' }), promoted] }), snapshot())).toBe('b');
    expect(laterLineage(observation({ nodes: [old, promoted] }), undefined)).toBe('b');
  });

  test('an old primary that comes back after the memory of the store has followed the promotion', () => {
    const followed = snapshot({ primary: 'b', history: TIMELINE_2, lsn: '0/5800000' });
    expect(laterLineage(observation({ nodes: [old, promoted] }), followed)).toBe('b');
  });

  const nobody = {
    'one writer only': observation({ nodes: [old, standbyFacts('b')] }),
    'equal timelines': observation({ nodes: [old, primaryFacts('b')] }),
    'two promotions apart': observation({
      nodes: [primaryFacts('a', { history: { timeline: 2, switches: [{ timeline: 1, endLsn: '0/4000000' }] } }), promoted],
    }),
    'another database': observation({ nodes: [primaryFacts('a', { systemIdentifier: '1' }), promoted] }),
    'three writers of which one forks': observation({
      nodes: [old, promoted, primaryFacts('c', { history: { timeline: 2, switches: [{ timeline: 1, endLsn: '0/5000000' }] } })],
    }),
  };
  test.each(Object.entries(nobody))('nobody is right: %s', (_name, seen) => {
    expect(laterLineage(seen, snapshot())).toBeUndefined();
  });

  test('a promotion that does not continue the last snapshot proves nothing', () => {
    const elsewhere = snapshot({ history: { timeline: 3, switches: [...TIMELINE_2.switches, { timeline: 2, endLsn: '0/5900000' }] } });
    expect(laterLineage(observation({ nodes: [old, promoted] }), elsewhere)).toBeUndefined();
  });
});

test('for any observation the answer is a writer of the same database with the longest way', () => {
  fc.assert(
    fc.property(anyObservation, fc.boolean(), (seen, known) => {
      const name = laterLineage(seen, known ? snapshot() : undefined);
      if (name === undefined) return;
      const writers = seen.nodes.filter((n) => n.answer?.inRecovery === false);
      const right = writers.find((n) => n.node === name)?.answer;
      expect(writers.length).toBeGreaterThan(1);
      expect(writers.map((n) => n.answer?.systemIdentifier)).toEqual(writers.map(() => right?.systemIdentifier));
      const others = writers.filter((n) => n.node !== name).map((n) => n.answer?.history.switches.length ?? 0);
      expect(Math.max(...others)).toBeLessThan(right?.history.switches.length ?? 0);
    }),
  );
});
