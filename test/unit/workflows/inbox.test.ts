import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALERT_LIMIT, Inbox, NOTE_LIMIT, SIGNAL_NAMES } from '../../../src/workflows/inbox.js';
import { SIGNAL_DESCRIPTIONS } from '../../../src/workflows/messages.js';
import { NOW_MS } from '../../support/build-facts.js';

const create = (): Inbox => new Inbox(() => NOW_MS);
const alert = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  source: 'alertmanager',
  fingerprint: 'f1',
  status: 'firing',
  startsAtMs: NOW_MS - 1000,
  title: 'primary down',
  forMs: 15_000,
  ...over,
});
const decision = { schema: 1, gate: 'promote', option: 'approve', code: '7K3M9QZ2AB', by: 'alice' };
/** What a UI, a script, or the tolerant converter could hand in. */
const NONSENSE: readonly unknown[] = [
  undefined,
  null,
  true,
  7,
  NaN,
  '',
  'pause!',
  [],
  [decision],
  {},
  { undecodable: true },
  { by: 7, text: {}, reason: [] },
  { __proto__: null },
  new Uint8Array([1, 2, 3]),
  new Date(NaN),
  Symbol('x'),
  () => 1,
  10n,
  { by: '\u0000\u001b[2J' },
  { by: 'x'.repeat(1_000_000) },
];

describe('promise S10: nonsense is recorded and shown, never thrown', () => {
  test.each(SIGNAL_NAMES)('%s with every nonsense value', (name) => {
    const inbox = create();
    for (const value of NONSENSE) inbox.receive(name, value);
    expect(inbox.received).toBe(NONSENSE.length);
    expect([inbox.decisions, inbox.alerts]).toEqual([[], []]);
    for (const said of [...inbox.notes, ...inbox.acknowledged, ...inbox.classified, ...inbox.doneByHand])
      expect(said.by.length).toBeLessThanOrEqual(500);
  });

  test('for any name and any value', () => {
    const inbox = create();
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...SIGNAL_NAMES), fc.string()),
        fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true }),
        (name, value) => {
          inbox.receive(name, value);
          expect(inbox.ignored.length).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('what could not be decoded is no object, whatever else stands in it', () => {
    const inbox = create();
    inbox.receive('note', { undecodable: true, by: 'alice', text: 'x' });
    expect([inbox.notes.length, inbox.ignored[0]]).toEqual([0, expect.stringContaining('note: not a JSON object')]);
  });

  test('what was ignored says when, which signal and why', () => {
    const inbox = create();
    inbox.receive('decide', { ...decision, gate: 'launch' });
    inbox.receive('alert', { title: 'x' });
    inbox.receive('note', 'hello');
    inbox.receive('note', {});
    inbox.receive('self-destruct\u0000', {});
    expect(inbox.ignored).toEqual([
      expect.stringMatching(/^2026-11-23T03:00:00.000Z decide: `gate` must be one of/),
      expect.stringMatching(/alert: not an alert$/),
      expect.stringMatching(/note: not a JSON object$/),
      expect.stringMatching(/note: it has neither `by` nor `text`$/),
      expect.stringMatching(/signal self-destruct: no such signal; there are decide, pause-trading/),
    ]);
  });
});

describe('promise S7: pausing needs nothing but the wish', () => {
  test.each(NONSENSE.map((value, i) => [i, value] as const))('nonsense value no. %i pauses', (_i, value) => {
    const inbox = create();
    inbox.receive('pause-trading', value);
    expect(inbox.pauseRequested).toMatchObject({ atMs: NOW_MS });
  });

  test('who asked first, and why, is kept', () => {
    const inbox = create();
    inbox.receive('pause-trading', { by: ' bob\n', reason: 'orders look wrong' });
    inbox.receive('pause-trading', { by: 'mallory' });
    expect(inbox.pauseRequested).toEqual({ by: 'bob', text: 'orders look wrong', atMs: NOW_MS });
  });

  test('abort and disarm need nothing either', () => {
    const inbox = create();
    inbox.receive('abort', undefined);
    inbox.receive('disarm', null);
    expect([inbox.aborted?.by, inbox.disarmed?.by]).toEqual(['', '']);
  });
});

