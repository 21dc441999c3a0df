/** S5 by what the world was asked for: which calls are repeated, and what lies between. */
import { expect, test } from 'vitest';
import { check } from '../../checker/check.js';
import type { ChaosRecord } from '../../checker/types.js';
import { at, call, goodNight, sent, withRun } from './night.js';

const brokenPromises = (record: ChaosRecord): readonly string[] => [...new Set(check(record).map(({ promise }) => promise))];

/** The first call of this name was lost; a second one follows. */
function lostThenAgain(name: string, seconds: number): ChaosRecord {
  const first = goodNight.calls.find((one) => one.call === name)!;
  const calls = goodNight.calls.map((one) => (one === first ? { ...first, end: 'unknown' as const } : one));
  return { ...goodNight, calls: [...calls, call(seconds, name, first.target)].sort((a, b) => a.askedAtMs - b.askedAtMs) };
}

const opening = { atMs: at(47), gate: 'inconclusive', opening: 1, code: 'CCC', fields: [] };
const askedAndAnswered = (night: ChaosRecord): ChaosRecord => ({
  ...night,
  runs: night.runs.map((one) => ({ ...one, openings: [...one.openings, opening] })),
  sent: [...night.sent, sent(48, 'inconclusive', 'send-again', 'CCC')],
});

test.each([
  ['a promotion sent again under another key', lostThenAgain('cluster.promote', 46)],
  ['a resume that may have happened, sent again', lostThenAgain('tradingPause.resume', 112)],
  ['a pause that may not be repeated, sent again unread', lostThenAgain('tradingPause.pause', 21)],
])('%s while nobody knew and nobody was asked breaks S5', (_what, record) => {
  expect(brokenPromises(record)).toEqual(['S5']);
});

test.each<readonly [string, ChaosRecord]>([
  ['somebody decided on a card that was shown since', askedAndAnswered(lostThenAgain('cluster.promote', 49))],
  ['it is another epoch', withRun({ endedAtMs: at(47) }, lostThenAgain('cluster.promote', 49))],
  ['it is a pause, and was read since', lostThenAgain('tradingPause.pause', 23)],
  ['it is a pause, and somebody asked for it', { ...lostThenAgain('tradingPause.pause', 21), pauseAskedAtMs: [at(20.5)] }],
  ['it may be repeated', { ...lostThenAgain('tradingPause.pause', 21), sentOnce: ['cluster.promote'] }],
])('an act of unknown outcome may be sent again when %s', (_why, record) => {
  expect(brokenPromises(record)).not.toContain('S5');
});

test('a late decision on an earlier card is no answer to what is not known now', () => {
  const night = lostThenAgain('cluster.promote', 49);
  const late = sent(46, 'promote', 'approve', 'AAA', { person: 'olga' });
  expect(brokenPromises({ ...night, sent: [...night.sent, late] })).toEqual(['S5']);
});
