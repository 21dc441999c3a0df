/** Binds the activities to Temporal: scope from the context, heartbeats, errors as ApplicationFailure by code. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { ERRORS, HoldfastError } from '../domain/errors.js';
import type { Activities } from './index.js';
import type { ActivityScope } from './scope.js';

/** A heartbeat each second: a killed worker is noticed after the heartbeat timeout of 5 s (design §4). */
const HEARTBEAT_MS = 1000;

function scopeOf(context: Context, beat: (details?: unknown) => void): ActivityScope {
  const { info, cancellationSignal } = context;
  return {
    key: `${info.workflowExecution?.workflowId ?? ''}/${info.activityId}`,
    signal: cancellationSignal,
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? '',
    now: () => Date.now(),
    sleep: async (ms) => {
      await context.sleep(ms).catch(() => {
        throw new HoldfastError('HF_CANCELLED', '');
      });
    },
    heartbeat: beat,
  };
}

/** An error as Temporal carries it: its type is the stable code, its details the record. Foreign errors lose their message: it may quote a secret. */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof HoldfastError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: !ERRORS[error.code].retryable,
      details: [error.toRecord()],
    });
  }
  const name = error instanceof Error ? error.name : typeof error;
  return ApplicationFailure.create({
    type: 'HF_INTERNAL',
    message: `${ERRORS.HF_INTERNAL.summary} (${name})`,
    nonRetryable: true,
    details: [],
  });
}

/** What an operator can be told about a foreign error: the worker's log, never the history. */
export type OnForeignError = (activity: string, error: unknown) => void;

/** The activities as the worker registers them. */
export function bindActivities(activities: Activities, onForeignError: OnForeignError): Record<string, (input: never) => Promise<unknown>> {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      async (input: never): Promise<unknown> => {
        const context = Context.current();
        let latest: unknown;
        const beat = (details?: unknown): void => {
          latest = details ?? latest;
          context.heartbeat(latest);
        };
        const timer = setInterval(beat, HEARTBEAT_MS);
        try {
          return await (activity as (input: never, scope: ActivityScope) => Promise<unknown>)(input, scopeOf(context, beat));
        } catch (error) {
          if (!(error instanceof HoldfastError)) onForeignError(name, error);
          throw toFailure(error);
        } finally {
          clearInterval(timer);
        }
      },
    ]),
  );
}
