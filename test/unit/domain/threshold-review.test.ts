import { expect, test } from 'vitest';
import { reviewThresholds } from '../../../src/domain/threshold-review.js';
import type { RunFacts } from '../../../src/domain/run-facts.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildPlan, buildRunFacts } from '../../support/build-run.js';

const plan = buildPlan();
const { times, objectives } = plan;
const run = (share: number): RunFacts => {
  const took = (ms: number): { readonly startedAtMs: number; readonly endedAtMs: number } => ({
    startedAtMs: NOW_MS,
    endedAtMs: NOW_MS + ms * share,
  });
  return buildRunFacts({
    pause: {
      state: 'lifted',
      because: '',
      detail: '',
      record: { key: 'k', requestedAtMs: NOW_MS, provenAtMs: NOW_MS + times.pauseProofMs * share, restore: {} },
    },
    steps: [
      { step: 'stop-instances', detail: '', ...took(times.stopLimitMs) },
      { step: 'verify', detail: '', ...took(times.verifyBudgetMs) },
      { step: 'canary', detail: '', ...took(times.verifyBudgetMs / 2) },
    ],
    result: {
      schema: 1,
      outcome: 'verified',
      summary: '',
      store: 's',
      incident: 'i',
      times: {
        totalMs: objectives.rtoMs * share,
        humanMs: 0,
        machineMs: 0,
        liveWithoutControlMs: times.stalenessWindowMs * share,
      },
      obligations: [],
    },
  });
};

test('with room to spare nothing is recommended, and each threshold is named with its setting', () => {
  const findings = reviewThresholds(plan, run(0.8));
  expect(findings.map((finding) => finding.setting)).toEqual([
    'times.pauseProof',
    'times.stopLimit',
    'times.verifyBudget',
    'times.stalenessWindow',
    'objectives.rto',
  ]);
  for (const finding of findings) expect(finding).not.toHaveProperty('recommendation');
  expect(findings.at(-1)?.sentence).toBe('recovery objective took 8 min of 10 min (objectives.rto).');
});

test('with less than a fifth of room each is recommended for tuning', () => {
  for (const finding of reviewThresholds(plan, run(0.81))) expect(finding.recommendation, finding.name).toMatch(/\.$/);
});

test('what the run never came to is left out', () => {
  expect(reviewThresholds(plan, buildRunFacts())).toEqual([]);
});
