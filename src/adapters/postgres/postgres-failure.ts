import type { ErrorCode } from '../../domain/errors.js';
import { HoldfastError } from '../../domain/errors.js';
import type { Failure, FailureKind } from '../../domain/failure.js';

/**
 * How far a statement came. `not-sent`: it cannot have had an effect. `answered`: the server said no and rolled back.
 * `unanswered`: it was sent and nobody can say from here what became of it.
 */
export type Stage = 'not-sent' | 'answered' | 'unanswered';

/** Thrown inside these adapters only; the ports' methods turn it into a fact or a HoldfastError. Its message is safe to show. */
export class PostgresFailure extends Error {
  readonly failure: Failure;
  readonly stage: Stage;

  constructor(failure: Failure, stage: Stage) {
    super(failure.text);
    this.name = 'PostgresFailure';
    this.failure = failure;
    this.stage = stage;
  }
}

const CODE_OF_KIND: Readonly<Record<FailureKind, ErrorCode>> = {
  refused: 'HF_NODE_UNREACHABLE',
  timeout: 'HF_NODE_UNREACHABLE',
  unreachable: 'HF_NODE_UNREACHABLE',
  starting: 'HF_NODE_UNREACHABLE',
  'too-many': 'HF_NODE_UNREACHABLE',
  other: 'HF_NODE_UNREACHABLE',
  tls: 'HF_NODE_TLS',
  auth: 'HF_NODE_AUTH',
  readonly: 'HF_TARGET_UNPROVEN',
  missing: 'HF_GRANTS_WRONG',
  invalid: 'HF_ROW_INVALID',
  cancelled: 'HF_CANCELLED',
};

/** Rule, number and node of a failure, for the error's evidence. */
export function evidenceOf(failure: Failure, node: string): Readonly<Record<string, string>> {
  return { node, failure: failure.kind, ...(failure.code === undefined ? {} : { code: failure.code }) };
}

/**
 * The port's error for whatever was thrown. A read that got no answer is only unreachable; a write that got none is unknown (design S5).
 * The original error is left behind on purpose: pg errors carry statements and values.
 */
export function toHoldfastError(error: unknown, node: string, kind: 'read' | 'write'): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (!(error instanceof PostgresFailure)) return new HoldfastError('HF_INTERNAL', `While asking node ${node}.`, { node });
  const { failure, stage } = error;
  const code = kind === 'write' && stage === 'unanswered' ? 'HF_EFFECT_UNKNOWN' : CODE_OF_KIND[failure.kind];
  return new HoldfastError(code, `Node ${node}: ${failure.text}.`, evidenceOf(failure, node));
}
