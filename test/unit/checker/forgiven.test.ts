import { describe, expect, test } from 'vitest';
import { check } from '../../checker/check.js';
import { at, deadA, entry, goodNight, primaryA, promotedB, sent, withEntries, withEntry, withRun, withTruthFrom } from './night.js';

const engagedRow = { state: 'present', engaged: true, reason: 'x', updatedAtMs: at(5) } as const;
const clearRow = { state: 'present', engaged: false, reason: '', updatedAtMs: at(5) } as const;

describe('the checker forgives', () => {
  test('a second primary that came back in the moment of the resume', () => {
    expect(check(withEntry('resume', ({ truth }) => ({ truth: { ...truth, nodes: { a: primaryA, b: promotedB } } })))).toEqual([]);
  });

  test('an unfenced old primary that two people accepted', () => {
    const record = withRun(
      { openings: [...goodNight.runs[0]!.openings, { atMs: at(26), gate: 'unfenced', opening: 1, code: 'UUU', fields: [] }] },
      withTruthFrom(25, () => ({ nodes: { a: deadA, b: promotedB } })),
    );
    expect(
      check({
        ...record,
        sent: [
          sent(27, 'unfenced', 'proceed', 'UUU'),
          sent(28, 'unfenced', 'proceed', 'UUU', { person: 'raj', roles: ['risk'] }),
          ...record.sent,
        ],
      }),
    ).toEqual([]);
  });

  test('an engaged switch that a person reset', () => {
    const record = withEntries([
      entry(3, 'row-write', 'a', 'p', goodNight.journal[0]!.truth, {
        by: 'person',
        acknowledged: true,
        before: clearRow,
        after: engagedRow,
      }),
      entry(5, 'row-write', 'a', 'p', goodNight.journal[0]!.truth, {
        by: 'person',
        acknowledged: true,
        before: engagedRow,
        after: clearRow,
      }),
    ]);
    expect(check(withRun({ testimony: [{ atMs: at(16), from: 'snapshot', engaged: true }] }, record))).toEqual([]);
  });

  test('an engaged switch that nobody had been promised', () => {
    const record = withEntries([
      entry(5, 'row-write', 'a', 'p', goodNight.journal[0]!.truth, {
        by: 'person',
        acknowledged: false,
        before: clearRow,
        after: engagedRow,
      }),
    ]);
    expect(check(withRun({ testimony: [{ atMs: at(16), from: 'snapshot', engaged: true }] }, record))).toEqual([]);
  });

  test('an engaged row that is kept fresh without a gate', () => {
    expect(
      check(
        withEntries([
          entry(55, 'reaffirm', 'b', 'k', goodNight.journal[5]!.truth, {
            before: engagedRow,
            after: { ...engagedRow, updatedAtMs: at(54) },
          }),
        ]),
      ),
    ).toEqual([]);
  });

  test('a promotion that people ordered to be sent again', () => {
    const record = withEntries([entry(46, 'promote', 'b', 'i/1/promote/1', goodNight.journal[4]!.truth, { changed: false })]);
    expect(check({ ...record, sent: [...record.sent, sent(45.5, 'inconclusive', 'send-again', 'CCC')] })).toEqual([]);
  });
});
