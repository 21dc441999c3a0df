import type { CallScope } from '../ports/scope.js';

/** What an activity receives beside its input. Bound to Temporal in `temporal.ts`, to a virtual clock in the simulation. */
export interface ActivityScope extends CallScope {
  readonly workflowId: string;
  readonly runId: string;
  /** Says that the activity is alive; cheap, may be called in every turn of a loop. Details are a hint for readers, never a proof. */
  heartbeat(details?: unknown): void;
}

/** The scope of one effect: the same, under the effect's own idempotency key. */
export function withKey(scope: ActivityScope, key: string): ActivityScope {
  return { ...scope, key, now: () => scope.now(), sleep: (ms) => scope.sleep(ms), heartbeat: (details) => scope.heartbeat(details) };
}
