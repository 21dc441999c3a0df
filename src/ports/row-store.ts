import type { Row, RowReading } from '../domain/facts.js';
import type { PlannedNode } from '../domain/plan.js';
import type { EffectResult } from './cluster.js';
import type { CallScope, ReadScope } from './scope.js';

/** One application session as `pg_stat_activity` shows it. */
export interface ApplicationSession {
  readonly node: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly applicationName: string;
  readonly startedAtMs: number;
}

/** Result of one re-affirmation: the timestamp that was written, so that the next one is compare-and-set on it. */
export interface Reaffirmed {
  readonly updatedAtMs: number;
}

/**
 * The protected row on one named node. Holdfast's role can read it, engage it and make it fresher; it cannot disengage it (design S14).
 *
 * Errors of every method: HF_NODE_UNREACHABLE, HF_NODE_TLS, HF_NODE_AUTH; HF_EFFECT_UNKNOWN when a write was sent and no answer came.
 */
export interface RowStorePort {
  /** The runbook's SELECT on this node. A missing row or table is a reading, not an error. */
  read(node: PlannedNode, scope: ReadScope): Promise<RowReading>;

  /** Sets engaged = true with the reason, creating the row when it is missing. Repeatable. Found done when already engaged. */
  engage(node: PlannedNode, reason: string, scope: CallScope): Promise<EffectResult>;

  /** Creates the application's table as its contract has it. Repeatable. Errors: HF_GRANTS_WRONG when the role may not. */
  restoreTable(node: PlannedNode, scope: CallScope): Promise<EffectResult>;

  /**
   * Makes `updated_at` fresh: one transaction that checks engaged, reason and the timestamp last seen, the timeline and that the node is
   * a primary, and writes a timestamp not later than `notAfterMs` and not earlier than the row's. Errors: HF_CONFLICT when any of these differ.
   */
  reaffirm(node: PlannedNode, expected: Row, timeline: number, notAfterMs: number, scope: CallScope): Promise<Reaffirmed>;

  /** Every session of the application on this node. */
  sessions(node: PlannedNode, scope: ReadScope): Promise<readonly ApplicationSession[]>;

  /**
   * Whether the application could use this node: login under its own role, TLS material and sslmode, then a read of the row.
   * Resolves with a sentence of proof. Errors: HF_NODE_* with the application's own failure.
   */
  applicationLogin(node: PlannedNode, scope: ReadScope): Promise<string>;

  /** Problems of the role's rights, as sentences: too much (S14) or too little. Empty when right. */
  grantProblems(node: PlannedNode, scope: ReadScope): Promise<readonly string[]>;
}
