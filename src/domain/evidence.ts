/**
 * Evidence that a decision is bound to (design S9): the fields a gate hashes, each with a direction and a bound.
 * Only a change for the worse, another target or another verdict voids a decision, and the difference is named.
 */

export type EvidenceValue = string | number | boolean | null;

/** How a later value is compared with the one that was shown. */
export type EvidenceRule =
  | 'same' // any other value voids the decision
  | 'at-most' // a larger number than `bound` voids it
  | 'at-least' // a smaller number than `bound` voids it
  | 'shown'; // shown to people, neither hashed nor compared (clocks, raw lag)

export interface EvidenceField {
  /** Stable name, for example `candidate` or `possible-loss-bytes`. */
  readonly name: string;
  /** Words for the card. */
  readonly label: string;
  readonly value: EvidenceValue;
  readonly rule: EvidenceRule;
  /** For `at-most` and `at-least`: what the decision allows. Absent = the value itself. */
  readonly bound?: number;
  readonly unit?: string;
}

/** The result of the activity `openGate`: its record in history is the durable card. At most 16 KiB. */
export interface OpenedGate {
  readonly schema: 1;
  readonly gate: string;
  /** 1 for the first opening; each opening has a code of its own. */
  readonly opening: number;
  readonly fields: readonly EvidenceField[];
  /** SHA-256 of the canonical form, hex: the full binding. */
  readonly hash: string;
  /** Short form for people: 10 characters of Crockford's base 32, 50 bits of the hash. */
  readonly code: string;
  /** The card as Markdown text. */
  readonly card: string;
  readonly openedAtMs: number;
  /** Where the raw bodies lie in the archive; empty when they could not be stored. */
  readonly archived: string;
  /** Why they could not be stored; empty when they were. The card and its hash stay in history either way. */
  readonly archiveProblem: string;
}

/** A change for the worse between what was shown and what is now. */
export interface EvidenceDifference {
  readonly name: string;
  readonly was: EvidenceValue;
  readonly is: EvidenceValue;
  readonly sentence: string;
}
