/** The CLI’s RunClient over a Temporal client. Every call is bounded; every error comes from the catalogue. */
import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { RunInput } from '../domain/contract.js';
import { HoldfastError } from '../domain/errors.js';
import { missingAttributes, setUpNamespace } from '../temporal/setup.js';
import { runStartOptions, TASK_QUEUES, WORKFLOWS, type DecideAnswer } from '../workflows/messages.js';
import { incidentName } from './targets.js';
import type { RunClient, RunStatus } from './run-client.js';
import { temporalFailure } from './temporal-failures.js';

const DEADLINE_MS = 5000;
/** An Update waits for a worker; one that is busy opening a gate takes its time. */
const UPDATE_DEADLINE_MS = 15_000;
/** Pause between two looks of a store’s watcher. */
export const WATCH_EVERY_MS = 5000;

const STATUS = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
  CONTINUED_AS_NEW: 'continued',
} as const satisfies Record<string, RunStatus['status']>;

/** Makes a RunClient. Closing it closes the connection. */
export function createRunClient(client: Client, now: () => number): RunClient {
  const bounded = async <T>(workflowId: string, work: () => Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> => {
    try {
      return await client.connection.withDeadline(Date.now() + deadlineMs, work);
    } catch (error) {
      throw temporalFailure(error, workflowId);
    }
  };

  return {
    start: (workflowId, input) =>
      bounded(workflowId, async () => {
        const handle = await client.workflow.start(WORKFLOWS.failover, {
          workflowId,
          taskQueue: TASK_QUEUES.act,
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          ...runStartOptions(input),
        });
        return { runId: handle.firstExecutionRunId };
      }),

    openRuns: () =>
      bounded('(list)', async () => {
        const types = Object.values(WORKFLOWS)
          .map((type) => `'${type}'`)
          .join(', ');
        const runs = [];
        for await (const info of client.workflow.list({ query: `ExecutionStatus = 'Running' AND WorkflowType IN (${types})` })) {
          runs.push({
            workflowId: info.workflowId,
            runId: info.runId,
            startedAtMs: info.startTime.getTime(),
            kind: info.workflowId.split(':')[0] ?? '',
          });
        }
        return runs.sort((a, b) => a.startedAtMs - b.startedAtMs);
      }),

    async status(workflowId) {
      try {
        return await bounded(workflowId, async () => {
          const handle = client.workflow.getHandle(workflowId);
          const { runId, status } = await handle.describe();
          const named = STATUS[status.name as keyof typeof STATUS] ?? 'running';
          return { runId, status: named, ...(named === 'completed' && { result: await handle.result() }) };
        });
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'HF_RUN_NOT_FOUND') return undefined;
        throw error;
      }
    },

    signal: (workflowId, name, payload) => bounded(workflowId, () => client.workflow.getHandle(workflowId).signal(name, payload)),

    decide: (workflowId, decision) =>
      bounded(
        workflowId,
        async () => {
          try {
            const answer = await client.workflow
              .getHandle(workflowId)
              .executeUpdate<DecideAnswer, [unknown]>('decide', { args: [decision] });
            return { accepted: true, n: answer.n, sentence: `Received as decision ${answer.n} for the gate ${answer.gate}.` };
          } catch (error) {
            const failure = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
            if (failure instanceof ApplicationFailure)
              return { accepted: false, sentence: `${failure.type ?? 'refused'}: ${failure.message}` };
            throw error;
          }
        },
        UPDATE_DEADLINE_MS,
      ),

    query: (workflowId, name) => bounded(workflowId, () => client.workflow.getHandle(workflowId).query(name)),

    startPause: (store, cluster, { by, reason, key }) => {
      const atMs = now();
      const workflowId = `pause:${cluster}:${atMs}`;
      // Planned as a rehearsal: a plan that would be refused for an incident must not keep anybody from pausing.
      const run: RunInput = {
        schema: 1,
        store,
        mode: 'rehearsal',
        trigger: { kind: 'person', incident: incidentName(store, atMs), atMs, by, reason },
      };
      return bounded(workflowId, async () => {
        await client.workflow.start(WORKFLOWS.pauseOnly, {
          workflowId,
          taskQueue: TASK_QUEUES.act,
          args: [{ schema: 1, run, by, reason, ...(key === undefined ? {} : { key }) }],
          staticSummary: `Pause trading of ${store}, asked by ${by}`,
        });
        return { workflowId };
      });
    },

    setArming: (store, { armed, by, reason }) =>
      bounded(`watch:${store}`, async () => {
        await client.workflow.signalWithStart(WORKFLOWS.watchStore, {
          workflowId: `watch:${store}`,
          taskQueue: TASK_QUEUES.act,
          args: [{ schema: 1, store, everyMs: WATCH_EVERY_MS, armed: false, armedBy: '' }],
          signal: armed ? 'arm' : 'disarm',
          signalArgs: [{ by, reason }],
        });
      }),

    setupProblems: () =>
      bounded('(namespace)', async () =>
        Object.keys(await missingAttributes(client)).map((name) => `search attribute ${name} is not registered`),
      ),
    setUp: () => bounded('(namespace)', async () => (await setUpNamespace(client)).map((name) => `search attribute ${name} registered`)),
    close: () => client.connection.close(),
  };
}
