import { describe, expect, test } from 'vitest';
import { nothingToReview, reviewableAtMs, reviewWindows } from '../../../src/domain/review-windows.js';
import type { RunFacts, StepRecord } from '../../../src/domain/run-facts.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildRunFacts } from '../../support/build-run.js';

const TIMES = { beforeMs: 900_000, afterMs: 600_000, rateMs: 60_000, stepMs: 15_000 };
const at = (seconds: number): number => NOW_MS + seconds * 1000;
const step = (name: StepRecord['step'], from: number, to: number, result: StepRecord['result'] = 'done'): StepRecord => ({
  step: name,
  startedAtMs: at(from),
  endedAtMs: at(to),
  result,
  detail: '',
});
const target = { node: 'b', host: 'h', port: 5432, timeline: 2, how: 'promoted' as const };
const run = (over: Partial<RunFacts> = {}): RunFacts =>
  buildRunFacts({
    startedAtMs: at(0),
    target,
    result: {
      schema: 1,
      outcome: 'verified',
      summary: '',
      store: 's',
      incident: 'i',
      times: { totalMs: 300_000, humanMs: 0, machineMs: 300_000 },
      obligations: [],
    },
    ...over,
  });

describe('reviewWindows', () => {
  test('before ends with the loss; after begins one rate after the last verification; no window touches another', () => {
    const facts = run({
      control: { lostAtMs: at(-30), backAtMs: at(100) },
      steps: [step('all-instances', 110, 140), step('verify', 140, 150), step('resume', 150, 290)],
      pause: {
        state: 'lifted',
        because: '',
        detail: '',
        record: { key: 'k', requestedAtMs: at(5), provenAtMs: at(6), restore: {} },
      },
    });
    const windows = reviewWindows(facts, TIMES);
    expect(windows.before).toEqual({ fromMs: at(-930), toMs: at(-30), stepMs: 15_000 });
    expect(windows.during).toEqual({ fromMs: at(-30), toMs: at(150), stepMs: 15_000 });
    expect(windows.after).toEqual({ fromMs: at(210), toMs: at(810), stepMs: 15_000 });
    expect(windows.moments).toEqual({ lostAtMs: at(-30), pausedAtMs: at(6), settledAtMs: at(150), resumedAtMs: at(290) });
    expect(reviewableAtMs(windows)).toBe(at(840));
  });

  test.each<[string, Partial<RunFacts>, number]>([
    ['the last of several verifications', { steps: [step('verify', 10, 20), step('verify', 30, 40)] }, 40],
    ['a verification that failed does not count', { steps: [step('all-instances', 5, 9), step('verify', 10, 20, 'failed')] }, 9],
    ['no verification: when the switch could be written again', { control: { lostAtMs: at(0), backAtMs: at(70) } }, 70],
    ['none of them: the end of the run', {}, 300],
  ])('settled: %s', (_name, over, settled) => {
    expect(reviewWindows(run(over), TIMES).moments.settledAtMs).toBe(at(settled));
  });

  test('trading that is still paused was not resumed', () => {
    const pause = { state: 'proven' as const, because: '', detail: '' };
    expect(reviewWindows(run({ pause, steps: [step('resume', 1, 2, 'refused')] }), TIMES).moments).not.toHaveProperty('resumedAtMs');
  });

  test('a night at a gate is looked at in at most 241 samples', () => {
    const { during } = reviewWindows(run({ control: { lostAtMs: at(0) }, steps: [step('verify', 0, 72 * 3600)] }), TIMES);
    expect((during.toMs - during.fromMs) / during.stepMs).toBeLessThanOrEqual(240);
  });

  test('clocks that disagree give an empty window, never a negative one', () => {
    const { during } = reviewWindows(run({ control: { lostAtMs: at(50) }, steps: [step('verify', 10, 20)] }), TIMES);
    expect(during.toMs).toBe(during.fromMs);
  });
});

test('a run that moved nothing, or has not ended, has nothing to review', () => {
  expect(nothingToReview(run())).toBeUndefined();
  expect(nothingToReview(buildRunFacts({ target }))).toContain('not ended');
  const { target: _none, ...unmoved } = run();
  expect(nothingToReview(unmoved)).toContain('not moved');
});
