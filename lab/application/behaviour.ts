import { readFileSync } from 'node:fs';

/** What one process of the stand-in application does. Every ugly clause of the application's contract can be switched off here. */
export interface ApplicationBehaviour {
  /**
   * Shape of its health: `geosync` = GET /health; `bootstrap` = GET /healthz, 200 even when degraded; `health-server` = GET /healthz and
   * /readyz with components, which may stay 200 without a database; `runbook` = component `kill_switch` with the cause in words.
   */
  readonly health: 'geosync' | 'bootstrap' | 'health-server' | 'runbook';
  /** Which form of the DSN this build really reads; without it the process runs on a local store and says it is ready. */
  readonly dsnForm: 'json' | 'keys';
  /** A row older than this is rejected. */
  readonly staleAfterSeconds: number;
  /** A row further in the future than this is rejected. */
  readonly futureToleranceSeconds: number;
  /** A rejected read turns the process to 500 until it is restarted. */
  readonly quarantine: boolean;
  /** Start of the process to readiness; the real application takes 3 to 6 s. */
  readonly bootDelayMs: number;
  /** A host that hangs at boot: exit after this. */
  readonly bootConnectTimeoutMs: number;
  /** Acceptable Host headers without port; others get 400 `Invalid host header`. */
  readonly trustedHosts: readonly string[];
  /** Calls of the admin API in a window, per process. */
  readonly adminLimit: number;
  readonly adminWindowMs: number;
  /** At the limit, /health turns to 503 `degraded`. */
  readonly adminLimitDegradesHealth: boolean;
  /** A read that hangs blocks the whole process, SIGTERM included; off: it fails after queryTimeoutMs. */
  readonly blockOnHang: boolean;
  /** Deaf to SIGTERM always, not only while a read hangs. */
  readonly ignoreSigterm: boolean;
  readonly queryTimeoutMs: number;
  /** A missing table is created, empty, at boot. */
  readonly createTable: boolean;
  /** The health-server shape notices the loss of its database. */
  readonly healthServerNotices: boolean;
}

/** The real application's behaviour, except for the boot delay (shortened for speed). */
export const DEFAULT_BEHAVIOUR: ApplicationBehaviour = {
  health: 'geosync',
  dsnForm: 'json',
  staleAfterSeconds: 300,
  futureToleranceSeconds: 5,
  quarantine: true,
  bootDelayMs: 200,
  bootConnectTimeoutMs: 5_000,
  trustedHosts: ['geosync.internal', 'localhost'],
  adminLimit: 5,
  adminWindowMs: 60_000,
  adminLimitDegradesHealth: true,
  blockOnHang: true,
  ignoreSigterm: false,
  queryTimeoutMs: 5_000,
  createTable: true,
  healthServerNotices: false,
};

function fromText(name: string, text: string, like: unknown): unknown {
  if (Array.isArray(like)) return text.split(',');
  if (typeof like === 'boolean') return text === 'true' || text === '1';
  if (typeof like !== 'number') return text;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`${name} must be a number.`);
  return value;
}

/** The environment variable of a switch: `bootDelayMs` → `LAB_APP_BOOT_DELAY_MS`. */
export function variableName(key: string): string {
  return `LAB_APP_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Defaults, then the JSON file named by LAB_APP_BEHAVIOUR_FILE, then LAB_APP_* variables. Read once, at boot. */
export function readBehaviour(env: NodeJS.ProcessEnv): ApplicationBehaviour {
  const file = env['LAB_APP_BEHAVIOUR_FILE'];
  const fromFile = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Partial<ApplicationBehaviour>);
  const fromVariables = Object.entries(DEFAULT_BEHAVIOUR).flatMap(([key, like]) => {
    const name = variableName(key);
    const text = env[name];
    return text === undefined ? [] : [[key, fromText(name, text, like)] as const];
  });
  return { ...DEFAULT_BEHAVIOUR, ...fromFile, ...Object.fromEntries(fromVariables) };
}
