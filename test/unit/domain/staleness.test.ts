import { describe, expect, test } from 'vitest';
import { credibleReadAtMs, stalenessAnchor, unknownWindow } from '../../../src/domain/staleness.js';
import { deadPrimaryObservation, instanceFacts, NOW_MS, observation, present, row, snapshot } from '../../support/build-facts.js';

const alert = {
  source: 'alertmanager',
  fingerprint: 'f',
  status: 'firing' as const,
  startsAtMs: NOW_MS - 20_000,
  title: 'down',
  forMs: 15_000,
};
const dead = deadPrimaryObservation();

describe('stalenessAnchor', () => {
  test('a credible read now', () => {
    expect(
      stalenessAnchor({ observation: observation(), provenPrimary: 'a', lastSnapshot: snapshot(), trigger: { atMs: NOW_MS, alert } }),
    ).toMatchObject({ source: 'read', atMs: NOW_MS });
  });

  test('an operational instance resets it without our own read', () => {
    const seen = deadPrimaryObservation({ instances: [instanceFacts('api-1', {}, { atMs: NOW_MS - 7 })] });
    expect(stalenessAnchor({ observation: seen, trigger: { atMs: NOW_MS } }).atMs).toBe(NOW_MS - 7);
  });

  test('a replica never resets it', () => {
    expect(credibleReadAtMs(dead, undefined)).toBeUndefined();
    expect(stalenessAnchor({ observation: dead, lastSnapshot: snapshot(), trigger: { atMs: NOW_MS, alert } })).toMatchObject({
      source: 'read',
      atMs: NOW_MS - 60_000,
    });
  });

  test('neither does a primary that is not proven, nor one without the row', () => {
    expect(credibleReadAtMs(observation({ instances: [] }), undefined)).toBeUndefined();
    expect(
      stalenessAnchor({ lastSnapshot: snapshot({ row: { state: 'row-missing', lsn: '0/1' } }), trigger: { atMs: NOW_MS } }).source,
    ).toBe('start');
  });

  test('a read of an earlier observation is not forgotten', () => {
    const earlier = stalenessAnchor({ observation: observation(), provenPrimary: 'a', trigger: { atMs: NOW_MS } });
    expect(stalenessAnchor({ observation: dead, lastSnapshot: snapshot(), earlier, trigger: { atMs: NOW_MS } }).atMs).toBe(NOW_MS);
  });

  test('without any read: the alert minus its for, and a missing for is said', () => {
    expect(stalenessAnchor({ observation: dead, trigger: { atMs: NOW_MS, alert } })).toMatchObject({
      source: 'alert',
      atMs: NOW_MS - 35_000,
      sentence: expect.stringContaining('"for" of 15 s'),
    });
    expect(stalenessAnchor({ trigger: { atMs: NOW_MS, alert: { ...alert, forMs: 0 } } })).toMatchObject({
      atMs: NOW_MS - 20_000,
      sentence: expect.stringContaining('so 0 is taken'),
    });
  });

  test('without an alert either: the trigger', () => {
    expect(stalenessAnchor({ trigger: { atMs: NOW_MS - 1 } })).toMatchObject({ source: 'start', atMs: NOW_MS - 1 });
  });

  test('the sentences hold the instant', () => {
    expect(stalenessAnchor({ lastSnapshot: snapshot({ row: present(row()) }), trigger: { atMs: NOW_MS } }).sentence).toBe(
      'The row was last read for certain at 2026-11-23T02:59:00.000Z.',
    );
  });
});

test('the unknown window runs from the last credible read to the death', () => {
  expect(unknownWindow(NOW_MS - 200_000, NOW_MS)).toMatchObject({ lengthMs: 200_000, sentence: expect.stringContaining('3 min 20 s') });
  expect(unknownWindow(NOW_MS, NOW_MS - 5).lengthMs).toBe(0);
  expect(unknownWindow(undefined, NOW_MS)).toMatchObject({
    toMs: NOW_MS,
    sentence: expect.stringContaining('no credible read is on record'),
  });
});
