import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actingRunId,
  CONTRACT_VERSIONS,
  effectKey,
  isHandOver,
  isStart,
  MODES,
  runId,
  type HandOver,
  type Mode,
  type RunInput,
} from '../../../src/domain/contract.js';

const input = (mode: Mode, store = 'payments'): RunInput => ({
  schema: 1,
  store,
  mode,
  trigger: { kind: 'person', incident: 'inc-1', atMs: 1_700_000_000_000 },
});

test('the versions of what is persisted: a changed shape is a new number here, never a new meaning', () => {
  expect(CONTRACT_VERSIONS).toEqual({ runInput: 1, handOver: 1, plan: 1, evidence: 1, decision: 1, snapshot: 1, configuration: 1 });
});

describe('promise S8: workflow ids', () => {
  test('incident and planned runs of every store of a cluster share one id; the others never do', () => {
    expect(MODES.map((mode) => runId(input(mode), 'geosync'))).toEqual([
      'failover:geosync',
      'failover:geosync',
      'exercise:payments',
      'rehearsal:payments:1700000000000',
    ]);
    expect(runId(input('incident', 'orders'), 'geosync')).toBe(runId(input('planned', 'payments'), 'geosync'));
    expect(actingRunId('geosync')).toBe('failover:geosync');
  });

  test('no exercise or rehearsal can have the id of an acting run, whatever store and cluster are called', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom<Mode>('exercise', 'rehearsal'), (store, cluster, mode) => {
        expect(runId(input(mode, store), cluster)).not.toBe(actingRunId(cluster));
      }),
    );
  });
});

test('a hand-over is told from a first start', () => {
  const run = input('incident');
  const handOver: HandOver = {
    schema: 1,
    run,
    epoch: 2,
    fences: [],
    earlierPrimaries: ['a'],
    unreadAlerts: [],
    unfenced: [],
    engagedSeen: [],
    messages: [],
    because: 'b was lost',
  };
  expect(isHandOver(run)).toBe(false);
  expect(isHandOver(handOver)).toBe(true);
});

test('promise S5: two different effects never share an idempotency key, even when an incident holds slashes', () => {
  const step = fc.constantFrom('pause', 'promote', 'fence', 'gate-resume', 'notify');
  const parts = fc.tuple(
    fc.string({ unit: fc.constantFrom('a', '/', '1') }),
    fc.integer({ min: 1, max: 12 }),
    step,
    fc.integer({ min: 1, max: 12 }),
  );
  expect(effectKey('inc-1', 2, 'promote', 3)).toBe('inc-1/2/promote/3');
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(effectKey(...one) === effectKey(...other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('only a run input or a hand-over starts a run: garbage ends at once and blocks no id', () => {
  const run = input('incident');
  const handOver = { schema: 1, run, epoch: 2, fences: [] };
  for (const good of [run, handOver]) expect(isStart(good)).toBe(true);
  for (const bad of [
    undefined,
    null,
    7,
    'run',
    [],
    {},
    { ...run, schema: 2 },
    { ...run, mode: 'now' },
    { ...run, trigger: {} },
    { ...handOver, run: {} },
  ]) {
    expect(isStart(bad)).toBe(false);
  }
});
