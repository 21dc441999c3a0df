/** How an attempt to ask something ended when it did not answer. Text is safe to show: no credential, no query. */
export type FailureKind =
  | 'refused' // a listener said no, or nothing listens: positive evidence that nothing serves there now
  | 'timeout' // no answer in time: silence, which is evidence of nothing
  | 'unreachable' // no route, name not found
  | 'tls' // certificate or protocol of the other side not acceptable
  | 'auth' // login or permission refused
  | 'starting' // 57P03: starting up, shutting down or recovering
  | 'too-many' // connection slots are used up
  | 'readonly' // the other side answers, but only reads
  | 'missing' // the thing asked for does not exist
  | 'invalid' // answered with something that cannot be understood
  | 'cancelled'
  | 'other';

/** A failed attempt. `code` is the source's own (SQLSTATE, errno, HTTP status). */
export interface Failure {
  readonly kind: FailureKind;
  readonly code?: string;
  readonly text: string;
}
