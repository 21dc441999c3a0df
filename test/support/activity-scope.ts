import type { ActivityScope } from '../../src/activities/scope.js';

/** The scope of an activity that a test calls by itself: it never sleeps long and is never cancelled. */
export function activityScope(now: () => number, over: Partial<ActivityScope> = {}): ActivityScope {
  return {
    key: 'test/1',
    signal: new AbortController().signal,
    workflowId: 'failover:geosync',
    runId: 'run-1',
    now,
    sleep: () => Promise.resolve(),
    heartbeat: () => undefined,
    ...over,
  };
}
