/**
 * The immutable plan of one run (design §2, step 0): resolved from the configuration by the worker, recorded in history, hashed.
 * It names things and holds no secret. During a run people may be removed from it, never added.
 */
import type { FenceClass, Mode } from './contract.js';
import type { Snapshot } from './facts.js';
import type { GatePolicies } from './gate.js';
import type { ManualCommands, ManualConfigPlace } from './manual-input.js';
import type { VerdictCode } from './verdict-code.js';

/** What a person does in this product's terms. */
export type Role = 'on-call' | 'risk' | 'operations';

/** A public key pinned for a person: ed25519, SPKI in base64 (DER). */
export interface PinnedKey {
  readonly id: string;
  readonly publicKey: string;
}

/** One person: one id, many handles. A handle on two ids is refused when the plan is resolved. */
export interface Person {
  readonly id: string;
  readonly roles: readonly Role[];
  readonly handles: readonly string[];
  readonly keys: readonly PinnedKey[];
}

/** A database node of the cluster, under its own address. */
export interface PlannedNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly site?: string;
  /** False for a node that must never be promoted. */
  readonly candidate: boolean;
  /** The class of fence the configured adapter can put on this node, absent when it has none. */
  readonly fence?: FenceClass;
  /** True where a managed service or HA manager owns promotion: `pg_promote` is refused there. */
  readonly managed: boolean;
}

/** An application instance: a process that reads the row. */
export interface PlannedInstance {
  readonly name: string;
  /** The address its database sessions come from, when the platform gives it one of its own. */
  readonly clientAddress?: string;
}

/** The application's rules for the row (contract: a read outside them quarantines the process). */
export interface RowRules {
  readonly staleAfterMs: number;
  readonly futureToleranceMs: number;
  readonly reasonMaxLength: number;
}

/**
 * Class of an effect (design S5). `guarded`: compare-and-set. `repeatable`: the same call again changes nothing more.
 * `read-back`: neither, so it is sent once and its outcome is read. `visible`: at least once (notifications only).
 */
export type EffectClass = 'guarded' | 'repeatable' | 'read-back' | 'visible';

/** What the resolved adapters declare about themselves. */
export interface AdapterDeclarations {
  readonly cluster: { readonly kind: string; readonly promote: EffectClass; readonly settleMs: number };
  /** `rolls`: it can replace instances one after another. `found`: they are found on the platform, not configured by name. */
  readonly workload: { readonly kind: string; readonly rolls: boolean; readonly found: boolean };
  readonly configSource: { readonly kind: string; readonly form: string; readonly owner: string };
  readonly pause: {
    readonly kind: string;
    /** False for `none`: there is nothing that could be paused by Holdfast. */
    readonly able: boolean;
    readonly pause: EffectClass;
    readonly resume: EffectClass;
    readonly settleMs: number;
    readonly restingOrders: 'cancelled' | 'left' | 'unknown';
    /** What a person does when the pause cannot be proven. */
    readonly manualKill: string;
  };
  readonly fence: { readonly kind: string };
  readonly notifiers: readonly string[];
  readonly archive: { readonly kind: string };
}

/** Every duration of a run in milliseconds. Tests use seconds; the defaults are asserted as data. */
export interface PlanTimes {
  /** How long a verdict must hold before it is acted upon, by verdict; absent = the table's own. */
  readonly holdOffMs: Readonly<Partial<Record<VerdictCode, number>>>;
  /** The configured staleness window: trading is paused when the row could not be read for this long. */
  readonly stalenessWindowMs: number;
  /** Pause between two observations while waiting. */
  readonly observeEveryMs: number;
  /** How long `wait` verdicts are waited for before people are asked. */
  readonly waitVerdictMs: number;
  /** Grace between SIGTERM and kill of an instance. */
  readonly stopGraceMs: number;
  /** How long a stop may take in all, kill included, before it is reported stuck. */
  readonly stopLimitMs: number;
  /** How long an instance may take to become what verification expects (the runbook's retry budget). */
  readonly verifyBudgetMs: number;
  /** Pause between two looks at an instance while verifying. */
  readonly verifyEveryMs: number;
  /** A pause that is not proven after this is paged as unproven; the independent pause workflow is started. */
  readonly pauseProofMs: number;
  /** How long a decision counts. */
  readonly decisionTtlMs: number;
  /** Shortest time between two openings of one gate; doubles (design S9). */
  readonly reopenMs: number;
  readonly leaseMs: number;
  /** Silence on an open WAL stream after which a standby's receiver counts as stalled. */
  readonly receiverStalledMs: number;
}

/** A rule approved in advance by two people (design §2, step 3). */
export interface StandingApproval {
  readonly gate: 'promote' | 'accept';
  readonly approvedBy: readonly string[];
  readonly approvedAtMs: number;
  readonly verdicts: readonly VerdictCode[];
  /** Largest possible loss in bytes; 0 asks for `none, proven`. */
  readonly maxLossBytes: number;
  readonly fenced: true;
}

/** The plan. */
export interface Plan {
  readonly schema: 1;
  readonly store: string;
  readonly cluster: string;
  /** The environment name that the marker table must carry. */
  readonly environment: string;
  readonly mode: Mode;
  readonly incident: string;
  readonly armed: boolean;
  readonly armedBy?: string;
  readonly nodes: readonly PlannedNode[];
  readonly instances: readonly PlannedInstance[];
  readonly rowRules: RowRules;
  readonly people: readonly Person[];
  /** Person id of the starter, when known and listed. */
  readonly starter?: string;
  readonly gates: GatePolicies;
  readonly standing: readonly StandingApproval[];
  readonly adapters: AdapterDeclarations;
  readonly times: PlanTimes;
  /** How often in a row an instance must say that it is operational. */
  readonly verifyConsecutive: number;
  readonly objectives: { readonly rpoMs: number; readonly rtoMs: number };
  /** Who keeps the row fresh after the run, or how the application's window is set: shown, and warned about when empty. */
  readonly freshnessKeeper: string;
  /** The set-up's own commands and places, for the manual continuation. No secret. */
  readonly manual: { readonly commands: ManualCommands; readonly config: ManualConfigPlace };
  /** The last credible snapshot at the time of planning. */
  readonly lastSnapshot?: Snapshot;
  /** Node that is expected to be primary: from the last snapshot, else from the configuration. */
  readonly expectedPrimary: string;
  /** SHA-256 of the canonical plan without this field, hex. */
  readonly hash: string;
  /** What changed against the last run's plan, as sentences. */
  readonly changed: readonly string[];
}
