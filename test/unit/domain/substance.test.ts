import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { substance, writableNodes } from '../../../src/domain/substance.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import {
  engagedInstance,
  engagedRow,
  failedNode,
  instanceFacts,
  instances,
  manager,
  NOW_MS,
  observation,
  present,
  primaryFacts,
  row,
  standbyFacts,
  TIMELINE_2,
} from '../../support/build-facts.js';

const usual = substance(observation());

describe('what is no change', () => {
  const quiet = {
    'a later look': observation({ atMs: NOW_MS + 60_000 }),
    'WAL that moved': observation({
      nodes: [primaryFacts('a', { receivedLsn: '0/7000000' }), standbyFacts('b', { replayedLsn: '0/7000000' })],
    }),
    'a clock': observation({ nodes: [primaryFacts('a', { clock: { offsetMs: 900, errorMs: 40 } }), standbyFacts('b')] }),
    'the row on a standby, which follows': observation({ nodes: [primaryFacts('a'), standbyFacts('b', { row: present(engagedRow()) })] }),
    'words of an instance': observation({ instances: instances((name) => instanceFacts(name, { detail: 'x' })) }),
  };
  test.each(Object.entries(quiet))('%s', (_name, seen) => {
    expect(substance(seen)).toBe(usual);
  });
});

describe('what is a change', () => {
  const loud = {
    'the switch': observation({ nodes: [primaryFacts('a', { row: present(engagedRow()) }), standbyFacts('b')] }),
    'its timestamp': observation({ nodes: [primaryFacts('a', { row: present(row({ updatedAtMs: NOW_MS })) }), standbyFacts('b')] }),
    'a lost row': observation({ nodes: [primaryFacts('a', { row: { state: 'row-missing', lsn: '0/1' } }), standbyFacts('b')] }),
    'a silent node': observation({ nodes: [failedNode('a'), standbyFacts('b')] }),
    'a promotion': observation({ nodes: [primaryFacts('a'), primaryFacts('b', { history: TIMELINE_2 })] }),
    'another lineage of the same number': observation({
      nodes: [primaryFacts('a', { history: { timeline: 2, switches: [{ timeline: 1, endLsn: '0/1' }] } }), standbyFacts('b')],
    }),
    'a manager': observation({ manager: manager() }),
    'another leader': observation({ manager: manager({ leader: 'b' }) }),
    'a manager without its store': observation({ manager: manager({ dcsLost: true }) }),
    'a paused manager': observation({ manager: manager({ paused: true }) }),
    'a manager at work': observation({ manager: manager({ failoverInProgress: true }) }),
    'a silent manager': observation({ manager: manager({ answered: false }) }),
    'an instance that says engaged': observation({ instances: instances((name) => engagedInstance(name)) }),
  };
  test.each(Object.entries(loud))('%s', (_name, seen) => {
    expect(substance(seen)).not.toBe(usual);
  });
  test('no two of them look alike', () => {
    expect(new Set(Object.values(loud).map(substance)).size).toBe(Object.keys(loud).length);
  });
});

test('a later deadline of the manager and another word of a member are no change', () => {
  const at = (actsByItselfBeforeMs: number, state: string) =>
    substance(observation({ manager: manager({ actsByItselfBeforeMs, members: [{ node: 'a', answered: true, state }] }) }));
  expect(at(1, 'running')).toBe(at(2, 'starting'));
});

test('two lineages of one number do not look alike', () => {
  const on = (endLsn: string) =>
    substance(observation({ nodes: [primaryFacts('a', { history: { timeline: 2, switches: [{ timeline: 1, endLsn }] } })] }));
  expect(on('0/5000060')).not.toBe(on('0/5000061'));
});

test('writable nodes answer and are out of recovery; one that appears always changes the substance', () => {
  fc.assert(
    fc.property(anyObservation, anyObservation, (one, other) => {
      for (const name of writableNodes(one)) expect(one.nodes.find((n) => n.node === name)?.answer?.inRecovery).toBe(false);
      const hidden = substance(one) === substance(other) && writableNodes(one).join(' ') !== writableNodes(other).join(' ');
      expect(hidden).toBe(false);
    }),
  );
});
