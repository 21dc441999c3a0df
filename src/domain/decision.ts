/** Decisions of people, as received and as attested. Parsing and tallying are in `decision-rules.ts`. */
import type { Attestation } from './gate.js';

/** A signature over the canonical decision and the card's hash (see `signedText`). */
export interface DecisionSignature {
  /** Id of the pinned key. */
  readonly key: string;
  /** ed25519, base64. */
  readonly value: string;
}

/** The JSON object of the signal `decide` and of the Update of the same name. */
export interface Decision {
  readonly schema: 1;
  readonly gate: string;
  readonly option: string;
  /** Evidence code of the opening that was read. Not asked of safe options. */
  readonly code: string;
  readonly reason?: string;
  /** Who says so: a person id or handle. Worth nothing alone; see attestation. */
  readonly by?: string;
  readonly signature?: DecisionSignature;
}

/** A decision as it arrived, in order of arrival. `n` numbers all that a run ever received. */
export interface ReceivedDecision {
  readonly n: number;
  readonly atMs: number;
  /** How it came: Signals carry an author in history where the server stamps one; Updates never do. */
  readonly via: 'signal' | 'update';
  readonly decision: Decision;
}

/** A decision whose author was looked into. */
export interface AttestedDecision {
  readonly n: number;
  readonly atMs: number;
  readonly option: string;
  readonly code: string;
  readonly reason: string;
  /** Person id, when one is known. */
  readonly person?: string;
  readonly attestation?: Attestation;
  /** Why it has no attestation, for people. Empty when it has one. */
  readonly problem: string;
}

/** Problem of a decision on a card that another run than this one made: the run was reset meanwhile. The gate is then opened anew. */
export const CARD_OF_EARLIER_RUN = 'Its card was shown before this run was reset; read the new card and decide again.';

/** How each decision was counted: shown on the card and kept as evidence. */
export interface CountedDecision extends AttestedDecision {
  readonly counted: boolean;
  readonly why: string;
}

/** What the policy made of all decisions since the gate opened. */
export interface Tally {
  /** Set when the gate is answered. */
  readonly option?: string;
  readonly decisions: readonly CountedDecision[];
  /** How many more do not count and are not shown. Absent when all are shown. */
  readonly omitted?: number;
  /** Person ids that count for the leading option. */
  readonly people: readonly string[];
  /** Whose yes is missing, one sentence; empty when answered. */
  readonly missing: string;
}
