/**
 * Defaults of the configuration as data. They are the product's judgement, so a test asserts each number;
 * `holdfast config show` prints every one with the origin `default`.
 */
import type { QueryPlaces } from '../domain/metric-questions.js';
import type { PlanTimes, ReviewTimes, RowRules } from '../domain/plan.js';

const second = 1000;
const minute = 60 * second;

/** Every duration of a run, in milliseconds (design §2: window 5 min, lease at most 15 min, retry budget of the runbook 60 s). */
export const DEFAULT_TIMES: PlanTimes = {
  holdOffMs: {},
  stalenessWindowMs: 5 * minute,
  observeEveryMs: second,
  // An HA manager with its usual ttl of 30 s has a leader again, or will not have one, after twice that time.
  waitVerdictMs: minute,
  // The grace period of the application's Deployment (application contract).
  stopGraceMs: 30 * second,
  stopLimitMs: 45 * second,
  verifyBudgetMs: minute,
  verifyEveryMs: second,
  pauseProofMs: 5 * second,
  decisionTtlMs: 15 * minute,
  reopenMs: 30 * second,
  leaseMs: 15 * minute,
  // `streaming` alone says nothing for a minute (design §2, step 1).
  receiverStalledMs: minute,
};

/** Longest freshness lease that any configuration may ask for (design §2, step 3). */
export const LEASE_LIMIT_MS = 15 * minute;

/** A standing approval older than this is left out of every plan (design §2, step 3): 90 days. */
export const STANDING_LIMIT_MS = 90 * 24 * 60 * minute;

/** The application's own rules for the row (application contract: a read outside them quarantines the process). */
export const DEFAULT_ROW_RULES: RowRules = { staleAfterMs: 300 * second, futureToleranceMs: 5 * second, reasonMaxLength: 512 };

/** Targets of the runbook's owner: RPO 60 s, RTO 10 min. */
export const DEFAULT_OBJECTIVES = { rpoMs: minute, rtoMs: 10 * minute } as const;

/** How often in a row an instance must say that its store is operational. */
export const DEFAULT_VERIFY_CONSECUTIVE = 3;

/** Where the gateway listens when the file does not say: this machine only. */
export const DEFAULT_GATEWAY_LISTEN = '127.0.0.1:8780';

/** `application_name` of the application's sessions (application contract, GeoSync profile). */
export const DEFAULT_APPLICATION_NAME = 'geosync-kill-switch';

/** Times of a metrics review: four scrapes of 15 s (Prometheus’ usual interval is 15 s to 1 min) make a rate that survives one lost scrape. */
export const DEFAULT_REVIEW_TIMES: ReviewTimes = { beforeMs: 15 * minute, afterMs: 10 * minute, rateMs: minute, stepMs: 15 * second };

/** Alertmanager’s own default of group_wait. */
export const DEFAULT_GROUP_WAIT_MS = 30 * second;

/** Labels of the GeoSync profile, and the usual job name of the PostgreSQL exporter. */
export const DEFAULT_METRIC_SELECTORS: Omit<QueryPlaces, 'rateMs'> = {
  application: { job: 'geosync-api' },
  database: { database: 'kill_switch' },
  postgres: { job: 'postgres' },
};
