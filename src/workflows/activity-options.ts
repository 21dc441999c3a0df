/** Timeouts and retries by class of effect (design S5), in one place. */
import type { ActivityOptions } from '@temporalio/workflow';
import { TASK_QUEUES } from './messages.js';
import type { CallOptions } from './run-context.js';

const DEFAULT_LIMIT_MS = 10_000;
/** Every activity heartbeats each second (activities/temporal.ts): a killed worker costs at most this. */
const HEARTBEAT_MS = 5000;

function attempts(effect: CallOptions['effect']): number {
  switch (effect) {
    case 'read':
      return 20; // a worker that is killed again and again costs time, never the run
    case 'guarded':
    case 'repeatable':
      return 5;
    case 'visible':
      return 4;
    case 'read-back':
      return 1; // sent once; an unknown outcome is read back by the run
  }
}

/**
 * Options of one call. Cancelling an effect waits for its completion: we want to know how it ended. A read is let go at once, since a
 * worker hears of a cancellation only with its next heartbeat that is sent.
 */
export function activityOptions(options: CallOptions, queue: 'act' | 'watch' = 'act'): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES[queue],
    startToCloseTimeout: options.limitMs ?? DEFAULT_LIMIT_MS,
    heartbeatTimeout: HEARTBEAT_MS,
    cancellationType: options.effect === 'read' ? 'TRY_CANCEL' : 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: 250, backoffCoefficient: 2, maximumInterval: 5000, maximumAttempts: attempts(options.effect) },
    summary: options.summary.slice(0, 100),
  };
}
