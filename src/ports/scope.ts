/**
 * What every port call receives: its idempotency key, its cancellation, its clock. The only way for an adapter to know about the run.
 */
export interface CallScope {
  /** `<incident>/<epoch>/<step>/<n>`; the same for every attempt of one effect (design S5). */
  readonly key: string;
  /** Aborted when the call is cancelled or its time is over. Adapters pass it on to sockets and child processes. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds; a virtual clock in the simulation. */
  now(): number;
  /** Waits, or ends early with HF_CANCELLED when the signal is aborted. */
  sleep(ms: number): Promise<void>;
}

/** A clock and a signal without an effect: what reads need. */
export type ReadScope = CallScope;
