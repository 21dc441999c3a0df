import type { EffectClass } from '../domain/plan.js';
import type { CallScope, ReadScope } from './scope.js';

/** What the trading platform says about itself. */
export interface TradingState {
  readonly state: 'paused' | 'trading' | 'unknown';
  /** Key of whoever made the pause, when the platform keeps it. */
  readonly by?: string;
  readonly detail: string;
}

/**
 * Pauses automated trading and undoes exactly that pause. Never lifts a pause somebody else made.
 * Errors: HF_PAUSE_NOT_OURS, HF_COMMAND_FAILED (it said no), HF_EFFECT_UNKNOWN (no answer).
 */
export interface TradingPausePort {
  readonly kind: string;
  readonly able: boolean;
  readonly pauseClass: EffectClass;
  readonly resumeClass: EffectClass;
  readonly settleMs: number;
  readonly restingOrders: 'cancelled' | 'left' | 'unknown';
  readonly manualKill: string;
  /** Reads the state from the platform itself. `unknown` when it does not answer; never taken for paused. */
  state(scope: ReadScope): Promise<TradingState>;
  /** Asks for the pause under the key. Returns what the undo will need. */
  pause(key: string, scope: CallScope): Promise<{ readonly restore: Readonly<Record<string, string>>; readonly detail: string }>;
  /** Lifts the pause made under the key. */
  resume(key: string, restore: Readonly<Record<string, string>>, scope: CallScope): Promise<{ readonly detail: string }>;
}
