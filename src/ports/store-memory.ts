import type { Snapshot } from '../domain/facts.js';
import type { Plan } from '../domain/plan.js';
import type { ReadScope } from './scope.js';

/** Whether acts that add risk are allowed on a store, and by whose word (design S15). */
export interface Arming {
  readonly armed: boolean;
  readonly by?: string;
  readonly atMs?: number;
}

/** What `watch:<store>` remembers of a store: its last credible snapshot, whether it is armed, and the plan of the last acting run. */
export interface StoreMemoryPort {
  arming(store: string, scope: ReadScope): Promise<Arming>;
  lastSnapshot(store: string, scope: ReadScope): Promise<Snapshot | undefined>;
  /** Plan of the last acting run of another incident, to name what changed since. */
  lastPlan(store: string, incident: string, scope: ReadScope): Promise<Plan | undefined>;
  /** Remembers the plan of a run that acts. Repeatable; a failure is no reason not to run. */
  rememberPlan(plan: Plan, scope: ReadScope): Promise<void>;
}
