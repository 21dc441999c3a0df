import type { EffectResult } from './cluster.js';
import type { CallScope, ReadScope } from './scope.js';

/** One instance as its platform reports it. */
export interface InstanceState {
  /** Name that stays while the instance lives: the configured one, or the pod's. */
  readonly instance: string;
  /** `unknown` when the platform could not say; never taken for stopped. What is being ended still runs until it is gone. */
  readonly state: 'running' | 'stopped' | 'unknown';
  /** Identity of this very process (start time, pod uid and restarts): tells a restarted instance from the old one. */
  readonly incarnation?: string;
  /** Where it answers and where its sessions come from, when the platform gives it an address of its own (a pod's IP). */
  readonly address?: string;
  /** Whether it was made from the newest template, where the platform knows templates. */
  readonly revision?: 'current' | 'old';
  /** The instance's or platform's own words: why it waits, how it ended, what its probes say. */
  readonly detail: string;
}

/** How many instances are the full strength of a workload. */
export interface Strength {
  readonly count: number;
  /** Where the number comes from, in words: configured, asked for now, or remembered at the workload before Holdfast changed it. */
  readonly detail: string;
}

/** How a rolling restart stands. */
export interface RolloutState {
  readonly state: 'complete' | 'progressing' | 'stalled';
  readonly detail: string;
}

/**
 * The platform that runs the application's instances. All effects are repeatable: asked again, they change nothing more.
 * Errors: HF_COMMAND_FAILED with the platform's last words; HF_EFFECT_UNKNOWN on time-out.
 */
export interface WorkloadPort {
  readonly kind: string;
  /** Whether `roll` is possible: instances replaced one after another while the others serve. */
  readonly rolls: boolean;
  /** State of every instance there is. Never throws for one that does not answer; throws when the platform itself does not. */
  list(scope: ReadScope): Promise<readonly InstanceState[]>;
  /** The full strength: as remembered when Holdfast scaled it, else as configured or asked for now. */
  strength(scope: ReadScope): Promise<Strength>;
  /**
   * Asks for exactly this number of running instances; 0 stops all (SIGTERM). Returns when asked, not when done.
   * A platform that forgets the full strength by it is made to remember it first, outside history too.
   */
  scale(count: number, scope: CallScope): Promise<EffectResult>;
  /** Ends an instance that ignored the stop. Never by removing a record whose process may live. */
  kill(instance: string, scope: CallScope): Promise<EffectResult>;
  /** Restarts the instances one after another. Refused where `rolls` is false. */
  roll(scope: CallScope): Promise<EffectResult>;
  /** Follows a rolling restart until it is complete, stalled (explained from the instances' own words), or the time is over. */
  rollout(limitMs: number, scope: ReadScope): Promise<RolloutState>;
}
