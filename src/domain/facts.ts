/**
 * What was seen, by whom, when. Facts carry no opinion: verdict, ranking and gates are functions over them.
 * Silence is not evidence (design §2, step 1): an observer that did not answer carries `failure` and nothing else.
 */
import type { Failure } from './failure.js';

/** A switch from one timeline to the next: `timeline` ended at `endLsn` (as in a `.history` file). */
export interface TimelineSwitch {
  readonly timeline: number;
  readonly endLsn: string;
}

/** The lineage of a node: its current timeline and every switch that led there, oldest first. Empty on timeline 1. */
export interface TimelineHistory {
  readonly timeline: number;
  readonly switches: readonly TimelineSwitch[];
}

/** The protected row as one reader saw it. */
export interface Row {
  readonly engaged: boolean;
  readonly reason: string;
  /** `updated_at`, epoch milliseconds. */
  readonly updatedAtMs: number;
}

/** What a read of the row found. `at` LSN: on a replica what it says is evidence at its replay LSN only. */
export type RowReading =
  | { readonly state: 'present'; readonly row: Row; readonly lsn: string }
  | { readonly state: 'row-missing'; readonly lsn: string }
  | { readonly state: 'table-missing'; readonly lsn: string }
  | { readonly state: 'unreadable'; readonly failure: Failure };

/** Difference of a clock to the worker's: node minus worker, with the half round trip as error bar. */
export interface ClockReading {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** The standby's own view of its upstream (`pg_stat_wal_receiver`). `visible` is false for a role without `pg_read_all_stats`: no witness. */
export interface WalReceiver {
  readonly visible: boolean;
  readonly status?: string;
  readonly receivedLsn?: string;
  readonly receivedTimeline?: number;
  readonly lastMessageAtMs?: number;
  /** host:port the receiver is connected to. */
  readonly upstream?: string;
}

/** What the node answered to the write probe (Holdfast's own table; never the row). */
export type ProbeResult =
  | { readonly state: 'committed'; readonly lsn: string; readonly tookMs: number }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'not-tried'; readonly why: string };

/** Replication settings that decide on loss and on blocked commits. */
export interface SyncFacts {
  /** `synchronous_standby_names`, empty when asynchronous. */
  readonly standbyNames: string;
  /** `synchronous_commit` as the application's role gets it. */
  readonly applicationCommit: string;
  /** Standbys in state sync or quorum now, by application_name (primary only). */
  readonly inSync: readonly string[];
}

/** A node that answered SQL under its own address. */
export interface NodeAnswer {
  readonly systemIdentifier: string;
  readonly inRecovery: boolean;
  readonly serverVersion: number;
  readonly history: TimelineHistory;
  /** Primary: current WAL LSN. Standby: last received LSN. */
  readonly receivedLsn: string;
  /** Primary: same as `receivedLsn`. Standby: last replayed LSN. */
  readonly replayedLsn: string;
  readonly replayPaused: boolean;
  /** `recovery_min_apply_delay` in milliseconds. */
  readonly applyDelayMs: number;
  /** Commit time of the last replayed transaction, when known. */
  readonly lastReplayAtMs?: number;
  readonly walReceiver?: WalReceiver;
  readonly defaultReadOnly: boolean;
  readonly clock: ClockReading;
  readonly sync: SyncFacts;
  /** Settings that must not be lower on a standby than on its primary (max_connections, max_wal_senders, …). */
  readonly settings: Readonly<Record<string, number>>;
  /** Environment name from Holdfast's marker table; absent when the schema is not there. */
  readonly marker?: string;
  readonly row: RowReading;
  readonly probe: ProbeResult;
  /** Application sessions on this node (`application_name` of the profile). */
  readonly applicationSessions: number;
}

/** One node as seen from the worker. Exactly one of `answer` and `failure` is present. */
export interface NodeFacts {
  readonly node: string;
  readonly atMs: number;
  readonly answer?: NodeAnswer;
  readonly failure?: Failure;
}

/** The one vocabulary into which every health shape of the application contract is translated. */
export interface HealthReport {
  /** Which known shape was recognised. */
  readonly shape: 'geosync' | 'bootstrap' | 'health-server' | 'runbook' | 'error-body' | 'unknown';
  readonly httpStatus: number;
  /** The instance says that its store is operational. Absent: this shape does not say. */
  readonly storeOperational?: boolean;
  /** Ready to serve in the application's own words. */
  readonly ready: boolean;
  /** The instance says whether the switch is engaged. */
  readonly engaged?: boolean;
  readonly reason?: string;
  readonly detail: string;
}

/** What the admin API's GET said. */
export interface AdminReading {
  readonly engaged: boolean;
  readonly reason: string;
}

/** One application instance as seen from the worker. */
export interface InstanceFacts {
  readonly instance: string;
  readonly atMs: number;
  readonly health?: HealthReport;
  readonly failure?: Failure;
  /** As its platform reports it; absent when the platform did not answer. */
  readonly running?: boolean;
  /** Where its platform says that it answers, when it is not configured by address. */
  readonly address?: string;
}

/** The application's configured target, read from its config source. Never the whole DSN. */
export interface ConfigFacts {
  readonly host: string;
  readonly port: number;
  readonly version: string;
}

/** What an HA manager says about the cluster. Absent for plain pairs; the seam for Patroni and managed services. */
export interface ManagerFacts {
  readonly answered: boolean;
  readonly leader?: string;
  readonly dcsLost: boolean;
  readonly paused: boolean;
  readonly failoverInProgress: boolean;
  readonly failure?: Failure;
}

/** Everything one observation saw. The input of the verdict table. */
export interface Observation {
  readonly atMs: number;
  readonly nodes: readonly NodeFacts[];
  readonly instances: readonly InstanceFacts[];
  /** The platform (Kubernetes API, hosts) that runs the instances. */
  readonly platform: { readonly answered: boolean; readonly failure?: Failure };
  readonly config?: ConfigFacts;
  readonly configFailure?: Failure;
  readonly manager?: ManagerFacts;
}

/** The state of a store as `watch:<store>` saw it last while it could be believed. */
export interface Snapshot {
  readonly schema: 1;
  readonly store: string;
  readonly atMs: number;
  readonly primary: string;
  readonly systemIdentifier: string;
  readonly history: TimelineHistory;
  /** Primary's WAL LSN at the reading. */
  readonly lsn: string;
  readonly row: RowReading;
  /** Standbys that were in the synchronous set, and whether the application commits synchronously. */
  readonly sync: SyncFacts;
  readonly clocks: Readonly<Record<string, ClockReading>>;
  readonly settings: Readonly<Record<string, number>>;
}