describe('promise S10: alerts', () => {
  test('an alert is kept once by source, fingerprint, status and start', () => {
    const inbox = create();
    const different = [
      alert(),
      alert({ status: 'resolved' }),
      alert({ fingerprint: 'f2' }),
      alert({ source: 'generic' }),
      alert({ startsAtMs: NOW_MS }),
    ];
    for (const each of [...different, ...different, alert({ title: 'another title', forMs: 1 })]) inbox.receive('alert', each);
    expect(inbox.alerts.map((a) => a.alert)).toEqual(different);
  });

  test('two alerts of other parts but the same text are two alerts', () => {
    const inbox = create();
    inbox.receive('alert', alert({ source: 'a b', fingerprint: 'c' }));
    inbox.receive('alert', alert({ source: 'a', fingerprint: 'b c' }));
    expect(inbox.alerts.length).toBe(2);
  });

  test.each([
    { source: 7 },
    { fingerprint: undefined },
    { status: 'maybe' },
    { startsAtMs: 'now' },
    { startsAtMs: Infinity },
    { startsAtMs: NaN },
  ])('%j is none (case %#)', (over) => {
    const inbox = create();
    inbox.receive('alert', alert(over));
    expect(inbox.alerts).toEqual([]);
    expect(inbox.ignored.length).toBe(1);
  });

  test('an odd `for` reads as 0, a long title is cut', () => {
    const inbox = create();
    for (const [i, forMs] of [-1, '5m', NaN, undefined].entries())
      inbox.receive('alert', alert({ fingerprint: `f${i}`, forMs, title: 'x'.repeat(9000) }));
    expect(inbox.alerts.map((a) => [a.alert.forMs, a.alert.title.length])).toEqual(Array.from({ length: 4 }, () => [0, 500]));
  });

  test(`${ALERT_LIMIT} are kept, further ones are counted; known ones are not even counted`, () => {
    const inbox = create();
    for (let i = 0; i < ALERT_LIMIT + 30; i += 1) inbox.receive('alert', alert({ fingerprint: `f${i}` }));
    for (let i = 0; i < 10; i += 1) inbox.receive('alert', alert({ fingerprint: 'f1' }));
    expect([inbox.alerts.length, inbox.countedAlerts]).toEqual([500, 30]);
  });

  test('which alerts re-open detection: firing, and arrived later than the last look', () => {
    let now = NOW_MS;
    const inbox = new Inbox(() => now);
    inbox.receive('alert', alert());
    now += 10;
    inbox.receive('alert', alert({ fingerprint: 'later' }));
    inbox.receive('alert', alert({ fingerprint: 'well', status: 'resolved' }));
    expect(inbox.firingSince(NOW_MS).map((a) => a.fingerprint)).toEqual(['later']);
    expect(inbox.firingSince(NOW_MS - 1).length).toBe(2);
    expect(inbox.firingSince(now)).toEqual([]);
  });
});

describe('promise S10: people can always be heard', () => {
  test(`${NOTE_LIMIT} notes are kept, further ones are counted`, () => {
    const inbox = create();
    for (let i = 0; i < NOTE_LIMIT + 5; i += 1) inbox.receive('note', { by: 'alice', text: `no. ${i}` });
    expect([inbox.notes.length, inbox.countedNotes, inbox.notes.at(-1)?.text]).toEqual([200, 5, 'no. 199']);
  });

  test('after a storm of alerts, notes and nonsense a decision, a pause, a recheck and an abort still arrive', () => {
    const inbox = create();
    for (let i = 0; i < 2000; i += 1) {
      inbox.receive('alert', alert({ fingerprint: `f${i}` }));
      inbox.receive('note', { by: 'x', text: `${i}` });
      inbox.receive('decide', 'nonsense');
      inbox.receive('acknowledge', { by: 'x' });
    }
    inbox.receive('decide', decision);
    inbox.receive('pause-trading', { by: 'bob' });
    inbox.receive('recheck', {});
    inbox.receive('abort', { by: 'bob' });
    expect(inbox.decisions.map((d) => [d.n, d.via, d.decision.by])).toEqual([[1, 'signal', 'alice']]);
    expect([inbox.pauseRequested?.by, inbox.rechecks, inbox.aborted?.by]).toEqual(['bob', 1, 'bob']);
    expect([inbox.ignored.length, inbox.acknowledged.length]).toEqual([100, 200]);
  });
});

describe('decisions', () => {
  test('are numbered in the order of arrival, whichever way they came', () => {
    const inbox = create();
    inbox.receive('decide', decision);
    expect(inbox.decide({ ...decision, option: 'reject' }, 'update')).toEqual({ ok: true, n: 2 });
    expect(inbox.decisions.map((d) => [d.n, d.via, d.decision.option])).toEqual([
      [1, 'signal', 'approve'],
      [2, 'update', 'reject'],
    ]);
  });

  test('an Update hears why its decision was not kept', () => {
    expect(create().decide('approve', 'update')).toMatchObject({ ok: false, why: 'It is not a JSON object.' });
    expect(Inbox.parse({ ...decision, code: '7k3m9-qz2ab' })).toMatchObject({ ok: true, decision: { code: '7K3M9QZ2AB' } });
  });
});

test('of what was ignored the first 20 and the newest 79 are kept, and how many are left out between', () => {
  const inbox = create();
  for (let i = 0; i < 99; i += 1) inbox.ignore(`no. ${i}`);
  expect(inbox.ignored).toHaveLength(99);
  inbox.ignore('no. 99');
  expect(inbox.ignored.slice(19, 22)).toEqual([
    expect.stringMatching(/no\. 19$/),
    '… 1 more is left out here',
    expect.stringMatching(/no\. 21$/),
  ]);
  for (let i = 100; i < 1000; i += 1) inbox.ignore(`no. ${i}`);
  expect(inbox.ignored).toHaveLength(100);
  expect(inbox.ignored[0]).toContain('no. 0');
  expect(inbox.ignored[20]).toBe('… 901 more are left out here');
  expect(inbox.ignored.at(-1)).toContain('no. 999');
});

test('every signal has a description for the Temporal UI, and no other has one', () => {
  expect(Object.keys(SIGNAL_DESCRIPTIONS).sort()).toEqual([...SIGNAL_NAMES].sort());
});
