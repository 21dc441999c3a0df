import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { HoldfastError } from '../domain/errors.js';
import { runStartOptions, TASK_QUEUES, WORKFLOWS } from '../workflows/messages.js';
import type { AlertClient } from './durable-alerts.js';

/** The gateway answers within this, so that a sender’s own limit (Alertmanager: the group interval) is never the first to end. */
const DEADLINE_MS = 4000;

function unanswered(): HoldfastError {
  return new HoldfastError('HF_TEMPORAL_UNREACHABLE', `No answer within ${DEADLINE_MS} ms.`);
}

/** The three calls of the gateway over a Temporal client, each with a deadline. */
export function createAlertClient(client: Client): AlertClient {
  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    const answer = client.connection.withDeadline(Date.now() + DEADLINE_MS, work);
    // The SDK's own retries do not look at the deadline while they wait (measured: 6 s), so the clock is kept here as well. A call that
    // succeeds after all does no harm: the sender delivers again, and the run knows the identity.
    answer.catch(() => undefined);
    const ended = new AbortController();
    try {
      return await Promise.race([answer, delay(DEADLINE_MS, undefined, { signal: ended.signal }).then(() => Promise.reject(unanswered()))]);
    } finally {
      ended.abort();
    }
  };
  const whenFound = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await bounded(work);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  };

  return {
    signalWithStart: (workflowId, input, alert) =>
      bounded(async () => {
        const handle = await client.workflow.signalWithStart(WORKFLOWS.failover, {
          workflowId,
          taskQueue: TASK_QUEUES.act,
          args: [input],
          signal: 'alert',
          signalArgs: [alert],
          workflowIdConflictPolicy: 'USE_EXISTING',
          ...runStartOptions(input),
        });
        return { runId: handle.signaledRunId };
      }),
    signalOpen: (workflowId, alert) =>
      whenFound(async () => {
        const handle = client.workflow.getHandle(workflowId);
        await handle.signal('alert', alert);
        return { runId: (await handle.describe()).runId };
      }),
    openRun: (workflowId) =>
      whenFound(async () => {
        const { runId, status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING' ? runId : undefined;
      }),
  };
}
