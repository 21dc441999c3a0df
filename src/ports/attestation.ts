import type { AttestedDecision, ReceivedDecision } from '../domain/decision.js';
import type { Person } from '../domain/plan.js';
import type { ReadScope } from './scope.js';

/** What the decisions are held against. */
export interface AttestationSubject {
  readonly workflowId: string;
  readonly runId: string;
  readonly gate: string;
  /** Full hash by evidence code, of each opening of the gate since it first opened. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly people: readonly Person[];
}

/** Finds out whose decisions these are. Returns all of them, in order; policy tallies that list (design §3). */
export interface AttestationPort {
  readonly kind: string;
  attest(subject: AttestationSubject, decisions: readonly ReceivedDecision[], scope: ReadScope): Promise<readonly AttestedDecision[]>;
}
