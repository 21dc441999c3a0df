import type { RunInput } from '../domain/contract.js';
import type { Plan } from '../domain/plan.js';
import type { StorePorts } from '../ports/index.js';
import type { ActivityScope } from './scope.js';

/** What the activities are made from. Built by `wiring.ts` in the worker, by the in-memory world in tests. */
export interface ActivityDeps {
  /** Ports of a configured store. Errors: HF_STORE_UNKNOWN. */
  portsFor(store: string): StorePorts;
  /** Resolves the configuration into the plan of one run. Errors: HF_STORE_UNKNOWN, HF_PLAN_REFUSED, HF_CONFIG_INVALID. */
  planFor(input: RunInput, scope: ActivityScope): Promise<Plan>;
  /** SHA-256 of a text, hex. */
  sha256(text: string): string;
}
