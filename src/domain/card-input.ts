/** What a card is made of. It is rendered by `card.ts`. */
import type { Mode } from './contract.js';
import type { Tally } from './decision.js';
import type { EvidenceField } from './evidence.js';
import type { GatePolicy } from './gate.js';
import type { Person } from './plan.js';
import type { PauseFacts } from './run-facts.js';

/** Everything a card is made of. Sentences may hold any text; they are escaped and cut here. */
export interface CardInput {
  readonly mode: Mode;
  readonly store: string;
  readonly workflowId: string;
  readonly policy: GatePolicy;
  readonly opening: number;
  readonly code: string;
  /** The full hash, for whoever verifies signatures offline. */
  readonly hash?: string;
  readonly fields: readonly EvidenceField[];
  readonly writtenAtMs: number;
  readonly deadlineAtMs: number;
  /** An armed store counts only what the policy asks for; a disarmed one acts on nothing. */
  readonly armed: boolean;
  /** What is broken: the verdict's sentence. */
  readonly broken: string;
  readonly pause: PauseFacts;
  /** What becomes of resting orders, as the pause adapter declares. */
  readonly restingOrders: 'cancelled' | 'left' | 'unknown';
  /** What a person does when the pause cannot be proven. */
  readonly manualKill: string;
  /** The switch in all places, one line each. */
  readonly truth: readonly string[];
  /** What nobody can know: the unknown window as a sentence. */
  readonly unknownWindow?: string;
  /** The possible loss as a sentence. */
  readonly loss?: string;
  /** The fence, or why there is none, as a sentence. */
  readonly fence: string;
  readonly people: readonly Person[];
  /** One sentence for each person needed on top of the policy. */
  readonly extraPeople: readonly string[];
  /** What was decided so far. Absent on a card that was just opened. */
  readonly tally?: Tally;
}
