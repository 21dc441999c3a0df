/** The verdicts, in the order of their priority (design §2, step 1). The first that matches decides; all matches are recorded. */
export const VERDICT_CODES = [
  'split-brain',
  'fork',
  'observer-isolated',
  'dcs-lost',
  'failover-in-progress',
  'already-moved',
  'wrong-database',
  'table-missing',
  'row-missing',
  'row-invalid',
  'row-stale',
  'site-lost',
  'primary-dead',
  'primary-lost',
  'primary-unreachable-from-here',
  'primary-recovering',
  'primary-readonly',
  'commit-blocked',
  'connections-exhausted',
  'primary-slow',
  'primary-full',
  'access-failed',
  'path-fault',
  'instances-quarantined',
  'application-only',
  'switch-engaged',
  'healthy',
  'inconclusive',
] as const;

/** Stable code of a verdict. */
export type VerdictCode = (typeof VERDICT_CODES)[number];

/**
 * What the run does with a verdict.
 * `fail-over`: promote another node. `adopt`: somebody promoted already. `pause-first`: pause without a gate, then go on.
 * `restore`: the row or its table is lost on a proven primary. `wait`: look again, never act. `ask`: people decide.
 * `restart`: the database is well, its readers need a restart. `close`: nothing to do.
 */
export type VerdictStep = 'fail-over' | 'adopt' | 'pause-first' | 'restore' | 'wait' | 'ask' | 'restart' | 'close';

/** One verdict as reached on one observation. */
export interface Verdict {
  readonly code: VerdictCode;
  /** One sentence with the rule, the number and the node. */
  readonly sentence: string;
  readonly step: VerdictStep;
  /** How long it must hold before it is acted upon. */
  readonly holdOffMs: number;
}

/** The outcome of judging one observation: the first match, and every other match with its sentence. */
export interface Judgement {
  readonly atMs: number;
  readonly verdict: Verdict;
  readonly also: readonly Verdict[];
  /** The proven primary, when there is exactly one. */
  readonly primary?: string;
  /** What observation would change the verdict, one sentence. */
  readonly wouldChange: string;
}
