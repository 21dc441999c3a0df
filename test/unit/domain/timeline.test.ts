import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimelineHistory } from '../../../src/domain/facts.js';
import { formatLsn } from '../../../src/domain/lsn.js';
import { parseHistoryFile, relate, type Position } from '../../../src/domain/timeline.js';

const on = (timeline: number, lsn: string, ...ends: readonly (readonly [number, string])[]): Position => ({
  timeline,
  lsn,
  switches: ends.map(([left, endLsn]) => ({ timeline: left, endLsn })),
});

const known = on(1, '0/5000000');

describe('relate', () => {
  test.each<[string, Position, TimelineHistory & { lsn?: string }, object]>([
    ['same timeline, further', known, on(1, '0/6000000'), { relation: 'same' }],
    [
      'promoted after the known position',
      known,
      on(2, '0/6000000', [1, '0/5000060']),
      { relation: 'extends', lostBytes: 0, sharedUntilLsn: '0/5000060' },
    ],
    ['promoted exactly there', known, on(2, '0/6000000', [1, '0/5000000']), { relation: 'extends', lostBytes: 0 }],
    [
      'promoted before the known position: proven loss',
      known,
      on(2, '0/6000000', [1, '0/4FFFF00']),
      { relation: 'extends', lostBytes: 256, sharedUntilLsn: '0/4FFFF00' },
    ],
    ['promoted twice', known, on(3, '0/7000000', [1, '0/5000060'], [2, '0/6000000']), { relation: 'extends', lostBytes: 0 }],
    ['same number, other history', on(2, '0/6000000', [1, '0/5000000']), on(2, '0/6000000', [1, '0/5000060']), { relation: 'fork' }],
    [
      'another number from the same point',
      on(2, '0/6000000', [1, '0/5000000']),
      on(3, '0/6000000', [1, '0/5000000']),
      { relation: 'fork' },
    ],
    [
      'skipped the known timeline',
      on(2, '0/6000000', [1, '0/5000000']),
      on(4, '0/7000000', [1, '0/5000000'], [3, '0/6000000']),
      { relation: 'fork' },
    ],
    ['still on the old timeline', on(2, '0/6000000', [1, '0/5000000']), on(1, '0/4000000'), { relation: 'behind' }],
    [
      'still on the old timeline, position unknown',
      on(2, '0/6000000', [1, '0/5000000']),
      { timeline: 1, switches: [] },
      { relation: 'behind' },
    ],
    ['wrote on after the old timeline was left', on(2, '0/6000000', [1, '0/5000000']), on(1, '0/5000100'), { relation: 'fork' }],
  ])('%s', (_name, left, right, expected) => {
    expect(relate(left, right)).toMatchObject(expected);
  });

  test('the sentence names number and place', () => {
    expect(relate(known, on(2, '0/6000000', [1, '0/4FFFF00'])).sentence).toContain('256 bytes before the known 0/5000000');
    expect(relate(on(2, '0/6000000', [1, '0/5000000']), on(2, '0/6000000', [1, '0/5000060'])).sentence).toContain(
      '0/5000060, known is 0/5000000',
    );
  });

  /** Positions on the branches of a small tree of promotions, so that every relation comes up. */
  const anyPosition: fc.Arbitrary<Position> = fc
    .array(fc.record({ lengthKiB: fc.integer({ min: 1, max: 3 }), skip: fc.integer({ min: 1, max: 2 }) }), { maxLength: 3 })
    .chain((hops) =>
      fc.integer({ min: 0, max: 4 }).map((tail) => {
        let end = 0;
        let timeline = 1;
        const switches = hops.map(({ lengthKiB, skip }) => {
          end += lengthKiB * 1024;
          const left = { timeline, endLsn: formatLsn(BigInt(end)) };
          timeline += skip;
          return left;
        });
        return { timeline, switches, lsn: formatLsn(BigInt(end + tail * 1024)) };
      }),
    );

  test('seen from the other side the relation is turned round', () => {
    fc.assert(
      fc.property(anyPosition, anyPosition, (a, b) => {
        const [there, back] = [relate(a, b), relate(b, a)];
        switch (there.relation) {
          case 'same':
            return back.relation === 'same';
          case 'behind':
            return back.relation === 'extends' && back.lostBytes === 0;
          case 'extends':
            return back.relation === (there.lostBytes === 0 ? 'behind' : 'fork');
          case 'fork':
            return back.relation === 'fork' || (back.lostBytes ?? 0) > 0;
        }
      }),
    );
  });

  test('everything is the same as itself', () => {
    fc.assert(fc.property(anyPosition, (a) => relate(a, a).relation === 'same'));
  });
});

describe('parseHistoryFile', () => {
  test('reads what PostgreSQL writes', () => {
    const text = '1\t0/5001F10\tno recovery target specified\n\n# a comment\n2\t1/A0\tbefore 2026-11-23 18:35:20+00\n';
    expect(parseHistoryFile(text, 3)).toEqual({
      timeline: 3,
      switches: [
        { timeline: 1, endLsn: '0/5001F10' },
        { timeline: 2, endLsn: '1/A0' },
      ],
    });
  });

  test('timeline 1 has none', () => {
    expect(parseHistoryFile('', 1)).toEqual({ timeline: 1, switches: [] });
  });

  test.each([
    ['malformed', 'one\t0/1\tx', 2],
    ['no LSN', '1', 2],
    ['not rising', '2\t0/1\tx\n1\t0/2\tx', 3],
    ['not before its own timeline', '2\t0/1\tx', 2],
  ])('%s is refused by its line', (_name, text, timeline) => {
    expect(() => parseHistoryFile(text, timeline)).toThrow(/Line \d/);
  });
});
