/** Gates: points of a run that wait for people. The closed table of design §3 as types; the values are in `gate-policy.ts`. */
import type { Role } from './plan.js';

/** The closed list of gates. */
export const GATES = ['promote', 'accept', 'unfenced', 'reaffirm', 'restore-row', 'rollout', 'resume', 'return', 'inconclusive'] as const;
export type GateName = (typeof GATES)[number];

/** How a person's decision is known to be that person's (design §3), weakest first. */
export const ATTESTATIONS = ['declared', 'principal', 'signed'] as const;
export type Attestation = (typeof ATTESTATIONS)[number];

/** One answer that a gate accepts. */
export interface GateOption {
  readonly name: string;
  /** What yes does, one sentence. */
  readonly does: string;
  /** True for answers that make things safer (keep paused, reject): one listed person, no code, no second person. */
  readonly safe: boolean;
}

/** Who may answer, how many, how, and what silence means. */
export interface GatePolicy {
  readonly gate: GateName;
  readonly options: readonly GateOption[];
  /** Every unsafe answer needs at least one person of each of these roles among the people counted. */
  readonly roles: readonly Role[];
  /** How many different people. */
  readonly people: number;
  readonly starterMayDecide: boolean;
  /** Weakest attestation that counts. */
  readonly attestation: Attestation;
  readonly deadlineMs: number;
  /** Option that is taken when nobody answers; it is a safe one and is made true. */
  readonly onSilence: string;
  /** Role that is called when half of the time is over, and the last resort after the deadline. */
  readonly nextPerson: Role;
  readonly lastResort: Role;
}

export type GatePolicies = Readonly<Record<GateName, GatePolicy>>;
