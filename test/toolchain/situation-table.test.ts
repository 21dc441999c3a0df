import { describe, expect, test } from 'vitest';
import { situationTable } from '../../scripts/lib/situation-runs.js';
import type { Situation } from '../../scripts/lib/situation-runs.js';

const rows = (...situations: readonly Situation[]): readonly string[] => situationTable(situations).slice(2, -3);
const columns = (line: string | undefined): readonly string[] => (line ?? '').split(/ {2,}/);

describe('the table of situations', () => {
  test('has outcome, recovery, the wait for people apart, and the whole time of each run', () => {
    const runs = [
      { outcome: 'handed-over', humanMs: 2_000, totalMs: 4_240 },
      { outcome: 'verified', recoveryMs: 5_710, humanMs: 61_000, totalMs: 70_160 },
    ];
    const [first, second] = rows({ name: 'situation: row fresh', passed: true, runs });
    expect(columns(first)).toEqual(['row fresh', 'handed-over', '–', '2.0 s', '4.2 s']);
    expect(columns(second)).toEqual(['', 'verified', '5.7 s', '61.0 s', '70.2 s']);
  });

  test('says of a failed test that it failed, and has a dash for one without a run', () => {
    const [first, second] = rows({ name: 'bad input: nothing starts', passed: false, runs: [] });
    expect(columns(first)).toEqual(['bad input: nothing starts', '–']);
    expect(columns(second)).toEqual(['', 'TEST FAILED']);
  });

  test('keeps the promise of a name and leaves out the words that many begin with', () => {
    const name = (full: string): string | undefined => columns(rows({ name: full, passed: true, runs: [] })[0])[0];
    expect(name('promise S11: situation: worker killed')).toBe('S11: worker killed');
    expect(name('situation on the full lab: leader frozen')).toBe('leader frozen');
    expect(name('kills > situation on the full lab: API server down')).toBe('kills > API server down');
  });

  test('fits a terminal of 100 columns, whatever the names', () => {
    const runs = [{ outcome: 'verified-engaged', recoveryMs: 3_599_900, humanMs: 3_599_900, totalMs: 3_599_900 }];
    const name = 'promise S5: situation: worker killed inside each effect: pause, fence, promotion, stop, configuration';
    const lines = situationTable([{ name, passed: true, runs }]);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines.join(' ')).toContain('promotion, stop,');
  });
});
