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

/**
 * What a member of an HA manager is, in one vocabulary. `starting` and `stopped` tell of its server while the agent answers;
 * `standby-leader` leads a cluster that follows another one; `other` is a state this Holdfast does not know.
 */
export type ManagerRole = 'primary' | 'replica' | 'standby-leader' | 'demoted' | 'uninitialized' | 'other';

/** The HA manager’s agent on one node: its own answer under the node’s own address. Never proof of anything about SQL. */
export interface ManagerMember {
  readonly node: string;
  /** Its own API answered with a body that is understood. */
  readonly answered: boolean;
  readonly failure?: Failure;
  /** The manager’s name for the node, where it is known. */
  readonly member?: string;
  readonly role?: ManagerRole;
  /** The agent’s own word for its server: running, starting, stopped, crashed … */
  readonly state?: string;
  readonly timeline?: number;
  /** When this member last reached the consensus store, epoch milliseconds on the node’s clock, to the second. */
  readonly dcsLastSeenAtMs?: number;
  /** It answered with the cluster as the consensus store has it now. */
  readonly seesDcs?: boolean;
  readonly paused?: boolean;
  /** It says that nobody holds the leader’s lock. */
  readonly unlocked?: boolean;
  /** It goes on without the consensus store because every member agreed to. */
  readonly failsafeActive?: boolean;
  readonly pendingRestart?: boolean;
  readonly watchdogFailed?: boolean;
  /** The manager never promotes it. */
  readonly neverLeads?: boolean;
  readonly systemIdentifier?: string;
  readonly version?: string;
}

/** The manager’s rules, as they are in force for the whole cluster. Durations in milliseconds. */
export interface ManagerRules {
  readonly ttlMs: number;
  readonly loopWaitMs: number;
  readonly retryTimeoutMs: number;
  readonly synchronousMode: 'off' | 'on' | 'strict' | 'quorum';
  readonly failsafe: boolean;
  /** Bytes a replica may lack and still be promoted automatically; absent when the manager did not say. */
  readonly maximumLagBytes?: number;
}

/**
 * What an HA manager says about the cluster. Absent for plain pairs; the seam for Patroni and managed services.
 * It is the manager’s word: who is primary is proven by SQL alone.
 */
export interface ManagerFacts {
  /** At least one member answered. */
  readonly answered: boolean;
  readonly leader?: string;
  /**
   * How the leader is known. `confirmed`: the consensus store lists it and its own agent says that it runs as primary. `listed`: only the
   * list says so, and a list keeps a dead leader until its lock expires. `renewed`: its agent does not answer us, and the list has named it
   * for longer than a lock lasts, so it is alive for the others. `claimed`: only its own agent says so.
   */
  readonly leaderSource?: 'confirmed' | 'listed' | 'renewed' | 'claimed';
  readonly dcsLost: boolean;
  readonly paused: boolean;
  readonly failoverInProgress: boolean;
  /**
   * Until then the manager may still promote by itself, epoch milliseconds on the worker’s clock: a request made earlier only waits for the
   * same lock. Absent: nothing is to be expected of it.
   */
  readonly actsByItselfBeforeMs?: number;
  readonly members?: readonly ManagerMember[];
  readonly rules?: ManagerRules;
  /** A switchover somebody planned. */
  readonly scheduledSwitchover?: { readonly at: string; readonly from?: string; readonly to?: string };
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
