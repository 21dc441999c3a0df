/**
 * The versioned contracts that outlive a release: what starts a run, and what one run hands to the next.
 * A reader accepts its own version only; a change of shape is a new number, never a new meaning of an old one.
 */
import type { Observation } from './facts.js';

/** Version of each persisted shape. Every persisted record carries its own in `schema`. */
export const CONTRACT_VERSIONS = { runInput: 1, handOver: 1, plan: 1, evidence: 1, decision: 1, snapshot: 1, configuration: 1 } as const;

/** Why a run exists. `incident` acts on a lost primary, `planned` on a healthy one, `exercise` on a marked target, `rehearsal` only reads. */
export type Mode = 'incident' | 'planned' | 'exercise' | 'rehearsal';

export const MODES: readonly Mode[] = ['incident', 'planned', 'exercise', 'rehearsal'];

/** What makes two alert deliveries the same alert (design S10). */
export interface AlertIdentity {
  /** Configured source, for example `alertmanager` or `generic`. */
  readonly source: string;
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  /** Start of the alert as its sender states it, epoch milliseconds. */
  readonly startsAtMs: number;
}

/** One alert as it enters a run: its identity, a short title, and the `for` of the rule that fired (0 when the mapping does not say). */
export interface Alert extends AlertIdentity {
  readonly title: string;
  readonly forMs: number;
}

/** What started the run. */
export interface Trigger {
  readonly kind: 'alert' | 'person' | 'schedule';
  /** Names the incident in every idempotency key; survives Reset and continue-as-new (design S5). */
  readonly incident: string;
  readonly atMs: number;
  /** Present when `kind` is `alert`. */
  readonly alert?: Alert;
  /** Person id as declared by the starter; absent when unknown (then each gate needs one person more). */
  readonly by?: string;
  readonly reason?: string;
}

/** Everything a run is started with. The plan is resolved by the worker, never sent by the caller (design §2, step 0). */
export interface RunInput {
  readonly schema: 1;
  readonly store: string;
  readonly mode: Mode;
  readonly trigger: Trigger;
}

/** A pause that Holdfast made and alone may lift. */
export interface PauseRecord {
  /** Idempotency key the pause was made under; resume lifts only this one. */
  readonly key: string;
  readonly requestedAtMs: number;
  /** Set once the pause is proven: each instance of the paused workload is gone or confirmed idle by its platform. */
  readonly provenAtMs?: number;
  /** What must be restored when the pause is lifted, as the adapter stated it (for example replica counts). */
  readonly restore: Readonly<Record<string, string>>;
}

/** How strongly a node is kept from serving (design S4). */
export type FenceClass = 'P' | 'N' | 'H' | 'W' | 'C';

/** A fence in force on one node. */
export interface FenceRecord {
  readonly node: string;
  readonly class: FenceClass;
  readonly atMs: number;
  /** Sentence with what was read back. */
  readonly proof: string;
}

/**
 * What an acting run hands to its successor when it continues as new (a new epoch, or pre-emption).
 * Approvals and leases are void by not being here; the pause and the fences stay.
 */
export interface HandOver {
  readonly schema: 1;
  readonly run: RunInput;
  readonly epoch: number;
  readonly pause?: PauseRecord;
  readonly fences: readonly FenceRecord[];
  /** Nodes that were primary in this incident before: each is fenced before another node is used (design S4). */
  readonly earlierPrimaries: readonly string[];
  readonly unreadAlerts: readonly Alert[];
  /** Nodes that people accepted as not fenced: obligations that stay open. */
  readonly unfenced: readonly string[];
  /** Observations in which somebody said *engaged*: testimony outlives the epoch (promise S2). */
  readonly engagedSeen: readonly Observation[];
  /** Signals that were received and must not be forgotten: abort, disarm, a pause that is not proven yet. */
  readonly messages: readonly { readonly name: string; readonly payload: { readonly by: string; readonly reason: string } }[];
  /** Why the earlier epoch ended, one sentence for the report. */
  readonly because: string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isRunInput(value: unknown): value is RunInput {
  if (!isRecord(value) || value['schema'] !== 1 || typeof value['store'] !== 'string') return false;
  const { mode, trigger } = value;
  return (
    MODES.some((m) => m === mode) && isRecord(trigger) && typeof trigger['incident'] === 'string' && typeof trigger['atMs'] === 'number'
  );
}

/** Whether a value may start a run. Anybody who may write can start a workflow with anything: garbage must end at once, not park the id. */
export function isStart(value: unknown): value is RunInput | HandOver {
  if (isRunInput(value)) return true;
  return (
    isRecord(value) &&
    value['schema'] === 1 &&
    typeof value['epoch'] === 'number' &&
    Array.isArray(value['fences']) &&
    isRunInput(value['run'])
  );
}

/** Tells a first start from a continuation. */
export function isHandOver(input: RunInput | HandOver): input is HandOver {
  return 'epoch' in input;
}

/** Workflow id of the one acting run of a database cluster (design S8). */
export function actingRunId(cluster: string): string {
  return `failover:${cluster}`;
}

/** Workflow id for a run by its mode: acting runs share one id per cluster; others never absorb an alert. */
export function runId(input: RunInput, cluster: string): string {
  switch (input.mode) {
    case 'incident':
    case 'planned':
      return actingRunId(cluster);
    case 'exercise':
      return `exercise:${input.store}`;
    case 'rehearsal':
      return `rehearsal:${input.store}:${input.trigger.atMs}`;
  }
}

/** Idempotency key of the n-th attempt-independent effect of a step: the same after a Reset, a replay or a retry. */
export function effectKey(incident: string, epoch: number, step: string, n: number): string {
  return `${incident}/${epoch}/${step}/${n}`;
}
