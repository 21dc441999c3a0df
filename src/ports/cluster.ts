import type { ManagerFacts, NodeFacts } from '../domain/facts.js';
import type { PlannedNode } from '../domain/plan.js';
import type { EffectClass } from '../domain/plan.js';
import type { CallScope, ReadScope } from './scope.js';

/** How much of a node is asked. A probe commits to Holdfast's own table; a rehearsal does not probe. */
export interface ObserveOptions {
  readonly probe: boolean;
}

/** What happened to an effect that was asked for. `found-done`: somebody had already done it. */
export type EffectResult = { readonly state: 'done'; readonly detail: string } | { readonly state: 'found-done'; readonly detail: string };

/** Whether the manager on one node would take our request to act, tried without acting. */
export interface ManagerAccess {
  readonly node: string;
  readonly own: 'accepted' | 'refused' | 'unknown';
  /** Whether it takes requests from anybody. */
  readonly openToAll: 'yes' | 'no' | 'unknown';
  /** Whether our login travels encrypted. */
  readonly encrypted: boolean;
  readonly detail: string;
}

/**
 * The database cluster: facts about its nodes, and the one irreversible act, promotion.
 *
 * Facts never throw for a node that does not answer: the failure is the fact. They throw HF_SECRET_UNRESOLVED and HF_CONFIG_INVALID only.
 */
export interface ClusterPort {
  readonly kind: string;
  readonly promoteClass: EffectClass;
  /** How long after an unknown outcome the read-back is repeated before people are asked, milliseconds. */
  readonly settleMs: number;

  /** Facts about each named node, gathered at the same time; each bounded by its own time limit (at most 5 s in all). */
  observe(nodes: readonly PlannedNode[], options: ObserveOptions, scope: ReadScope): Promise<readonly NodeFacts[]>;

  /** What the HA manager says; undefined where there is none. */
  manager(scope: ReadScope): Promise<ManagerFacts | undefined>;

  /**
   * Promotes exactly this node. Reads first: a node already out of recovery is `found-done`.
   * Errors: HF_PROMOTE_REFUSED (the node said no; nothing happened), HF_PROMOTE_UNKNOWN (asked, no answer), HF_PROMOTE_OTHER (asked, and the
   * manager promoted another node), HF_NODE_* (never asked).
   */
  promote(node: PlannedNode, scope: CallScope): Promise<EffectResult>;

  /** Whether each member of the manager would take a request to act. Changes nothing. Absent where there is no manager that is asked. */
  access?(scope: ReadScope): Promise<readonly ManagerAccess[]>;
}
