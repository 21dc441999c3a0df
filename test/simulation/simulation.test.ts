import { beforeAll, describe, expect, test } from 'vitest';
import { check, CHECKS } from '../checker/check.js';
import type { Violation } from '../checker/types.js';
import { scheduleOf } from './schedule.js';
import { simulate } from './simulate.js';
import type { Night } from './simulate.js';

/** `HOLDFAST_SIM_SEED=123` replays one night with its whole trace; `HOLDFAST_SIM_SEEDS` is how many nights are played (2000). */
const one = process.env['HOLDFAST_SIM_SEED'];
const nights = Number(process.env['HOLDFAST_SIM_SEEDS'] ?? '2000');
const seeds = one === undefined ? Array.from({ length: nights }, (_, n) => n + 1) : [Number(one)];

interface Broken {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
}

/** What is kept of all nights: the broken ones, and how often each thing happened, so that a simulation that never acts is noticed. */
const broken: Broken[] = [];
const outcomes = new Map<string, number>();
const effects = new Map<string, number>();
let crashes = 0;

const count = (counts: Map<string, number>, name: string): unknown => counts.set(name, (counts.get(name) ?? 0) + 1);

function keep(seed: number, night: Night): void {
  for (const run of night.record.runs) count(outcomes, run.status === 'ended' ? run.detail : run.status);
  for (const entry of night.record.journal) if (entry.by === 'holdfast' && entry.changed) count(effects, entry.what);
  crashes += night.crashes;
  const violations = check(night.record);
  if (violations.length > 0) broken.push({ seed, violations, trace: night.trace });
  if (one !== undefined) console.log([JSON.stringify(night.schedule), ...night.trace].join('\n'));
}

/** The failing seeds of one promise, with the command that replays the first of them. */
function report(promise: string): string {
  const found = broken.filter(({ violations }) => violations.some((violation) => violation.promise === promise));
  const first = found[0];
  if (first === undefined) return '';
  const sentences = first.violations.filter((violation) => violation.promise === promise).map(({ sentence }) => `  ${sentence}`);
  return [
    `${promise} is broken by ${found.length} of ${seeds.length} seeds: ${found
      .slice(0, 10)
      .map(({ seed }) => seed)
      .join(', ')}`,
    ...sentences,
    ...first.trace,
    `replay: HOLDFAST_SIM_SEED=${first.seed} npx vitest run --project simulation`,
  ].join('\n');
}

describe('a simulated night', () => {
  beforeAll(async () => {
    for (const seed of seeds) keep(seed, await simulate(scheduleOf(seed)));
  }, 900_000);

  test.each(Object.keys(CHECKS))('promise %s holds under faults, answers and crashes', (promise) => {
    expect(report(promise)).toBe('');
  });

  test('the nights are not empty: every outcome and every act happens', () => {
    if (seeds.length < 500) return;
    const wanted = {
      outcomes: ['verified', 'verified-engaged', 'verified-paused', 'no-failover', 'handed-over', 'aborted'],
      effects: ['pause', 'fence', 'promote', 'point', 'stop', 'start', 'roll', 'engage', 'reaffirm', 'resume'],
    };
    expect(wanted.outcomes.filter((name) => !outcomes.has(name))).toEqual([]);
    expect(wanted.effects.filter((name) => !effects.has(name))).toEqual([]);
    expect(crashes).toBeGreaterThan(0);
  });

  test('the same seed is the same night', async () => {
    const [first, second] = [await simulate(scheduleOf(7)), await simulate(scheduleOf(7))];
    expect(second.record.journal).toEqual(first.record.journal);
    expect(second.trace).toEqual(first.trace);
  });
});
