/** The run context over the SDK. Turns every way an activity can end into an outcome; never throws for a modelled failure. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  ParentClosePolicy,
  proxyActivities,
  startChild,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ERRORS, isErrorCode, type ErrorRecord } from '../domain/errors.js';
import type { RunFacts } from '../domain/run-facts.js';
import { activityOptions } from './activity-options.js';
import { TASK_QUEUES } from './messages.js';
import type { ActivityInput, ActivityResult, Background, CallOptions, Outcome, RunContext } from './run-context.js';
import type { ActivityName } from '../activities/index.js';

type Publish = (facts: RunFacts, published: Map<string, string>) => void;
type AnyActivity = (input: unknown) => Promise<unknown>;

/** Makes the context of one execution. `published` keeps what search attributes hold, so that unchanged ones write no event. */
export function temporalContext(publish: Publish): RunContext {
  const info = workflowInfo();
  const published = new Map<string, string>();
  let pending: RunFacts | undefined;

  const run = async <N extends ActivityName>(
    name: N,
    input: ActivityInput<N>,
    options: CallOptions,
    queue: 'act' | 'watch',
  ): Promise<Outcome<ActivityResult<N>>> => {
    const activities = proxyActivities<Record<string, AnyActivity>>(activityOptions(options, queue));
    const activity = activities[name];
    if (activity === undefined) throw new Error(`no activity ${name}`);
    try {
      const value = await activity(input);
      // The tolerant converter turns an undecodable result into this marker: the step parks with a plain Error (design §4).
      if (isUndecodable(value)) throw new Error(`the result of ${name} cannot be decoded`);
      return { kind: 'done', value: value as ActivityResult<N> };
    } catch (error) {
      return outcomeOf(error, name, options);
    }
  };

  return {
    workflowId: info.workflowId,
    runId: info.runId,
    call: (name, input, options) => run(name, input, options, 'act'),
    background: (name, input, options) => startBackground(() => run(name, input, options, options.queue)),
    child: async (name, workflowId, input, summary) => {
      await startChild(name, {
        workflowId,
        args: [input],
        taskQueue: TASK_QUEUES.act,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: summary,
      }).catch((error: unknown) => {
        // Found done: an earlier attempt of this very child is there already (Reset).
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      });
    },
    waitUntil: async (predicate, timeoutMs, summary) => {
      if (timeoutMs === undefined || timeoutMs === Infinity) {
        await condition(predicate);
        return true;
      }
      if (timeoutMs <= 0) return predicate();
      return condition(predicate, timeoutMs, summary === undefined ? {} : { summary: summary.slice(0, 100) });
    },
    now: () => Date.now(),
    show: (facts) => {
      // Several changes within one task become one publication.
      const scheduled = pending !== undefined;
      pending = facts;
      if (scheduled) return;
      void Promise.resolve().then(() => {
        if (pending !== undefined) publish(pending, published);
        pending = undefined;
      });
    },
  };
}

function startBackground<T>(start: () => Promise<Outcome<T>>): Background<T> {
  let ended: Outcome<T> | undefined;
  const scope = new CancellationScope();
  const finished = scope.run(start).then((outcome) => {
    ended = outcome;
    return outcome;
  });
  return {
    ended: () => ended,
    stop: () => {
      if (ended === undefined) scope.cancel();
      return finished;
    },
  };
}

function isUndecodable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { undecodable?: unknown }).undecodable === true;
}

function record(code: ErrorRecord['code'], detail: string): ErrorRecord {
  return { code, message: `${ERRORS[code].summary} ${detail}`, evidence: {} };
}

function outcomeOf<T>(error: unknown, name: string, options: CallOptions): Outcome<T> {
  if (!(error instanceof ActivityFailure)) throw error; // cancellation of the whole workflow, or a bug
  const { cause } = error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    const detail = cause.details?.[0];
    const known =
      typeof detail === 'object' && detail !== null ? (detail as ErrorRecord) : { code: cause.type, message: cause.message, evidence: {} };
    // A foreign error inside an effect says nothing about whether it happened: it is read back like a lost answer (promise S5).
    const unknown = ERRORS[cause.type].unknown || (cause.type === 'HF_INTERNAL' && options.effect !== 'read');
    return { kind: unknown ? 'unknown' : 'failed', error: { ...known, code: cause.type } };
  }
  if (cause instanceof TimeoutFailure) {
    // No answer from the worker: for an effect it may have happened.
    return options.effect === 'read'
      ? { kind: 'failed', error: record('HF_INTERNAL', `${name} gave no answer in time.`) }
      : { kind: 'unknown', error: record('HF_EFFECT_UNKNOWN', `${name} gave no answer in time; the worker may have been lost.`) };
  }
  if (cause instanceof CancelledFailure) return { kind: 'failed', error: record('HF_CANCELLED', name) };
  return {
    kind: options.effect === 'read' ? 'failed' : 'unknown',
    error: record('HF_INTERNAL', `${name}: ${cause?.message ?? error.message}`),
  };
}
