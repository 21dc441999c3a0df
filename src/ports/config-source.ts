import type { ConfigFacts } from '../domain/facts.js';
import type { EffectResult } from './cluster.js';
import type { CallScope, ReadScope } from './scope.js';

/** Where the application is to connect. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * Where the application's DSN lives. Only host and port change; everything else stays byte for byte (design §2, step 4).
 * Errors: HF_DSN_UNPARSABLE, HF_CONFLICT (changed since `ifVersion`), HF_CONFIG_UNREADABLE, HF_EFFECT_UNKNOWN.
 */
export interface ConfigSourcePort {
  readonly kind: string;
  /** Words for people: file and key, or Secret and key, and the form (plain key, path inside a document). */
  readonly form: string;
  /** Who owns the source (nobody, GitOps, …), as readiness found it. */
  readonly owner: string;
  /** The current target. Never returns the DSN. */
  read(scope: ReadScope): Promise<ConfigFacts>;
  /** Compare-and-set on the version that was read. Found done when the target is already this one. */
  point(target: Target, ifVersion: string, scope: CallScope): Promise<EffectResult & { readonly version: string }>;
}
