import type { RowRules } from '../../domain/plan.js';

/** What is particular to one application: names, paths, keys. The adapter's code knows shapes only. */
export interface ApplicationProfile {
  readonly name: string;
  readonly healthPath: string;
  readonly adminPath: string;
  readonly clientCertHeader: string;
  readonly otpHeader: string;
  /** One-time codes of the admin API. */
  readonly otp: { readonly algorithm: string; readonly digits: number; readonly periodSeconds: number };
  /** Calls per minute and instance that do the application no harm. */
  readonly adminCallsPerMinute: number;
  /** Components that carry `metrics.kill_switch_engaged`: they have read the row when they report it. */
  readonly switchComponents: readonly string[];
  /** Components whose state is the store's own. */
  readonly storeComponents: readonly string[];
  /** Component that turns unhealthy because of our own admin calls. */
  readonly limiterComponent: string;
  /** `application_name` of its database sessions. */
  readonly sessionName: string;
  /** Where its DSN usually lives: key, and path inside the JSON document that the key holds. */
  readonly dsn: { readonly key: string; readonly path: readonly string[] };
  readonly rowRules: RowRules;
}

/** GeoSync (github neuron7xLab/GeoSync) as its source and its running API showed it. */
export const GEOSYNC_PROFILE: ApplicationProfile = {
  name: 'geosync',
  healthPath: '/health',
  adminPath: '/admin/kill-switch',
  clientCertHeader: 'x-client-cert',
  otpHeader: 'x-admin-otp',
  otp: { algorithm: 'SHA1', digits: 6, periodSeconds: 30 },
  adminCallsPerMinute: 4,
  switchComponents: ['risk_manager', 'kill_switch'],
  storeComponents: ['kill_switch', 'dependency:postgres'],
  limiterComponent: 'admin_rate_limiter',
  sessionName: 'geosync-kill-switch',
  dsn: { key: 'GEOSYNC_KILL_SWITCH_POSTGRES', path: ['dsn'] },
  rowRules: { staleAfterMs: 300_000, futureToleranceMs: 5_000, reasonMaxLength: 512 },
};
