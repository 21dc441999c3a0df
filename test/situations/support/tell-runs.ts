/** Hands what became of a situation's runs to the table that scripts/situations-reporter.ts prints. */
import type { Client } from '@temporalio/client';
import { TestRunner } from 'vitest';
import type { SituationRun } from '../../../scripts/lib/situation-runs.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';
import { stateQuery, WORKFLOWS } from '../../../src/workflows/messages.js';

declare module 'vitest' {
  interface TaskMeta {
    /** The runs of a situation. */
    runs?: readonly SituationRun[];
  }
}

/** Without a worker nobody answers a query: a situation may have killed the last one. */
const ANSWER_MS = 3_000;

/** From the last approval before the verification, or from the start when nobody had to approve, until it was done. */
function recovery(facts: RunFacts): number | undefined {
  const verifiedAtMs = facts.steps.findLast(({ step, result }) => step === 'verify' && result === 'done')?.endedAtMs;
  if (verifiedAtMs === undefined) return undefined;
  const approvals = facts.gates.flatMap(({ closedAtMs }) => (closedAtMs !== undefined && closedAtMs <= verifiedAtMs ? [closedAtMs] : []));
  return verifiedAtMs - Math.max(facts.startedAtMs, ...approvals);
}

async function runOf(client: Client, workflowId: string, runId: string): Promise<SituationRun> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { status } = await handle.describe();
  const facts = await client.connection.withDeadline(Date.now() + ANSWER_MS, () => handle.query(stateQuery)).catch(() => undefined);
  const result: RunResult | undefined = status.name === 'COMPLETED' ? ((await handle.result()) as RunResult) : facts?.result;
  const recoveryMs = facts === undefined || result?.outcome.startsWith('verified') !== true ? undefined : recovery(facts);
  return {
    outcome: result?.outcome ?? status.name.toLowerCase(),
    ...(recoveryMs === undefined ? {} : { recoveryMs }),
    ...(result === undefined ? {} : { humanMs: result.times.humanMs, totalMs: result.times.totalMs }),
  };
}

/**
 * Notes the runs of the running test, oldest first, with the test itself. Call it before the server goes away. A test whose runs cannot
 * be read has none in the table; that is no reason to turn it red.
 *
 * @param sinceMs runs that began earlier belong to an earlier test on the same lab. Epoch milliseconds.
 */
export async function tellRuns(client: Client, sinceMs = 0): Promise<void> {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) return;
  try {
    const found: { readonly workflowId: string; readonly runId: string; readonly startMs: number }[] = [];
    for await (const { workflowId, runId, startTime } of client.workflow.list({ query: `WorkflowType = '${WORKFLOWS.failover}'` }))
      if (startTime.getTime() >= sinceMs) found.push({ workflowId, runId, startMs: startTime.getTime() });
    found.sort((one, other) => one.startMs - other.startMs);
    test.meta.runs = await Promise.all(found.map(({ workflowId, runId }) => runOf(client, workflowId, runId)));
  } catch (error) {
    test.meta.runs = [{ outcome: 'unread' }];
    console.warn(`The runs of this situation cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
