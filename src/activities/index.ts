import type { RunInput } from '../domain/contract.js';
import type { Plan } from '../domain/plan.js';
import { createApplicationActivities } from './application.js';
import { createDatabaseActivities } from './database.js';
import type { ActivityDeps } from './deps.js';
import { createMetricsActivities } from './metrics.js';
import { createObservingActivities } from './observing.js';
import { createPeopleActivities } from './people.js';
import { createRecordActivities } from './records.js';
import type { ActivityScope } from './scope.js';
import { createStoreWatchActivities } from './store-watch.js';
import { createTradingActivities } from './trading.js';

/** Every activity of Holdfast, made from ports. Each takes one input and its scope; `temporal.ts` binds the scope. */
export function createActivities(deps: ActivityDeps) {
  return {
    /** Resolves the configuration into the immutable plan of a run (design §2, step 0). */
    async resolvePlan(input: { readonly run: RunInput }, scope: ActivityScope): Promise<Plan> {
      return deps.planFor(input.run, scope);
    },
    ...createObservingActivities(deps),
    ...createPeopleActivities(deps),
    ...createTradingActivities(deps),
    ...createDatabaseActivities(deps),
    ...createApplicationActivities(deps),
    ...createRecordActivities(deps),
    ...createMetricsActivities(deps),
    ...createStoreWatchActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
export type ActivityName = keyof Activities;
