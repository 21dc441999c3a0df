/**
 * The only way for a step to reach the world. `failover.ts` binds it to Temporal, `test/simulation` to a virtual clock:
 * a step cannot tell which. At most eight functions; adding one means teaching the simulation too.
 */
import type { Activities, ActivityName } from '../activities/index.js';
import type { ErrorRecord } from '../domain/errors.js';
import type { EffectClass } from '../domain/plan.js';
import type { RunFacts } from '../domain/run-facts.js';

/** How a call ended. `unknown`: it may have happened (timed out, worker lost); read it back, never send it again. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  | { readonly kind: 'unknown'; readonly error: ErrorRecord };

export type ActivityInput<N extends ActivityName> = Parameters<Activities[N]>[0];
export type ActivityResult<N extends ActivityName> = Awaited<ReturnType<Activities[N]>>;

/** How a call is to be made. */
export interface CallOptions {
  /** What it is for, in the words of the runbook: shown on the event in the Temporal UI. At most 100 characters. */
  readonly summary: string;
  /** Decides on retries (design S5): `read-back` is sent once. */
  readonly effect: EffectClass | 'read';
  /** Longest time one attempt may take, milliseconds. Default 10 s. */
  readonly limitMs?: number;
}

/** A call that runs beside the run until it returns or is stopped. `stop` waits for its completion. */
export interface Background<T> {
  readonly ended: () => Outcome<T> | undefined;
  readonly stop: () => Promise<Outcome<T>>;
}

/** Names of workflows that go on when the run has closed. */
export type ChildName = 'afterwards' | 'sentinel';

export interface RunContext {
  readonly workflowId: string;
  readonly runId: string;
  /** Runs one activity and never throws for a modelled failure. */
  call<N extends ActivityName>(name: N, input: ActivityInput<N>, options: CallOptions): Promise<Outcome<ActivityResult<N>>>;
  /** Starts an activity beside the run; `queue` is `watch` for what only looks, `act` for a lease. */
  background<N extends ActivityName>(
    name: N,
    input: ActivityInput<N>,
    options: CallOptions & { readonly queue: 'act' | 'watch' },
  ): Background<ActivityResult<N>>;
  /** Starts a workflow that outlives the run; resolves when it has started. */
  child(name: ChildName, workflowId: string, input: unknown, summary: string): Promise<void>;
  /** Waits for the predicate, or for the time to pass: true when the predicate held. */
  waitUntil(predicate: () => boolean, timeoutMs?: number, summary?: string): Promise<boolean>;
  now(): number;
  /** Publishes what people see: current details and search attributes. */
  show(facts: RunFacts): void;
}
