import type { EffectResult } from './cluster.js';
import type { CallScope, ReadScope } from './scope.js';

/** One instance as its platform reports it. */
export interface InstanceState {
  readonly instance: string;
  /** `unknown` when the platform could not say; never taken for stopped. */
  readonly state: 'running' | 'stopped' | 'unknown';
  /** Identity of this very process (start time, pod uid): tells a restarted instance from the old one. */
  readonly incarnation?: string;
  /** The instance's or platform's own words. */
  readonly detail: string;
}

/**
 * The platform that runs the application's instances. All effects are repeatable: asked again, they change nothing more.
 * Errors: HF_COMMAND_FAILED with the command's last words; HF_EFFECT_UNKNOWN on time-out.
 */
export interface WorkloadPort {
  readonly kind: string;
  /** State of every instance. Never throws for one that does not answer. */
  list(scope: ReadScope): Promise<readonly InstanceState[]>;
  /** Asks the instance to end (SIGTERM). Returns when asked, not when gone. */
  stop(instance: string, scope: CallScope): Promise<EffectResult>;
  /** Ends an instance that ignored `stop`. */
  kill(instance: string, scope: CallScope): Promise<EffectResult>;
  start(instance: string, scope: CallScope): Promise<EffectResult>;
}
