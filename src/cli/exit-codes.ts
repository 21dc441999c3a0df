import type { ErrorCode } from '../domain/errors.js';
import type { Outcome } from '../domain/run-facts.js';

/** What the process ends with. Stable; in every help text. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  unreachable: 5,
  notVerified: 10,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** The codes with their meaning, for help and documentation. */
export const EXIT_CODE_TABLE: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [0, 'done; for watch: the run ended verified, or there was nothing to fail over'],
  [1, 'failed; the message says why and what to do'],
  [2, 'wrong usage, or the configuration is not valid'],
  [3, 'refused by a rule that the message names'],
  [4, 'no such store, run or person'],
  [5, 'Temporal or a node does not answer'],
  [10, 'for run --wait and watch: the run ended, and not verified (handed over, aborted, or trading kept paused)'],
];

const USAGE: readonly ErrorCode[] = ['HF_CONFIG_INVALID', 'HF_CONFIG_UNREADABLE', 'HF_SECRET_UNRESOLVED'];
const NOT_FOUND: readonly ErrorCode[] = ['HF_STORE_UNKNOWN', 'HF_RUN_NOT_FOUND', 'HF_PERSON_UNKNOWN'];
const UNREACHABLE: readonly ErrorCode[] = ['HF_TEMPORAL_UNREACHABLE', 'HF_NODE_UNREACHABLE'];
const REFUSED: readonly ErrorCode[] = [
  'HF_PLAN_REFUSED',
  'HF_STORE_DISARMED',
  'HF_RUN_EXISTS',
  'HF_DECISION_STALE',
  'HF_DECISION_REFUSED',
  'HF_SIGNATURE_INVALID',
  'HF_GRANTS_WRONG',
];

/** Exit code of an error. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (USAGE.includes(code)) return EXIT_CODES.usage;
  if (NOT_FOUND.includes(code)) return EXIT_CODES.notFound;
  if (UNREACHABLE.includes(code)) return EXIT_CODES.unreachable;
  return REFUSED.includes(code) ? EXIT_CODES.refused : EXIT_CODES.failed;
}

/** Exit code of a run that ended. */
export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  switch (outcome) {
    case 'verified':
    case 'verified-engaged':
    case 'no-failover':
    case 'rehearsed':
      return EXIT_CODES.ok;
    case 'verified-paused':
    case 'handed-over':
    case 'aborted':
      return EXIT_CODES.notVerified;
  }
}
