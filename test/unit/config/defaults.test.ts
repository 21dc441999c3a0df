import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DEFAULT_OBJECTIVES, DEFAULT_ROW_RULES, DEFAULT_TIMES, DEFAULT_VERIFY_CONSECUTIVE } from '../../../src/config/defaults.js';
import { parseConfig } from '../../../src/config/load.js';
import { timesOf } from '../../../src/config/resolve-plan.js';

const first = fileURLToPath(new URL('../../../examples/holdfast.yaml', import.meta.url));

test('the durations of a run are these', () => {
  expect(DEFAULT_TIMES).toEqual({
    holdOffMs: {},
    stalenessWindowMs: 300_000,
    observeEveryMs: 1_000,
    waitVerdictMs: 60_000,
    stopGraceMs: 30_000,
    stopLimitMs: 45_000,
    verifyBudgetMs: 60_000,
    verifyEveryMs: 1_000,
    pauseProofMs: 5_000,
    decisionTtlMs: 900_000,
    reopenMs: 30_000,
    leaseMs: 900_000,
    receiverStalledMs: 60_000,
  });
  expect(DEFAULT_ROW_RULES).toEqual({ staleAfterMs: 300_000, futureToleranceMs: 5_000, reasonMaxLength: 512 });
  expect(DEFAULT_OBJECTIVES).toEqual({ rpoMs: 60_000, rtoMs: 600_000 });
  expect(DEFAULT_VERIFY_CONSECUTIVE).toBe(3);
});

test('a file that says nothing about times gets exactly the defaults', async () => {
  const { config } = parseConfig(await readFile(first, 'utf8'), first);
  const store = config.stores['kill-switch'];
  expect(store && timesOf(store)).toEqual(DEFAULT_TIMES);
});
