import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeTestimony, testimoniesOf, truthTable, type PromotedRow, type Testimony } from '../../../src/domain/truth-table.js';
import {
  deadPrimaryObservation,
  engagedInstance,
  engagedRow,
  failedNode,
  instances,
  NOW_MS,
  observation,
  present,
  primaryFacts,
  row,
  silentInstance,
  snapshot,
  SNAPSHOT_LSN,
  standbyFacts,
  TIMELINE_2,
} from '../../support/build-facts.js';

const promoted = (testimonies: readonly Testimony[], over: Partial<PromotedRow> = {}): PromotedRow => ({
  row: row({ updatedAtMs: NOW_MS - 10_000 }),
  lsn: '0/6000000',
  lineageProven: true,
  testimonies,
  ...over,
});

const older: Testimony = {
  source: 'snapshot',
  from: 'a',
  engaged: true,
  updatedAtMs: NOW_MS - 60_000,
  lsn: SNAPSHOT_LSN,
  onLineage: true,
  atMs: NOW_MS - 50_000,
};

describe('judgeTestimony', () => {
  test.each<[string, PromotedRow, string]>([
    ['nobody speaks', promoted([]), 'agreed'],
    ['everybody says disengaged', promoted([{ ...older, engaged: false }]), 'agreed'],
    ['the promoted row is engaged', promoted([{ ...older, engaged: false }], { row: engagedRow() }), 'agreed'],
    ['engaged, provably older', promoted([older]), 'newer'],
    ['engaged at the same updated_at', promoted([{ ...older, updatedAtMs: NOW_MS - 10_000 }]), 'disputed'],
    ['engaged later than the row', promoted([{ ...older, updatedAtMs: NOW_MS }]), 'disputed'],
    ['engaged at a later LSN', promoted([{ ...older, lsn: '0/7000000' }]), 'disputed'],
    ['engaged in WAL that was lost', promoted([{ ...older, onLineage: false }]), 'disputed'],
    [
      'lineage not known for the witness',
      promoted([{ source: 'snapshot', from: 'a', engaged: true, updatedAtMs: 0, lsn: '0/1', atMs: 0 }]),
      'disputed',
    ],
    ['lineage not proven at all', promoted([older], { lineageProven: false }), 'disputed'],
    [
      'an instance without updated_at',
      promoted([{ source: 'instance', from: 'api-1', engaged: true, atMs: NOW_MS - 3_600_000 }]),
      'disputed',
    ],
    ['one older and one undated', promoted([older, { source: 'admin', from: 'api-1', engaged: true, atMs: NOW_MS }]), 'disputed'],
  ])('%s', (_name, input, state) => {
    expect(judgeTestimony(input).state).toBe(state);
  });

  const anyTestimony: fc.Arbitrary<Testimony> = fc.record(
    {
      source: fc.constantFrom('snapshot' as const, 'replica' as const, 'instance' as const, 'admin' as const),
      from: fc.constantFrom('a', 'b', 'api-1'),
      engaged: fc.boolean(),
      atMs: fc.constant(NOW_MS),
      updatedAtMs: fc.integer({ min: NOW_MS - 20_000, max: NOW_MS }),
      lsn: fc.constantFrom('0/5000000', '0/6000000', '0/7000000'),
      onLineage: fc.boolean(),
    },
    { requiredKeys: ['source', 'from', 'engaged', 'atMs'] },
  );

  test('promise S2: with an engaged witness a disengaged row is never simply agreed, and undated or unproven witnesses always dispute', () => {
    fc.assert(
      fc.property(fc.array(anyTestimony), fc.boolean(), (testimonies, lineageProven) => {
        const { state } = judgeTestimony(promoted(testimonies, { lineageProven }));
        const engaged = testimonies.filter((each) => each.engaged);
        expect(state === 'agreed').toBe(engaged.length === 0);
        const unproven = engaged.some(
          (each) => !lineageProven || each.onLineage !== true || each.lsn === undefined || each.updatedAtMs === undefined,
        );
        expect(!unproven || state === 'disputed').toBe(true);
      }),
    );
  });

  test('promise S2: more witnesses never make a dispute vanish', () => {
    fc.assert(
      fc.property(fc.array(anyTestimony), fc.array(anyTestimony), (some, more) => {
        const disputed = (testimonies: readonly Testimony[]): boolean => judgeTestimony(promoted(testimonies)).state === 'disputed';
        return !disputed(some) || disputed([...some, ...more]);
      }),
    );
  });
});

describe('testimoniesOf', () => {
  const moved = (endLsn: string) =>
    observation({
      nodes: [
        failedNode('a', 'refused'),
        primaryFacts('b', { history: { timeline: 2, switches: [{ timeline: 1, endLsn }] } }),
        standbyFacts('c'),
      ],
      instances: instances((name) => engagedInstance(name)),
    });
  const engagedSnapshot = snapshot({ row: present(engagedRow({ updatedAtMs: NOW_MS - 90_000 }), SNAPSHOT_LSN) });

  test('leaves out the promoted node and takes everybody else who speaks', () => {
    const found = testimoniesOf(moved('0/5000060'), engagedSnapshot, 'b', { 'api-1': { engaged: true, reason: 'x' } });
    expect(found.map((each) => `${each.source} ${each.from}`)).toEqual([
      'snapshot a',
      'replica c',
      'instance api-1',
      'instance api-2',
      'instance api-3',
      'admin api-1',
    ]);
  });

  test('an engaged snapshot before the switch is on the lineage, one after it was lost', () => {
    expect(testimoniesOf(moved('0/5000060'), engagedSnapshot, 'b')[0]).toMatchObject({ engaged: true, onLineage: true });
    expect(testimoniesOf(moved('0/4FFFF00'), engagedSnapshot, 'b')[0]).toMatchObject({ engaged: true, onLineage: false });
  });

  test('a lost engaged row disputes a disengaged one that somebody kept fresh on the new primary', () => {
    const testimonies = testimoniesOf({ ...moved('0/4FFFF00'), instances: [] }, engagedSnapshot, 'b');
    expect(judgeTestimony(promoted(testimonies)).state).toBe('disputed');
  });
});

test('the truth table names every place and every silence', () => {
  const seen = deadPrimaryObservation({ instances: [engagedInstance('api-1'), silentInstance('api-2')] });
  expect(
    truthTable(
      { ...seen, nodes: [...seen.nodes, primaryFacts('c', { history: TIMELINE_2, row: { state: 'row-missing', lsn: '0/1' } })] },
      snapshot(),
      'c',
      { 'api-1': { engaged: true, reason: 'x' } },
    ),
  ).toEqual([
    'last snapshot, a, 2026-11-23T02:59:00.000Z: disengaged (updated_at 2026-11-23T02:58:30.000Z, at 0/5000000)',
    'node a: no answer (refused)',
    'node b, standby: disengaged (updated_at 2026-11-23T02:59:30.000Z, at 0/5000060)',
    'node c (target), out of recovery: NO ROW at 0/1',
    'instance api-1: ENGAGED',
    'instance api-2: no answer (timeout)',
    'admin API of api-1: ENGAGED',
  ]);
  expect(truthTable(observation({ nodes: [], instances: [] }), undefined, undefined)).toEqual(['last snapshot: none on record']);
});
