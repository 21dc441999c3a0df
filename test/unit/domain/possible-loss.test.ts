import { describe, expect, test } from 'vitest';
import type { NodeFacts, Snapshot } from '../../../src/domain/facts.js';
import { lossBytes, lossWithin, possibleLoss, synchronousNames } from '../../../src/domain/possible-loss.js';
import {
  deadPrimaryObservation,
  failedNode,
  manager,
  NOW_LSN,
  NOW_MS,
  orphanFacts,
  primaryFacts,
  snapshot,
  standbyFacts,
  TIMELINE_2,
} from '../../support/build-facts.js';

const seen = (...others: readonly NodeFacts[]) => deadPrimaryObservation({ nodes: [failedNode('a', 'refused'), ...others] });
const lossOf = (known: Snapshot | undefined, first: NodeFacts, ...others: readonly NodeFacts[]) =>
  possibleLoss(first, seen(first, ...others), known);
const synchronous = (standbyNames: string, inSync: readonly string[] = ['b'], applicationCommit = 'on') =>
  snapshot({ sync: { standbyNames, applicationCommit, inSync } });

describe('none, proven', () => {
  test.each<[string, Snapshot, readonly NodeFacts[]]>([
    ['the only synchronous standby', synchronous('b'), [orphanFacts('b')]],
    ['remote_apply', synchronous('FIRST 1 (b)', ['b'], 'remote_apply'), [orphanFacts('b')]],
    [
      'quorum, and the other member has no more',
      synchronous('ANY 1 (b, c)', ['b', 'c']),
      [orphanFacts('b'), orphanFacts('c', { receivedLsn: '0/5000000' })],
    ],
    ['any standby, and the other has no more', synchronous('*'), [orphanFacts('b'), orphanFacts('c')]],
  ])('%s', (_name, known, [first, ...others]) => {
    const loss = lossOf(known, first!, ...others);
    expect(loss.kind).toBe('none-proven');
    expect([lossBytes(loss), lossWithin(loss, 0)]).toEqual([0, true]);
  });
});

describe('at least', () => {
  test.each<[string, Snapshot, readonly NodeFacts[], string]>([
    ['asynchronous', snapshot(), [orphanFacts('b')], 'asynchronous at the last snapshot'],
    ['the application does not wait', synchronous('b', ['b'], 'local'), [orphanFacts('b')], 'synchronous_commit local'],
    ['not in the set', synchronous('b', []), [orphanFacts('b')], 'b was not in the synchronous set'],
    [
      'another may have taken its place',
      synchronous('FIRST 1 (b, c)'),
      [orphanFacts('b'), failedNode('c')],
      'c may have acknowledged commits in its place',
    ],
    [
      'another has more',
      synchronous('ANY 1 (b, c)', ['b', 'c']),
      [orphanFacts('b'), orphanFacts('c', { receivedLsn: '0/5000061' })],
      'c received more (0/5000061)',
    ],
    ['any standby, one is silent', synchronous('*'), [orphanFacts('b'), failedNode('c')], 'c may have acknowledged'],
  ])('%s', (_name, known, [first, ...others], because) => {
    const loss = lossOf(known, first!, ...others);
    expect(loss).toMatchObject({ kind: 'at-least', bytes: 0, sentence: expect.stringContaining(because) });
    expect([lossBytes(loss), lossWithin(loss, 0), lossWithin(loss, 1)]).toEqual([0, false, true]);
  });

  test('an HA manager may have fallen back', () => {
    const first = orphanFacts('b');
    expect(possibleLoss(first, { ...seen(first), manager: manager() }, synchronous('b')).kind).toBe('at-least');
  });

  test('missing WAL is counted even in the synchronous set, and the time of the last message is said', () => {
    const first = standbyFacts('b', { receivedLsn: '0/4FFFF00' });
    const loss = lossOf(synchronous('b'), first);
    expect(loss).toMatchObject({ kind: 'at-least', bytes: 256, afterMs: NOW_MS - 500 });
    expect(loss.sentence).toBe(
      'At least 256 bytes may be lost, and anything after 2026-11-23T02:59:59.500Z: b lacks 256 bytes of WAL that the last snapshot saw.',
    );
    expect([lossWithin(loss, 255), lossWithin(loss, 256)]).toEqual([false, true]);
  });

  test.each<[string, NodeFacts, number | undefined]>([
    ['last replay, by the worker’s clock', orphanFacts('b', { clock: { offsetMs: 1_000, errorMs: 1 } }), NOW_MS - 1_500],
    ['the snapshot, when the node was idle since', orphanFacts('b', { lastReplayAtMs: NOW_MS - 3_600_000 }), NOW_MS - 60_000],
    ['the snapshot, when nothing was replayed', orphanFacts('b', { lastReplayAtMs: undefined }), NOW_MS - 60_000],
    ['nothing, when WAL of the snapshot is missing', orphanFacts('b', { lastReplayAtMs: undefined, receivedLsn: '0/1' }), undefined],
  ])('current until: %s', (_name, first, afterMs) => {
    const loss = lossOf(snapshot(), first);
    expect(loss.kind === 'at-least' ? loss.afterMs : 'other kind').toBe(afterMs);
  });

  test('of a promoted node: what the lost primary had after the switch', () => {
    const history = { timeline: 2, switches: [{ timeline: 1, endLsn: '0/4FFFF00' }] };
    expect(lossOf(synchronous('b'), primaryFacts('b', { history, receivedLsn: '0/9000000' }))).toMatchObject({
      kind: 'at-least',
      bytes: 256,
    });
  });

  test('of a promoted node: another standby that received more than the switch', () => {
    const promoted = primaryFacts('b', { history: TIMELINE_2, receivedLsn: '0/9000000' });
    expect(lossOf(synchronous('ANY 1 (b, c)', ['b', 'c']), promoted, orphanFacts('c', { receivedLsn: '0/5000061' })).kind).toBe('at-least');
    expect(lossOf(synchronous('ANY 1 (b, c)', ['b', 'c']), promoted, orphanFacts('c', { receivedLsn: NOW_LSN })).kind).toBe('none-proven');
    expect(
      lossOf(synchronous('ANY 1 (b, c)', ['b', 'c']), promoted, standbyFacts('c', { history: TIMELINE_2, receivedLsn: '0/8000000' })).kind,
    ).toBe('none-proven');
  });
});

describe('unknown', () => {
  test.each<[string, Snapshot | undefined, NodeFacts]>([
    ['no snapshot', undefined, orphanFacts('b')],
    ['no answer', snapshot(), failedNode('b')],
    ['behind', snapshot({ history: TIMELINE_2, lsn: '0/6000000' }), orphanFacts('b')],
  ])('%s', (_name, known, first) => {
    const loss = lossOf(known, first);
    expect(loss.kind).toBe('unknown');
    expect([lossBytes(loss), lossWithin(loss, Number.MAX_SAFE_INTEGER)]).toEqual([null, false]);
  });
});

test.each<[string, readonly string[]]>([
  ['', []],
  ['b', ['b']],
  ['b, "node c"', ['b', 'node c']],
  ['FIRST 2 (b, c, d)', ['b', 'c', 'd']],
  ['any 1 ("b")', ['b']],
  ['1 (b)', ['b']],
  ['*', ['*']],
])('names in %j', (text, names) => {
  expect(synchronousNames(text)).toEqual(names);
});
