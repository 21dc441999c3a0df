/** What a run knows about itself, as plain data: the input of cards, reports and queries. */
import type { FenceRecord, Mode, PauseRecord } from './contract.js';
import type { OpenedGate } from './evidence.js';
import type { Tally } from './decision.js';
import type { ErrorRecord } from './errors.js';
import type { Row } from './facts.js';
import type { GateName } from './gate.js';
import type { Judgement } from './verdict-code.js';

/** The steps of the run in the order of the runbook (design §2). */
export const STEPS = [
  'plan',
  'detect',
  'notify',
  'pause',
  'fence',
  'promote',
  'lineage',
  'row',
  'stop-instances',
  'point-application',
  'canary',
  'all-instances',
  'verify',
  'resume',
  'after',
] as const;
export type StepName = (typeof STEPS)[number];

/** How a step ended. `found-done`: somebody had done it before us. */
export type StepResult = 'done' | 'found-done' | 'not-needed' | 'failed' | 'refused';

/** One step as it went. A step may come twice (a fence put again); each has its own record. */
export interface StepRecord {
  readonly step: StepName;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly result?: StepResult;
  /** One sentence: what was found or done, with node and number. */
  readonly detail: string;
}

/** The interval a gate waited for people, and how it ended. */
export interface GateRecord {
  readonly gate: GateName;
  readonly openedAtMs: number;
  readonly closedAtMs?: number;
  readonly openings: number;
  readonly option?: string;
  readonly people: readonly string[];
  /** `people`, `standing` (approved in advance) or `silence`. */
  readonly answeredBy?: 'people' | 'standing' | 'silence';
  readonly code: string;
  readonly hash: string;
}

/** State of the trading pause as it can be proven. A card says "paused" only for `proven` (design S7). */
export interface PauseFacts {
  readonly state: 'none' | 'asked' | 'proven' | 'unproven' | 'lifted' | 'unable';
  readonly record?: PauseRecord;
  readonly because: string;
  readonly detail: string;
}

/** The node the application is, or will be, pointed at. */
export interface TargetFacts {
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly timeline: number;
  readonly how: 'promoted' | 'found' | 'unchanged';
}

/** Everything about a run that people see. Answer of the query `state`. */
export interface RunFacts {
  readonly schema: 1;
  readonly workflowId: string;
  readonly runId: string;
  readonly store: string;
  readonly cluster: string;
  readonly mode: Mode;
  readonly incident: string;
  readonly epoch: number;
  readonly armed: boolean;
  readonly startedAtMs: number;
  readonly planHash: string;
  readonly steps: readonly StepRecord[];
  readonly gates: readonly GateRecord[];
  /** The gate that waits now. */
  readonly open?: { readonly opened: OpenedGate; readonly tally?: Tally; readonly deadlineMs: number };
  readonly judgement?: Judgement;
  readonly pause: PauseFacts;
  readonly fences: readonly FenceRecord[];
  /** Nodes that could serve as an old primary and are not fenced: obligations that stay open. */
  readonly unfenced: readonly string[];
  readonly target?: TargetFacts;
  /** Possible loss in one sentence. */
  readonly loss?: string;
  readonly lossBytes?: number | null;
  readonly row?: Row;
  /** The switch in all places, one line each. */
  readonly truth: readonly string[];
  /** From the last credible read of the row to the death of the primary, as one sentence. */
  readonly unknownWindow?: string;
  /** Last proof that the switch could be written, and the next one: the interval "control unavailable". Absent: it was not lost. */
  readonly control?: { readonly lostAtMs: number; readonly backAtMs?: number };
  /** When the staleness window ends, epoch milliseconds. */
  readonly stalenessDeadlineMs?: number;
  readonly errors: readonly ErrorRecord[];
  /** What people sent and was not understood or did not count. */
  readonly ignored: readonly string[];
  readonly alerts: { readonly recorded: number; readonly counted: number };
  readonly notes: readonly string[];
  readonly result?: RunResult;
}

/** How a run can end. */
export type Outcome =
  | 'verified' // moved, verified, resumed (or nothing to resume)
  | 'verified-engaged' // moved and verified; the switch is engaged; resume is not offered
  | 'verified-paused' // moved and verified; people chose, or silence meant, to keep trading paused
  | 'no-failover' // nothing had to be failed over; the verdict says what was found
  | 'rehearsed' // read everything, touched nothing
  | 'handed-over' // stopped safely; the manual continuation lies ready
  | 'aborted'; // stopped by a person; pause proven or paged

/** The intervals of a run in milliseconds; human wait apart from machine time. */
export interface RunTimes {
  readonly totalMs: number;
  readonly humanMs: number;
  readonly machineMs: number;
  /** Last proof that the switch could be written → the next one. */
  readonly controlUnavailableMs?: number;
  /** The part of it during which trading was live. */
  readonly liveWithoutControlMs?: number;
}

/** The result of the workflow. */
export interface RunResult {
  readonly schema: 1;
  readonly outcome: Outcome;
  /** One line that begins with the outcome. */
  readonly summary: string;
  readonly store: string;
  readonly incident: string;
  readonly verdict?: string;
  readonly target?: TargetFacts;
  readonly row?: Row;
  readonly times: RunTimes;
  /** What stays open: unfenced nodes, a pause in force, unread errors. */
  readonly obligations: readonly string[];
}
