/** Reads the bodies of Patroni’s GET endpoints, versions 3 and 4. Pure. Undefined means: this is no such body, whatever its status was. */
import type { ManagerRole, ManagerRules } from '../../domain/facts.js';
import { booleanIn, isObject, parseObject, stringIn } from '../shared/json.js';
import type { JsonObject } from '../shared/json.js';

/** GET /patroni: what a member says of itself. */
export interface OwnWord {
  readonly scope?: string;
  readonly member?: string;
  readonly version?: string;
  readonly role: ManagerRole;
  readonly state: string;
  readonly timeline?: number;
  readonly dcsLastSeenAtMs?: number;
  readonly paused: boolean;
  readonly unlocked: boolean;
  readonly failsafeActive: boolean;
  readonly pendingRestart: boolean;
  readonly watchdogFailed: boolean;
  readonly neverLeads: boolean;
  readonly systemIdentifier?: string;
}

/** One member as the consensus store lists it. It goes on listing a dead one as running until its key expires. */
export interface ListedMember {
  readonly member: string;
  readonly leads: boolean;
  readonly standbyCluster: boolean;
  readonly state: string;
  readonly host?: string;
  readonly port?: number;
  readonly timeline?: number;
  /** Bytes, as old as the leader’s last write to the consensus store; absent when it is "unknown" or not given. */
  readonly lagBytes?: number;
}

/** GET /cluster: the cluster as the consensus store has it. */
export interface Listing {
  readonly scope?: string;
  readonly members: readonly ListedMember[];
  readonly paused: boolean;
  readonly scheduledSwitchover?: { readonly at: string; readonly from?: string; readonly to?: string };
}

/** What Patroni takes when its configuration does not say (patroni/config.py). */
const DEFAULT_SECONDS = { ttl: 30, loop_wait: 10, retry_timeout: 10 } as const;
/** The least it takes, whatever is written there (patroni/config.py, version 4; version 3 took less, so this errs on the side of waiting). */
const LEAST_SECONDS = { ttl: 20, loop_wait: 1, retry_timeout: 3 } as const;

function numberIn(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Roles by Patroni’s word; version 3 says `master` where version 4 says `primary`. */
const ROLES: Readonly<Record<string, ManagerRole>> = {
  primary: 'primary',
  master: 'primary',
  promoted: 'primary',
  replica: 'replica',
  standby_leader: 'standby-leader',
  demoted: 'demoted',
  uninitialized: 'uninitialized',
};

/** True for the tags with which a member never becomes leader: `nofailover`, or without it a priority of 0 (patroni/tags.py). */
function neverLeads(tags: unknown): boolean {
  if (!isObject(tags)) return false;
  if ('nofailover' in tags) return truthy(tags['nofailover']);
  return (numberIn(tags, 'failover_priority') ?? 1) <= 0;
}

/** Reads a body of /patroni (and of the role checks, which carry the same with any status). */
export function parseOwnWord(body: string): OwnWord | undefined {
  const document = parseObject(body);
  const patroni = document?.['patroni'];
  if (document === undefined || !isObject(patroni)) return undefined;
  const state = stringIn(document, 'state');
  if (state === undefined) return undefined;
  const seen = numberIn(document, 'dcs_last_seen');
  const optional = {
    scope: stringIn(patroni, 'scope'),
    member: stringIn(patroni, 'name'),
    version: stringIn(patroni, 'version'),
    timeline: numberIn(document, 'timeline'),
    // 0 means never.
    dcsLastSeenAtMs: seen === undefined || seen <= 0 ? undefined : seen * 1000,
    systemIdentifier: stringIn(document, 'database_system_identifier'),
  };
  return {
    role: ROLES[stringIn(document, 'role') ?? ''] ?? 'other',
    state,
    paused: booleanIn(document, 'pause') === true,
    unlocked: booleanIn(document, 'cluster_unlocked') === true,
    failsafeActive: booleanIn(document, 'failsafe_mode_is_active') === true,
    pendingRestart: booleanIn(document, 'pending_restart') === true,
    watchdogFailed: booleanIn(document, 'watchdog_failed') === true,
    neverLeads: neverLeads(document['tags']),
    ...defined(optional),
  };
}

function listedMember(value: unknown): readonly ListedMember[] {
  if (!isObject(value)) return [];
  const member = stringIn(value, 'name');
  if (member === undefined) return [];
  const role = stringIn(value, 'role');
  return [
    {
      member,
      leads: role === 'leader' || role === 'standby_leader' || role === 'master' || role === 'primary',
      standbyCluster: role === 'standby_leader',
      state: stringIn(value, 'state') ?? 'unknown',
      ...defined({
        host: stringIn(value, 'host'),
        port: numberIn(value, 'port'),
        timeline: numberIn(value, 'timeline'),
        lagBytes: numberIn(value, 'lag'),
      }),
    },
  ];
}

/** Reads a body of /cluster. */
export function parseListing(body: string): Listing | undefined {
  const document = parseObject(body);
  const members = document?.['members'];
  if (document === undefined || !Array.isArray(members)) return undefined;
  const scheduled = document['scheduled_switchover'];
  const at = isObject(scheduled) ? stringIn(scheduled, 'at') : undefined;
  return {
    members: members.flatMap(listedMember),
    paused: booleanIn(document, 'pause') === true,
    ...defined({ scope: stringIn(document, 'scope') }),
    ...(isObject(scheduled) && at !== undefined
      ? { scheduledSwitchover: { at, ...defined({ from: stringIn(scheduled, 'from'), to: stringIn(scheduled, 'to') }) } }
      : {}),
  };
}

function seconds(document: JsonObject, key: keyof typeof DEFAULT_SECONDS): number {
  const value = numberIn(document, key) ?? Number(stringIn(document, key) ?? Number.NaN);
  return Number.isFinite(value) ? Math.max(value, LEAST_SECONDS[key]) : DEFAULT_SECONDS[key];
}

function truthy(value: unknown): boolean {
  return value === true || value === 'on' || value === 'true';
}

/** Reads a body of /config. It may hold anything the operator wrote, so only these numbers are ever taken out of it. */
export function parseRules(body: string): ManagerRules | undefined {
  const document = parseObject(body);
  // An answer of something else is no configuration: Patroni’s has at least one of these, or PostgreSQL’s part.
  if (document === undefined || !['ttl', 'loop_wait', 'retry_timeout', 'postgresql'].some((key) => key in document)) return undefined;
  const mode = document['synchronous_mode'];
  const synchronous = mode === 'quorum' ? 'quorum' : !truthy(mode) ? 'off' : truthy(document['synchronous_mode_strict']) ? 'strict' : 'on';
  return {
    ttlMs: seconds(document, 'ttl') * 1000,
    loopWaitMs: seconds(document, 'loop_wait') * 1000,
    retryTimeoutMs: seconds(document, 'retry_timeout') * 1000,
    synchronousMode: synchronous,
    failsafe: truthy(document['failsafe_mode']),
    ...defined({ maximumLagBytes: numberIn(document, 'maximum_lag_on_failover') }),
  };
}

type Defined<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** The object without the keys that have no value. */
function defined<T extends Record<string, unknown>>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
