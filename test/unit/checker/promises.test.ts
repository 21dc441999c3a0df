import { describe, expect, test } from 'vitest';
import { check, CHECKS } from '../../checker/check.js';
import type { ChaosRecord } from '../../checker/types.js';
import {
  at,
  deadA,
  entry,
  fencedA,
  goodNight,
  primaryA,
  promotedB,
  resumed,
  sent,
  standbyB,
  stopped,
  verified,
  withEntries,
  withEntry,
  withRun,
  withTruthFrom,
} from './night.js';

const brokenPromises = (record: ChaosRecord): readonly string[] => [...new Set(check(record).map(({ promise }) => promise))].sort();
const engagedRow = { state: 'present', engaged: true, reason: 'x', updatedAtMs: at(5) } as const;
const clearRow = { state: 'present', engaged: false, reason: '', updatedAtMs: at(5) } as const;
const without = (gate: string): ChaosRecord => ({ ...goodNight, sent: goodNight.sent.filter((one) => one.gate !== gate) });

/** Each line: a night in which exactly this promise is broken, or the named ones together. */
const badNights: readonly (readonly [string, string, ChaosRecord])[] = [
  ['S1', 'an engaged row', withTruthFrom(80, () => ({ nodes: { a: fencedA, b: { ...promotedB, row: engagedRow } } }))],
  ['S1', 'a missing row', withTruthFrom(80, () => ({ nodes: { a: fencedA, b: { ...promotedB, row: { state: 'row-missing' } } } }))],
  [
    'S1',
    'one instance on another node',
    withTruthFrom(80, () => ({
      instances: {
        'app-1': { running: true, sessionOn: 'b', quarantined: false },
        'app-2': { running: true, sessionOn: 'a', quarantined: false },
      },
    })),
  ],
  [
    'S1',
    'one instance on its fallback store',
    withTruthFrom(80, () => ({
      instances: {
        'app-1': { running: true, sessionOn: 'b', quarantined: false },
        'app-2': { running: true, sessionOn: 'fallback', quarantined: false },
      },
    })),
  ],
  [
    'S1',
    'one instance gone',
    withTruthFrom(80, () => ({ instances: { 'app-1': { running: true, sessionOn: 'b', quarantined: false }, 'app-2': stopped } })),
  ],
  ['S1', 'a target that cannot be written', withTruthFrom(80, () => ({ nodes: { a: fencedA, b: { ...promotedB, readOnly: true } } }))],
  ['S1', 'a configuration that points elsewhere', withTruthFrom(80, () => ({ configured: { host: 'db-a', port: 5432 } }))],
  ['S1', 'nobody’s yes', without('resume')],
  [
    'S1',
    'one person twice',
    { ...goodNight, sent: [...without('resume').sent, sent(98, 'resume', 'resume', 'BBB'), sent(99, 'resume', 'resume', 'BBB')] },
  ],
  [
    'S1',
    'two people of one role',
    {
      ...goodNight,
      sent: [...without('resume').sent, sent(98, 'resume', 'resume', 'BBB'), sent(99, 'resume', 'resume', 'BBB', { person: 'olga' })],
    },
  ],
  [
    'S1',
    'a code of an earlier card',
    { ...goodNight, sent: goodNight.sent.map((one) => (one.person === 'raj' ? { ...one, code: 'OLD' } : one)) },
  ],
  [
    'S1',
    'a forged decision',
    { ...goodNight, sent: goodNight.sent.map((one) => (one.person === 'raj' ? { ...one, genuine: false } : one)) },
  ],
  [
    'S1',
    'a no before the second yes',
    { ...goodNight, sent: [...goodNight.sent, sent(101, 'resume', 'keep-paused', '', { person: 'rita', roles: ['risk'] })] },
  ],
  ['S1', 'decisions too far apart', { ...goodNight, decisionTtlMs: 3_000 }],
  ['S1', 'a pause that somebody else made', withEntry('pause', () => ({ by: 'person' }))],
  ['S1 S4', 'a second writable node', withTruthFrom(80, () => ({ nodes: { a: primaryA, b: promotedB } }))],

  [
    'S2',
    'instances started on a row that testimony disputes',
    withRun(
      { testimony: [{ atMs: at(16), from: 'app-1', engaged: true }] },
      withTruthFrom(0, (truth) => ({ nodes: { ...truth.nodes, a: { ...(truth.nodes['a'] ?? primaryA), row: engagedRow } } })),
    ),
  ],
  [
    'S2',
    'a switch engaged by a person before the loss, seen by the run, and lost',
    withRun(
      { testimony: [{ atMs: at(16), from: 'app-1', engaged: true }] },
      withEntries([
        entry(5, 'row-write', 'a', 'p', verified, {
          by: 'person',
          acknowledged: true,
          before: clearRow,
          after: engagedRow,
          truth: goodNight.journal[0]!.truth,
        }),
      ]),
    ),
  ],

  [
    'S3',
    'a target in recovery',
    withTruthFrom(
      50,
      () => ({ nodes: { a: fencedA, b: standbyB } }),
      withEntry('resume', () => ({ what: 'stop' })),
    ),
  ],
  [
    'S3',
    'a target of another lineage',
    withTruthFrom(50, () => ({ nodes: { a: fencedA, b: { ...promotedB, switches: [{ timeline: 3, endLsn: 7 }], timeline: 4 } } })),
  ],
  ['S3', 'a target of another cluster', withTruthFrom(50, () => ({ nodes: { a: fencedA, b: { ...promotedB, systemIdentifier: '8' } } }))],
  [
    'S3',
    'all instances at once',
    withTruthFrom(66, (truth) => ({ instances: truth.atMs < at(110) ? { 'app-1': stopped, 'app-2': stopped } : truth.instances })),
  ],

  ['S4', 'an old primary that is only dead', withTruthFrom(25, () => ({ nodes: { a: deadA, b: promotedB } }))],
  ['S4', 'an old primary that is only frozen', withTruthFrom(25, () => ({ nodes: { a: { ...deadA, frozen: true }, b: promotedB } }))],

  [
    'S5',
    'a promotion sent twice under one key',
    withEntries([entry(46, 'promote', 'b', 'i/1/promote/1', goodNight.journal[4]!.truth, { changed: false })]),
  ],
  ['S5', 'a resume sent twice', withEntries([entry(111, 'resume', 'trading', 'i/1/pause/1', resumed, { changed: false })])],

  [
    'S6',
    'a secret on a card',
    { ...goodNight, texts: [...goodNight.texts, { atMs: at(36), where: 'card', text: 'password=canary-secret' }] },
  ],

  [
    'S7',
    'a card that says paused while trading is live',
    { ...goodNight, texts: [...goodNight.texts, { atMs: at(12), where: 'card', text: 'Trading is paused.' }] },
  ],
  [
    'S7',
    'a silence that leaves trading live',
    withRun(
      { closings: [{ atMs: at(12), gate: 'promote', option: 'reject', silence: true }], endedAtMs: at(115) },
      withEntry(
        'pause',
        () => ({ changed: true, truth: goodNight.journal[1]!.truth }),
        withTruthFrom(11, () => ({ trading: 'trading' })),
      ),
    ),
  ],

  [
    'S8',
    'two acting runs at once',
    { ...goodNight, runs: [...goodNight.runs, { ...goodNight.runs[0]!, runId: 'r2', startedAtMs: at(50) }] },
  ],
  ['S8', 'an act of a rehearsal', withRun({ acting: false })],

  ['S9', 'a promotion nobody approved', without('promote')],
  [
    'S9',
    'a promotion of another node than on the card',
    withRun({ openings: goodNight.runs[0]!.openings.map((one) => ({ ...one, fields: [{ name: 'candidate', value: 'c' }] })) }),
  ],
  [
    'S9',
    'a promotion that was rejected first',
    { ...goodNight, sent: [sent(36, 'promote', 'reject', '', { person: 'raj', roles: ['risk'] }), ...goodNight.sent] },
  ],
  [
    'S9',
    'a re-affirmed clear row nobody approved',
    withEntries([
      entry(55, 'reaffirm', 'b', 'k', goodNight.journal[5]!.truth, { before: clearRow, after: { ...clearRow, updatedAtMs: at(55) } }),
    ]),
  ],
  ['S9', 'a restored table nobody approved', withEntries([entry(55, 'restore-table', 'b', 'k', goodNight.journal[5]!.truth)])],
  [
    'S9',
    'an adopted node nobody accepted',
    withEntry('promoted', () => ({ by: 'person' }), { ...withEntry('promote', () => ({ by: 'person' })), sent: without('promote').sent }),
  ],

  ['S10', 'an alert in no run', { ...goodNight, posted: [...goodNight.posted, { atMs: at(60), identity: 'alertmanager g firing 2' }] }],

  ['S11', 'a run that broke', withRun({ status: 'failed', detail: 'TypeError' })],
  ['S11', 'a run that waits for nothing declared', withRun({ status: 'waiting', detail: 'godot' })],
  ['S11', 'a run that is stuck', withRun({ status: 'stuck', detail: 'in step fence' })],

  [
    'S12',
    'a refusal without a rule',
    withRun({ refusals: [{ atMs: at(40), code: 'HF_TARGET_UNPROVEN', message: 'b is not proven.', evidence: {} }] }),
  ],
  [
    'S12',
    'a refusal without a place',
    withRun({ refusals: [{ atMs: at(40), code: 'HF_TARGET_UNPROVEN', message: 'It is not proven.', evidence: { rule: 'lineage' } }] }),
  ],

  [
    'S13',
    'a promoted node with a wrong clock',
    withTruthFrom(0, (truth) => ({ nodes: { ...truth.nodes, b: { ...(truth.nodes['b'] ?? standbyB), clockOffsetMs: 9_000 } } })),
  ],
  [
    'S13',
    'a timestamp set back',
    withEntries([
      entry(55, 'reaffirm', 'b', 'k', goodNight.journal[5]!.truth, {
        before: { ...engagedRow, updatedAtMs: at(50) },
        after: { ...engagedRow, updatedAtMs: at(40) },
      }),
    ]),
  ],
  [
    'S13',
    'a timestamp ahead of every clock',
    withEntries([
      entry(55, 'reaffirm', 'b', 'k', goodNight.journal[5]!.truth, { before: engagedRow, after: { ...engagedRow, updatedAtMs: at(65) } }),
    ]),
  ],

  [
    'S14',
    'a disengaging write',
    withEntries([entry(55, 'engage', 'b', 'k', goodNight.journal[5]!.truth, { before: engagedRow, after: clearRow })]),
  ],
  [
    'S14',
    'a missing row written clear',
    withEntries([entry(55, 'engage', 'b', 'k', goodNight.journal[5]!.truth, { before: { state: 'row-missing' }, after: clearRow })]),
  ],

  ['S15', 'acts on a store that was never armed', withTruthFrom(0, () => ({ armed: false }))],
  [
    'S15',
    'acts after disarming',
    withEntries([entry(41, 'arming', 'store', '', { ...goodNight.journal[3]!.truth, armed: false }, { by: 'person' })], {
      ...goodNight,
      journal: goodNight.journal.map((one) => (one.atMs > at(41) ? { ...one, truth: { ...one.truth, armed: false } } : one)),
    }),
  ],
];

describe('the checker', () => {
  test('finds nothing in a night that keeps every promise', () => {
    expect(check(goodNight)).toEqual([]);
  });

  test.each(badNights)('says %s is broken by %s', (promise, _story, record) => {
    expect(brokenPromises(record).join(' ')).toBe(promise);
  });

  test('can find every promise broken', () => {
    expect([...new Set(badNights.flatMap(([promises]) => promises.split(' ')))].sort()).toEqual(Object.keys(CHECKS).sort());
  });
});
