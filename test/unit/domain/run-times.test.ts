import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GateRecord, PauseFacts } from '../../../src/domain/run-facts.js';
import { runTimes, unionMs } from '../../../src/domain/run-times.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildRunFacts } from '../../support/build-run.js';

describe('unionMs', () => {
  test('overlaps count once, gaps do not count', () => {
    expect(unionMs([])).toBe(0);
    expect(
      unionMs([
        [0, 10],
        [5, 20],
        [30, 31],
      ]),
    ).toBe(21);
    expect(
      unionMs([
        [30, 31],
        [0, 10],
        [2, 3],
      ]),
    ).toBe(11);
  });

  test('equals the count of milliseconds that some interval covers, in any order', () => {
    const interval = fc
      .tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -5, max: 20 }))
      .map(([from, length]) => [from, from + length] as const);
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 8 }), (intervals) => {
        let covered = 0;
        for (let at = -30; at < 50; at += 1) if (intervals.some(([from, to]) => from <= at && at < to)) covered += 1;
        expect(unionMs(intervals)).toBe(covered);
        expect(unionMs([...intervals].reverse())).toBe(covered);
      }),
    );
  });
});

const gate = (fromMs: number, toMs: number | undefined): GateRecord => ({
  gate: 'promote',
  openedAtMs: NOW_MS + fromMs,
  ...(toMs === undefined ? {} : { closedAtMs: NOW_MS + toMs }),
  openings: 1,
  people: [],
  code: 'C',
  hash: 'h',
});
const target = { node: 'b', host: 'db-b.test', port: 5432, timeline: 2, how: 'promoted' as const };
const proven = (atMs: number): PauseFacts => ({
  state: 'proven',
  because: '',
  detail: '',
  record: { key: 'k', requestedAtMs: 0, provenAtMs: atMs, restore: {} },
});

describe('runTimes', () => {
  test('human wait is the union of the gates; a gate that is open counts to the end', () => {
    const facts = buildRunFacts({ gates: [gate(1000, 5000), gate(2000, 3000), gate(8000, undefined)] });
    expect(runTimes(facts, NOW_MS + 10_000, { lostAtMs: undefined, backAtMs: undefined })).toEqual({
      totalMs: 10_000,
      humanMs: 6000,
      machineMs: 4000,
    });
  });

  test('control is unavailable from the last read to the proven target, live only until the pause was proven', () => {
    const facts = buildRunFacts({ target, pause: proven(NOW_MS + 2000) });
    expect(runTimes(facts, NOW_MS + 10_000, { lostAtMs: NOW_MS - 1000, backAtMs: NOW_MS + 7000 })).toMatchObject({
      controlUnavailableMs: 8000,
      liveWithoutControlMs: 3000,
    });
  });

  test('without a proven pause all of it was with trading live; without a way back it lasts to the end', () => {
    const facts = buildRunFacts({ target });
    expect(runTimes(facts, NOW_MS + 10_000, { lostAtMs: NOW_MS, backAtMs: undefined })).toMatchObject({
      controlUnavailableMs: 10_000,
      liveWithoutControlMs: 10_000,
    });
  });

  test('a run that took no target states no such interval', () => {
    expect(runTimes(buildRunFacts(), NOW_MS + 1, { lostAtMs: NOW_MS, backAtMs: undefined })).not.toHaveProperty('controlUnavailableMs');
  });

  test('for any moments nothing is negative and the live part lies within the whole', () => {
    const moment = fc.integer({ min: NOW_MS - 50_000, max: NOW_MS + 50_000 });
    fc.assert(
      fc.property(
        moment,
        fc.option(moment, { nil: undefined }),
        moment,
        fc.array(fc.tuple(fc.nat(20_000), fc.nat(20_000))),
        (lostAtMs, backAtMs, pausedAtMs, waits) => {
          const facts = buildRunFacts({
            target,
            pause: proven(pausedAtMs),
            gates: waits.map(([from, length]) => gate(from, from + length)),
          });
          const times = runTimes(facts, NOW_MS + 50_000, { lostAtMs, backAtMs });
          expect(times.machineMs + times.humanMs).toBe(times.totalMs);
          expect(
            Math.min(times.machineMs, times.humanMs, times.controlUnavailableMs ?? 0, times.liveWithoutControlMs ?? 0),
          ).toBeGreaterThanOrEqual(0);
          expect(times.liveWithoutControlMs ?? 0).toBeLessThanOrEqual(times.controlUnavailableMs ?? 0);
        },
      ),
    );
  });
});
