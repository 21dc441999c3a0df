/**
 * Temporal's side of an activity on a virtual clock: attempts, back-off, time limits, heartbeats that stop with a dead worker, cancellation
 * that waits for completion. Keeps to what `activity-options.ts` and `temporal-context.ts` do with the real thing.
 */
import { setMaxListeners } from 'node:events';
import { activityOptions } from '../../src/workflows/activity-options.js';
import type { CallOptions, Outcome } from '../../src/workflows/run-context.js';
import type { ActivityScope } from '../../src/activities/scope.js';
import { ERRORS, HoldfastError } from '../../src/domain/errors.js';
import type { ErrorRecord } from '../../src/domain/errors.js';
import type { VirtualClock } from '../support/virtual-clock.js';

type AnyActivity = (input: unknown, scope: ActivityScope) => Promise<unknown>;
type AttemptEnd =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'lost' };

/** A dead worker is noticed when its heartbeats stay out. */
const HEARTBEAT_TIMEOUT_MS = 5_000;

/** What the worker runs for whom. */
export interface SimWorker {
  run<T>(name: string, input: unknown, options: CallOptions, cancel: AbortSignal): Promise<Outcome<T>>;
  /** Everything that is being done now is lost; the next attempt finds a new worker. */
  crash(): void;
  isDead(signal: AbortSignal): boolean;
  crashes(): number;
}

/** What a result looks like after it went through history. */
function throughHistory(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

function record(code: ErrorRecord['code'], detail: string): ErrorRecord {
  return { code, message: `${ERRORS[code].summary} ${detail}`, evidence: {} };
}

/** Creates the worker of one simulated world. `hear` is told every value that reached history. */
export function createSimWorker(
  clock: VirtualClock,
  activities: Readonly<Record<string, AnyActivity>>,
  identity: () => { readonly workflowId: string; readonly runId: string },
  hear: (name: string, value: unknown) => void,
): SimWorker {
  const inFlight = new Map<AbortSignal, () => void>();
  const dead = new WeakSet<AbortSignal>();
  let crashes = 0;

  const attempt = (name: string, input: unknown, limitMs: number, cancel: AbortSignal): Promise<AttemptEnd> =>
    new Promise((resolve) => {
      const own = new AbortController();
      const { signal } = own;
      setMaxListeners(0, signal); // one activity waits for many things at once
      const stop = (): void => own.abort();
      const end = (result: AttemptEnd): void => {
        takeBack();
        inFlight.delete(signal);
        cancel.removeEventListener('abort', stop);
        resolve(result);
      };
      const takeBack = clock.at(clock.now() + limitMs, () => {
        own.abort();
        end({ kind: 'lost' });
      });
      inFlight.set(signal, () => {
        dead.add(signal);
        inFlight.delete(signal);
        clock.at(clock.now() + HEARTBEAT_TIMEOUT_MS, () => end({ kind: 'lost' }));
      });
      cancel.addEventListener('abort', stop, { once: true });
      if (cancel.aborted) own.abort();
      const scope: ActivityScope = {
        ...identity(),
        key: `activity/${name}`,
        signal,
        now: () => clock.now(),
        sleep: async (ms) => {
          await clock.sleep(ms, signal);
          if (dead.has(signal)) await new Promise(() => undefined);
        },
        heartbeat: () => undefined,
      };
      const activity = activities[name];
      if (activity === undefined) throw new Error(`no activity ${name}`);
      activity(input, scope).then(
        (value) => {
          if (!dead.has(signal)) end({ kind: 'value', value: throughHistory(value) });
        },
        (error: unknown) => {
          if (!dead.has(signal)) end({ kind: 'error', error });
        },
      );
    });

  const failed = <T>(name: string, options: CallOptions, ended: Exclude<AttemptEnd, { kind: 'value' }>): Outcome<T> => {
    if (ended.kind === 'lost') {
      return options.effect === 'read'
        ? { kind: 'failed', error: record('HF_INTERNAL', `${name} gave no answer in time.`) }
        : { kind: 'unknown', error: record('HF_EFFECT_UNKNOWN', `${name} gave no answer in time; the worker may have been lost.`) };
    }
    if (ended.error instanceof HoldfastError) {
      const { code } = ended.error;
      return { kind: ERRORS[code].unknown ? 'unknown' : 'failed', error: throughHistory(ended.error.toRecord()) as ErrorRecord };
    }
    throw ended.error instanceof Error ? ended.error : new Error(String(ended.error)); // a bug of an activity: the seed shows it
  };

  return {
    async run<T>(name: string, input: unknown, options: CallOptions, cancel: AbortSignal): Promise<Outcome<T>> {
      const { retry, startToCloseTimeout } = activityOptions(options);
      const most = retry?.maximumAttempts ?? 1;
      const sent = throughHistory(input);
      for (let n = 1, waitMs = 250; ; n += 1, waitMs = Math.min(waitMs * 2, 5_000)) {
        const ended = await attempt(name, sent, Number(startToCloseTimeout), cancel);
        if (ended.kind === 'value') {
          hear(name, ended.value);
          return { kind: 'done', value: ended.value as T };
        }
        const final = ended.kind === 'error' && (!(ended.error instanceof HoldfastError) || !ERRORS[ended.error.code].retryable);
        if (final || n >= most || cancel.aborted) return failed(name, options, ended);
        await clock.sleep(waitMs, cancel).catch(() => undefined); // cancelled while it waited for its next attempt: seen by the next line
        if (cancel.aborted) return { kind: 'failed', error: record('HF_CANCELLED', name) };
      }
    },
    crash() {
      crashes += 1;
      for (const kill of inFlight.values()) kill();
    },
    isDead: (signal) => dead.has(signal),
    crashes: () => crashes,
  };
}
