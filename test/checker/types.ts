/**
 * What the checker reads: the true state of the world at each effect, what people really sent, and the run's own log.
 * Plain data of its own: it shares no type, no rule and no bug with the product.
 */

/** The protected row as it truly is on one node. */
export interface RowTruth {
  readonly state: 'present' | 'row-missing' | 'table-missing';
  readonly engaged?: boolean;
  readonly reason?: string;
  readonly updatedAtMs?: number;
}

/** One database node as it truly is. LSNs are byte positions. */
export interface NodeTruth {
  readonly up: boolean;
  /** Accepts connections, answers nothing; would serve again at once when thawed. */
  readonly frozen: boolean;
  readonly outOfRecovery: boolean;
  /** Stopped and kept from being started. */
  readonly fenced: boolean;
  readonly readOnly: boolean;
  /** Whether the orchestrator could get an answer from it. */
  readonly visible: boolean;
  /** Its clock minus the true time. */
  readonly clockOffsetMs: number;
  readonly host: string;
  readonly port: number;
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly switches: readonly { readonly timeline: number; readonly endLsn: number }[];
  readonly lsn: number;
  readonly row: RowTruth;
}

/** One application instance as it truly is. `sessionOn`: a node's name, or `fallback`. */
export interface InstanceTruth {
  readonly running: boolean;
  readonly sessionOn?: string;
  readonly quarantined: boolean;
}

/** Everything at one instant. */
export interface Truth {
  readonly atMs: number;
  readonly trading: 'paused' | 'trading';
  readonly pausedBy?: string;
  readonly armed: boolean;
  readonly nodes: Readonly<Record<string, NodeTruth>>;
  readonly instances: Readonly<Record<string, InstanceTruth>>;
  readonly configured: { readonly host: string; readonly port: number };
}

/** What can change the world. `promote` is the request that was accepted, `promoted` its end. */
export type What =
  | 'start-of-record'
  | 'promote'
  | 'promoted'
  | 'fence'
  | 'pause'
  | 'resume'
  | 'engage'
  | 'row-write'
  | 'restore-table'
  | 'reaffirm'
  | 'point'
  | 'stop'
  | 'kill'
  | 'start'
  | 'arming'
  | 'fault';

/** One effect that took place, with the truth right after it. */
export interface JournalEntry {
  readonly atMs: number;
  /** When the call that had this effect was made: a late effect of an early call. */
  readonly askedAtMs: number;
  readonly what: What;
  readonly by: 'holdfast' | 'person' | 'application' | 'world';
  readonly target: string;
  readonly key: string;
  /** False when the effect found everything as wanted. */
  readonly changed: boolean;
  /** Writes of the row: what was there before and after, and whether the writer saw it acknowledged. */
  readonly before?: RowTruth;
  readonly after?: RowTruth;
  readonly acknowledged?: boolean;
  readonly truth: Truth;
}

/**
 * One call of the product to the world that S5 asks about: an act that may have to be sent once, or a read that can tell how it ended.
 * Written down when it is made, whether or not it arrives.
 */
export interface CallRecord {
  readonly askedAtMs: number;
  /** `port.method`. */
  readonly call: string;
  /** The node that it is about, or `trading`. */
  readonly target: string;
  /** What the caller heard. `unknown`: nothing, in time, while it was alive. */
  readonly end: 'answered' | 'refused' | 'unknown';
}

/** A decision that a person really sent. `genuine`: by that person, with whatever proof the policy asks for. */
export interface SentDecision {
  readonly atMs: number;
  readonly person: string;
  readonly roles: readonly string[];
  readonly gate: string;
  readonly option: string;
  readonly code: string;
  readonly genuine: boolean;
}

/** A card as it was shown. */
export interface Opening {
  readonly atMs: number;
  readonly gate: string;
  readonly opening: number;
  readonly code: string;
  readonly fields: readonly { readonly name: string; readonly value: string | number | boolean | null }[];
}

/** How a gate ended in the run's own words. */
export interface Closing {
  readonly atMs: number;
  readonly gate: string;
  readonly option: string;
  readonly silence: boolean;
}

/** Testimony that reached the run at `atMs`: what a completed reading said about the switch, and by which timestamp of the row, if it had one. */
export interface Testimony {
  readonly atMs: number;
  readonly updatedAtMs?: number;
  readonly from: string;
  readonly engaged: boolean;
}

/** A refusal or error as shown to people. */
export interface Refusal {
  readonly atMs: number;
  readonly code: string;
  readonly message: string;
  readonly evidence: Readonly<Record<string, string>>;
}

/** Anything that was written for people or kept. */
export interface Text {
  readonly atMs: number;
  readonly where: 'card' | 'notice' | 'log' | 'result' | 'error' | 'archive';
  readonly text: string;
}

/** One run (or one epoch of a chain of runs) as its log has it. */
export interface RunLog {
  readonly workflowId: string;
  readonly runId: string;
  readonly cluster: string;
  /** Whether it may act on the cluster (design S8). */
  readonly acting: boolean;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  /** `waiting` at the named gate, `ended` with the outcome, `stuck` or `failed` otherwise. */
  readonly status: 'ended' | 'waiting' | 'stuck' | 'failed';
  readonly detail: string;
  readonly openings: readonly Opening[];
  readonly closings: readonly Closing[];
  readonly testimony: readonly Testimony[];
  readonly refusals: readonly Refusal[];
  /** Identities of the alerts in its log. */
  readonly alerts: readonly string[];
}

/** What each gate asks for, as configured for this record. */
export interface GateRule {
  readonly gate: string;
  readonly people: number;
  readonly roles: readonly string[];
  readonly safeOptions: readonly string[];
}

/** Everything the checker is given. */
export interface ChaosRecord {
  readonly journal: readonly JournalEntry[];
  /** In the order in which they were made. */
  readonly calls: readonly CallRecord[];
  /** Calls of acts that are neither guarded nor repeatable in this record. */
  readonly sentOnce: readonly string[];
  readonly end: Truth;
  readonly runs: readonly RunLog[];
  readonly sent: readonly SentDecision[];
  readonly texts: readonly Text[];
  /** Identities of alerts that were answered 2xx. */
  readonly posted: readonly { readonly atMs: number; readonly identity: string }[];
  readonly rules: readonly GateRule[];
  readonly decisionTtlMs: number;
  /** When somebody asked that trading be paused: that is done at any time, by any run. */
  readonly pauseAskedAtMs: readonly number[];
  /** Strings that are secret. */
  readonly canaries: readonly string[];
  readonly gates: readonly string[];
}

/** A broken promise. */
export interface Violation {
  readonly promise: string;
  readonly atMs: number;
  readonly sentence: string;
}
