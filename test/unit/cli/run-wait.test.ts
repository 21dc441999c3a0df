import { expect, test } from 'vitest';
import { untilFacts, type RunToWatch } from '../../../src/cli/demo/run-wait.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';
import { buildRunFacts } from '../../support/build-run.js';

const PATIENCE = { timeoutMs: 10_000, everyMs: 1 };
const result: RunResult = {
  schema: 1,
  outcome: 'handed-over',
  summary: 'handed-over: payments: b is not proven',
  store: 'payments',
  incident: 'i',
  times: { totalMs: 1, humanMs: 0, machineMs: 1 },
  obligations: [],
};

type Look = readonly [status: string, facts: RunFacts | undefined, runId?: string];

/** A run that is found like this at one look after the other; the last one stays. */
function watched(...looks: readonly [Look, ...Look[]]): RunToWatch & { readonly count: () => number } {
  let n = 0;
  const look = (): Look => looks[Math.min(n - 1, looks.length - 1)] ?? looks[0];
  return {
    count: () => n,
    execution: async () => {
      n += 1;
      return { status: look()[0], runId: look()[2] ?? 'r1' };
    },
    facts: async () => {
      const facts = look()[1];
      if (facts === undefined) throw new Error('no worker answers');
      return facts;
    },
  };
}

const open = buildRunFacts({ runId: 'r1' });
const ended = buildRunFacts({ runId: 'r1', result });

test('waits while the run goes on, a worker is away, or an epoch gives way to the next', async () => {
  const run = watched(['RUNNING', open], ['RUNNING', undefined], ['CONTINUED_AS_NEW', open], ['RUNNING', { ...open, epoch: 2 }]);
  expect((await untilFacts(run, 'epoch 2', (f) => f.epoch === 2, PATIENCE)).epoch).toBe(2);
  expect(run.count()).toBe(4);
});

test('a run that has ended says so at once, with its result', async () => {
  const run = watched(['RUNNING', open], ['COMPLETED', ended]);
  await expect(untilFacts(run, 'gate resume', () => false, PATIENCE)).rejects.toThrow(
    'never: gate resume. The run has ended (handed-over: payments: b is not proven).',
  );
  expect(run.count()).toBe(2);
});

test('what a run says after it has ended still counts', async () => {
  expect((await untilFacts(watched(['COMPLETED', ended]), 'its end', (f) => f.result !== undefined, PATIENCE)).result).toBe(result);
});

test('a run that was broken off is named by its status', async () => {
  await expect(untilFacts(watched(['TERMINATED', open]), 'anything', () => false, PATIENCE)).rejects.toThrow(
    'TERMINATED, without a result',
  );
});

test('an earlier run that has ended is not the one that was started a moment ago', async () => {
  const run = watched(['COMPLETED', { ...open, runId: 'r2' }], ['RUNNING', { ...open, runId: 'r2', epoch: 2 }, 'r2']);
  expect((await untilFacts(run, 'epoch 2', (f) => f.epoch === 2, PATIENCE)).runId).toBe('r2');
});
