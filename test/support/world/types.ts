/** The model of reality as data. Functions beside change it; fakes of ports look at it through a network that can fail. */
import type { CallRecord, JournalEntry } from '../../checker/types.js';
import type { Notice } from '../../../src/ports/notifier.js';
import type { Snapshot } from '../../../src/domain/facts.js';
import type { AlertRule, ScrapeTarget } from '../../../src/domain/metric-series.js';
import type { Prng } from '../prng.js';
import type { VirtualClock } from '../virtual-clock.js';
import type { CallPlan } from './calls.js';

/** What stands in the application's table. */
export type RowState =
  | { readonly state: 'present'; readonly engaged: boolean; readonly reason: string; readonly updatedAtMs: number }
  | { readonly state: 'row-missing' }
  | { readonly state: 'table-missing' };

/** One change of the row in a node's write-ahead log. */
export interface LogRecord {
  readonly lsn: number;
  readonly atMs: number;
  readonly row: RowState;
}

/** From `atMs` on the node's log grows by `rate` bytes a millisecond. */
export interface GrowthMark {
  readonly atMs: number;
  readonly lsn: number;
  readonly rate: number;
}

/** `starting` refuses queries with 57P03; `frozen` accepts and never answers. */
export type NodeProcess = 'up' | 'starting' | 'frozen' | 'down';

export interface WorldNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  systemIdentifier: string;
  marker: string | undefined;
  process: NodeProcess;
  /** False once the service is disabled: nobody can start it. */
  enabled: boolean;
  /** The worker gets no answer; everybody else does. */
  cutOff: boolean;
  inRecovery: boolean;
  timeline: number;
  switches: { readonly timeline: number; readonly endLsn: number }[];
  marks: GrowthMark[];
  log: LogRecord[];
  upstream: string | undefined;
  receivedLsn: number;
  replayedLsn: number;
  lastLinkAtMs: number;
  lagMs: number;
  replayPaused: boolean;
  clockOffsetMs: number;
  certificateWrong: boolean;
  applicationLoginFails: boolean;
  readOnly: boolean;
  syncNames: string;
  settings: Record<string, number>;
  /** Takes back a start or a promotion that is under way. */
  pending: (() => void) | undefined;
  promoting: boolean;
}

export interface WorldInstance {
  readonly name: string;
  readonly clientAddress: string;
  process: 'stopped' | 'booting' | 'running';
  incarnation: number;
  /** Node its sessions go to; `fallback` when it fell back to its own file. */
  target: string | undefined;
  quarantined: string | undefined;
  /** Ignores SIGTERM whatever happens. */
  ignoresStop: boolean;
  /** Exits at boot whatever happens. */
  failsBoot: boolean;
  lastWords: string;
  /** Admin calls of the last minute, for the adapter's limit, and all that ever arrived. */
  adminCallsAtMs: number[];
  adminCalls: number;
  /** Its admin API does not accept the credential. */
  adminRefused: boolean;
  /** The platform does not say how it is. */
  silent: boolean;
  /** When SIGTERM takes effect, if its database lets it; infinity when none was sent. */
  stopAtMs: number;
  pending: (() => void) | undefined;
}

/** The application's environment file. */
export interface EnvFile {
  host: string;
  port: number;
  version: number;
  /** The DSN's key is absent in the form the build reads: instances fall back. */
  wrongForm: boolean;
  unparsable: boolean;
  readable: boolean;
  /** Everything in it but host and port. */
  rest: string;
}

export interface Trading {
  state: 'paused' | 'trading';
  by: string | undefined;
  /** Whether its pause knows the key under which it was asked for before. */
  readonly pauseClass: 'repeatable' | 'read-back';
  /** How its interface behaves. */
  reach: 'ok' | 'hang' | 'refuse';
}

/** A person of the world, with the keys they really hold. */
export interface WorldPerson {
  readonly id: string;
  readonly roles: readonly ('on-call' | 'risk' | 'operations')[];
  readonly handles: readonly string[];
  readonly keyId: string;
}

export interface WorldTimes {
  promoteMs: number;
  startMs: number;
  bootMs: number;
  stopMs: number;
  fenceMs: number;
  staleAfterMs: number;
  futureToleranceMs: number;
}

/** A monitoring system that has one number for each series at each moment. */
export interface Monitoring {
  reach: 'ok' | 'hang' | 'refuse';
  /** By query. */
  readonly series: Map<string, readonly { readonly labels: Readonly<Record<string, string>>; readonly value: (atMs: number) => number }[]>;
  /** A query that it cannot understand. */
  nonsense: string | undefined;
  warnings: readonly string[];
  rules: readonly AlertRule[];
  targets: readonly ScrapeTarget[];
}

/** An HA manager over the nodes (manager.ts). */
export interface WorldManager {
  readonly ttlMs: number;
  /** Who holds the lock, which a dead leader does until it has run out. */
  leader: string | undefined;
  lockUntilMs: number;
  paused: boolean;
  storeLostAtMs: number | undefined;
  /** A node that somebody asked for. */
  request: { readonly node: string; readonly by: 'holdfast' | 'person'; readonly key: string; readonly askedAtMs: number } | undefined;
  readonly deadAgents: Set<string>;
  /** Since when an observer has seen no leader that speaks for itself. */
  troubleSinceMs: number | undefined;
}

export interface World {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly calls: CallPlan;
  readonly store: string;
  readonly cluster: string;
  readonly environment: string;
  readonly times: WorldTimes;
  readonly nodes: Map<string, WorldNode>;
  readonly instances: Map<string, WorldInstance>;
  /** Absent on plain servers. */
  manager: WorldManager | undefined;
  /** Its platform gives each process a name and an address of its own, knows only what runs, and can restart one after another. */
  readonly pods: boolean;
  /** The rolling restart under way or last asked for. */
  roll: { readonly key: string; readonly since: Readonly<Record<string, number>> } | undefined;
  readonly env: EnvFile;
  readonly trading: Trading;
  readonly people: readonly WorldPerson[];
  /** What the worker can ask of the platform that runs the instances and of the fence controller. */
  readonly platform: { reach: 'ok' | 'hang' };
  readonly fencing: { reach: 'ok' | 'hang' | 'refuse' };
  readonly arming: { armed: boolean; atMs: number };
  readonly journal: JournalEntry[];
  /** Calls that name what they are about (`Ask.target`). */
  readonly asked: { -readonly [K in keyof CallRecord]: CallRecord[K] }[];
  readonly notices: { readonly atMs: number; readonly notice: Notice; readonly delivered: boolean }[];
  readonly archive: Map<string, { readonly content: string; readonly atMs: number }>;
  /** Records by series and id, as lines of JSON. */
  readonly series: Map<string, Map<string, string>>;
  readonly metrics: Monitoring;
  snapshot: Snapshot | undefined;
  /** Bytes a millisecond that the rest of the database writes. */
  writeRate: number;
}
