import type { EffectResult } from './cluster.js';
import type { CallScope, ReadScope } from './scope.js';

/** One instance as its platform reports it. */
export interface InstanceState {
  /** exec: configured name; kubernetes: pod name. */
  readonly instance: string;
  /** `unknown` when the platform could not say; never taken for stopped. A pod that is terminating still runs. */
  readonly state: 'running' | 'stopped' | 'unknown';
  /** Pod uid, restart count and start time: tells a restarted process from the old one. */
  readonly incarnation?: string;
  /** Address the instance answers under and its database sessions come from: the pod's IP. */
  readonly address?: string;
  /** Made from the newest template or an older one. */
  readonly revision?: 'current' | 'old';
  /** The platform's own words: waiting reason, last termination, probe failures, events. */
  readonly detail: string;
}

/** The full strength of a workload. */
export interface Strength {
  readonly count: number;
  /** True when the count was remembered at the workload before Holdfast scaled it; false when it is what is asked for now. */
  readonly remembered: boolean;
  readonly detail: string;
}

/** How a rollout stands. `stalled`: it will not complete without help, and `detail` says why. */
export interface RolloutState {
  readonly state: 'complete' | 'progressing' | 'stalled';
  readonly detail: string;
}

/**
 * The platform that runs the application's instances. All effects are repeatable: asked again, they change nothing more.
 * Errors: HF_COMMAND_FAILED with the platform's words; HF_CONFLICT when somebody else changed the scale meanwhile; HF_EFFECT_UNKNOWN on
 * time-out; HF_KUBERNETES_*.
 */
export interface WorkloadPort {
  readonly kind: string;
  /** Whether `roll` is possible (instances replaced one after another while the others serve). */
  readonly rolls: boolean;
  /** State of every instance there is. */
  list(scope: ReadScope): Promise<readonly InstanceState[]>;
  /** How many instances are the full strength: what it was before Holdfast scaled it (remembered at the workload itself), else what is asked for now. */
  strength(scope: ReadScope): Promise<Strength>;
  /**
   * Asks for exactly `count` running instances; 0 stops all (SIGTERM). Returns when asked, not when done.
   * Remembers the full strength first, outside history too (annotation `holdfast.dev/full-strength`).
   */
  scale(count: number, scope: CallScope): Promise<EffectResult>;
  /** Ends an instance that ignored the stop; never by deleting an object whose process may live (grace 1, not 0). */
  kill(instance: string, scope: CallScope): Promise<EffectResult>;
  /** Restarts one after another. The call's key is kept at the workload, so that a repeat is found done. */
  roll(scope: CallScope): Promise<EffectResult>;
  /**
   * Follows a rollout by watch until complete, stalled, or the time is over. A stall is explained from the instances' states, probe answers
   * and logs at once, long before the platform's own deadline.
   */
  rollout(limitMs: number, scope: ReadScope): Promise<RolloutState>;
}
