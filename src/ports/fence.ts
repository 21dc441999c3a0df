import type { FenceClass } from '../domain/contract.js';
import type { PlannedNode } from '../domain/plan.js';
import type { CallScope, ReadScope } from './scope.js';

/** What was read back about a fence. `in-force` needs positive proof; anything else is not a fence. */
export interface FenceState {
  readonly state: 'in-force' | 'not-in-force' | 'unknown';
  readonly class: FenceClass;
  readonly detail: string;
}

/**
 * Keeps an old primary from serving. Repeatable. Errors: HF_FENCE_FAILED (it said no), HF_EFFECT_UNKNOWN (no answer).
 */
export interface FencePort {
  readonly kind: string;
  /** The class of fence it can put on this node; undefined when none. */
  classOf(node: PlannedNode): FenceClass | undefined;
  fence(node: PlannedNode, scope: CallScope): Promise<FenceState>;
  read(node: PlannedNode, scope: ReadScope): Promise<FenceState>;
}
