import type { TlsRefs } from '../shared/http.js';
import type { SecretRef } from '../shared/secrets.js';

/** One member of the Patroni cluster. */
export interface PatroniMember {
  /** Name of the node in the plan. */
  readonly node: string;
  /** Patroni’s name for it. */
  readonly member: string;
  /** Base address of its REST API, under the node’s own address. */
  readonly url: string;
}

/** What the Patroni adapter of one store is made from. User and password are references, not values. */
export interface PatroniSettings {
  /** Patroni’s name of the cluster. A member of another scope is never listened to nor asked. */
  readonly scope: string;
  readonly members: readonly PatroniMember[];
  readonly tls?: TlsRefs;
  /** For POST only: Patroni asks for it on unsafe verbs. */
  readonly login?: { readonly usernameRef: SecretRef; readonly passwordRef: SecretRef };
  /** How long after an unknown promotion the read-back is repeated: at least ttl + loop_wait + 20 s. */
  readonly settleMs: number;
  readonly limits?: Partial<PatroniLimits>;
}

/** Time limits of this adapter, milliseconds. */
export interface PatroniLimits {
  /** One GET. A frozen Patroni accepts the connection and never answers. */
  readonly readMs: number;
  /** One POST: Patroni itself polls for `2 × max(10, loop_wait)` seconds before it answers (api.py, `poll_failover_result`). */
  readonly requestMs: number;
  /** Reading back after the answer, within the same activity. */
  readonly readBackMs: number;
  /** The same after an answer by which nothing was begun: somebody else may just have promoted. */
  readonly refusedMs: number;
  /** Between two looks while reading back. */
  readonly everyMs: number;
  /** How long the rules of the cluster are remembered. */
  readonly rulesMs: number;
}

export const DEFAULT_PATRONI_LIMITS: PatroniLimits = {
  readMs: 3_000,
  requestMs: 45_000,
  readBackMs: 15_000,
  refusedMs: 3_000,
  everyMs: 500,
  rulesMs: 60_000,
};
