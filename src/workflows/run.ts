/** The state of one run, and the few things every step does with it. Holds no rule: rules are in `domain`. */
import { effectKey, type FenceRecord, type HandOver, type Mode, type RunInput } from '../domain/contract.js';
import type { ErrorCode, ErrorRecord } from '../domain/errors.js';
import { ERRORS } from '../domain/errors.js';
import type { AdminReading, Observation, Row, RowReading } from '../domain/facts.js';
import type { Plan, PlannedNode, Role } from '../domain/plan.js';
import type { PossibleLoss } from '../domain/possible-loss.js';
import { lossBytes } from '../domain/possible-loss.js';
import type {
  GateRecord,
  Outcome as RunOutcome,
  PauseFacts,
  RunFacts,
  StepName,
  StepRecord,
  StepResult,
  TargetFacts,
} from '../domain/run-facts.js';
import type { StalenessAnchor } from '../domain/staleness.js';
import { writableNodes } from '../domain/substance.js';
import { truthTable } from '../domain/truth-table.js';
import type { Judgement } from '../domain/verdict-code.js';
import type { Urgency } from '../ports/notifier.js';
import type { Inbox } from './inbox.js';
import type { Background, Outcome, RunContext } from './run-context.js';

/** Ends a run before its last step. Thrown by steps, caught once by the runbook; carries what must be said. */
export class RunStopped extends Error {
  readonly outcome: RunOutcome;
  readonly because: string;

  constructor(outcome: RunOutcome, because: string) {
    super(because);
    this.name = 'RunStopped';
    this.outcome = outcome;
    this.because = because;
  }
}

/** Ends this epoch: a new one begins with what is handed over (design S8). */
export class EpochEnded extends Error {
  readonly because: string;
  /** Mode of the next epoch, when it is another one. */
  readonly mode: Mode | undefined;

  constructor(because: string, mode?: Mode) {
    super(because);
    this.name = 'EpochEnded';
    this.because = because;
    this.mode = mode;
  }
}

/** A reading that found a row. */
export type PresentRow = Extract<RowReading, { state: 'present' }>;

export class Run {
  readonly ctx: RunContext;
  readonly inbox: Inbox;
  readonly input: RunInput;
  readonly epoch: number;
  readonly startedAtMs: number;
  plan: Plan;
  steps: StepRecord[] = [];
  gates: GateRecord[] = [];
  open: RunFacts['open'];
  judgement: Judgement | undefined;
  pause: PauseFacts;
  fences: FenceRecord[];
  unfenced: string[] = [];
  /** Nodes that were primary before: the expected one, and the targets of earlier epochs. */
  readonly earlierPrimaries: readonly string[];
  /** Nodes that were seen to accept writes: what was a primary once could be one again when it comes back. */
  readonly writersSeen = new Set<string>();
  /** The freshness lease in force; ended with the run, however it ends, and at once when the store is disarmed. */
  lease: Background<{ readonly updatedAtMs: number; readonly writes: number }> | undefined;
  target: TargetFacts | undefined;
  loss: PossibleLoss | undefined;
  row: Row | undefined;
  truth: readonly string[] = [];
  unknownWindow: string | undefined;
  stalenessDeadlineMs: number | undefined;
  /** Last credible read of the row: where the staleness clock starts. */
  anchor: StalenessAnchor | undefined;
  /** The same, counting only what the application itself could use: since when nobody could write the switch. */
  controlAnchor: StalenessAnchor | undefined;
  /** The row as first read on the target, before anything refreshed it: what testimony is held against (S2). */
  firstReading: PresentRow | undefined;
  errors: ErrorRecord[] = [];
  /** Earlier observations in which somebody said engaged: their testimony stands when the witness is gone (promise S2). */
  engagedSeen: Observation[] = [];
  #seen: Observation | undefined;
  /** Incarnations of the instances before they were stopped, by name. */
  before: Readonly<Record<string, string>> = {};
  /** What admin APIs said in the last verification of this move, by instance. */
  heard: Readonly<Record<string, AdminReading>> = {};
  /** How many instances are the full strength; at least as many as were configured or found. */
  strength: number;
  /** An instance could be counted only, not matched: `resume` asks one person more. */
  countedNotMatched = false;
  /** When the last detection looked: a later alert re-opens detection before the run closes (design S10). */
  detectedAtMs = 0;
  /** When the switch could last be written, and when again: the interval "control unavailable". */
  controlLostAtMs: number | undefined;
  controlBackAtMs: number | undefined;
  /** The earlier epoch ended for this; empty in the first. */
  readonly because: string;
  result: RunFacts['result'];
  /** Meets a second writer at once, also while a gate waits: set by the runbook. */
  guard: (() => Promise<void>) | undefined;
  /** How many wishes to pause are fulfilled, or were known when people resumed: only a later one pauses again. */
  pauseWishesAnswered = 0;
  /** A pause that must not be repeated was sent and nothing is known of it since: how many wishes there were by then. */
  pauseInDoubt: number | undefined;
  /** Makes the safe outcome true when nobody answers (design S7): set by the runbook. */
  pauseNow: ((because: string) => Promise<void>) | undefined;
  readonly #counters = new Map<string, number>();

  constructor(ctx: RunContext, inbox: Inbox, plan: Plan, input: RunInput, handOver: HandOver | undefined) {
    this.ctx = ctx;
    this.inbox = inbox;
    this.plan = plan;
    this.input = input;
    this.epoch = handOver?.epoch ?? 1;
    this.startedAtMs = ctx.now();
    this.because = handOver?.because ?? '';
    this.earlierPrimaries = [...new Set([plan.expectedPrimary, ...(handOver?.earlierPrimaries ?? [])])];
    this.strength = plan.instances.length;
    const record = handOver?.pause;
    this.pause =
      record === undefined
        ? { state: 'none', because: '', detail: 'Trading was not paused by Holdfast.' }
        : {
            state: record.provenAtMs === undefined ? 'asked' : 'proven',
            record,
            because: 'handed over',
            detail: 'The pause of the earlier epoch.',
          };
    this.fences = [...(handOver?.fences ?? [])];
    this.unfenced = [...(handOver?.unfenced ?? [])];
    this.engagedSeen = [...(handOver?.engagedSeen ?? [])];
  }

  /** The newest observation, whoever made it. */
  get seen(): Observation | undefined {
    return this.#seen;
  }

  /** Takes an observation; one that holds a word for *engaged* is kept for the whole run. */
  see(observation: Observation): void {
    this.#seen = observation;
    for (const name of writableNodes(observation)) this.writersSeen.add(name);
    this.truth = truthTable(observation, this.plan.lastSnapshot, this.target?.node);
    const engaged =
      observation.instances.some((i) => i.health?.engaged === true) ||
      observation.nodes.some((n) => n.answer?.row.state === 'present' && n.answer.row.row.engaged);
    // The first and the newest few are enough: a witness that repeats itself adds nothing.
    if (engaged) this.engagedSeen = [...this.engagedSeen.slice(0, 1), ...this.engagedSeen.slice(1).slice(-3), observation];
  }

  get mayAct(): boolean {
    return this.plan.armed && this.inbox.disarmed === undefined;
  }

  /** The idempotency key of the next distinct effect of a step (design S5). */
  key(step: string): string {
    const n = (this.#counters.get(step) ?? 0) + 1;
    this.#counters.set(step, n);
    return effectKey(this.plan.incident, this.epoch, step, n);
  }

  node(name: string): PlannedNode {
    const node = this.plan.nodes.find((n) => n.name === name);
    if (node === undefined) throw new Error(`no node ${name} in the plan`); // a bug, not a situation: it parks the run
    return node;
  }

  get observed(): Pick<Plan, 'store' | 'nodes' | 'instances'> {
    return { store: this.plan.store, nodes: this.plan.nodes, instances: this.plan.instances };
  }

  /** Records a step from start to end and shows it. The body returns how it ended. */
  async step(step: StepName, detail: string, body: () => Promise<readonly [StepResult, string]>): Promise<void> {
    const index = this.steps.length;
    this.steps.push({ step, startedAtMs: this.ctx.now(), detail });
    this.show();
    const end = (result: StepResult, text: string): void => {
      const record = this.steps[index];
      if (record !== undefined) this.steps[index] = { ...record, endedAtMs: this.ctx.now(), result, detail: text };
      this.show();
    };
    try {
      const [result, text] = await body();
      end(result, text);
    } catch (error) {
      if (error instanceof RunStopped || error instanceof EpochEnded)
        end(error instanceof RunStopped ? 'refused' : 'failed', error.because);
      throw error;
    }
  }

  fail(error: ErrorRecord): void {
    this.errors.push(error);
    this.show();
  }

  /** The value of a call that must have succeeded; otherwise the run stops safely and says why. */
  need<T>(outcome: Outcome<T>, what: string): T {
    if (outcome.kind === 'done') return outcome.value;
    this.fail(outcome.error);
    throw new RunStopped('handed-over', `${what}: ${outcome.error.message} Next: ${ERRORS[outcome.error.code].next}`);
  }

  record(code: ErrorCode, detail: string, evidence: Readonly<Record<string, string>> = {}): ErrorRecord {
    return { code, message: `${ERRORS[code].summary} ${detail}`, evidence };
  }

  /** Sends a notice beside the run: people are told, and nothing waits for a slow notifier. */
  tell(to: readonly Role[], urgency: Urgency, title: string, text: string): void {
    const prefix = this.plan.mode === 'exercise' ? 'EXERCISE ' : '';
    const notice = {
      to,
      urgency,
      title: `${prefix}${title}`,
      text: `${prefix}${text}`,
      store: this.plan.store,
      incident: this.plan.incident,
      workflowId: this.ctx.workflowId,
      id: this.key('notify'),
    };
    void this.ctx
      .call(
        'notify',
        { store: this.plan.store, notice },
        { summary: `Tell ${to.join(' and ')}: ${title}`.slice(0, 100), effect: 'visible' },
      )
      .then((outcome) => {
        if (outcome.kind !== 'done') this.fail(outcome.error);
        else if (!outcome.value.delivered)
          this.fail({ code: 'HF_NOTIFY_FAILED', message: outcome.value.problem, evidence: { to: to.join(',') } });
      });
  }

  facts(): RunFacts {
    return {
      schema: 1,
      workflowId: this.ctx.workflowId,
      runId: this.ctx.runId,
      store: this.plan.store,
      cluster: this.plan.cluster,
      mode: this.plan.mode,
      incident: this.plan.incident,
      epoch: this.epoch,
      armed: this.mayAct,
      startedAtMs: this.startedAtMs,
      planHash: this.plan.hash,
      steps: this.steps,
      gates: this.gates,
      ...(this.open === undefined ? {} : { open: this.open }),
      ...(this.judgement === undefined ? {} : { judgement: this.judgement }),
      pause: this.pause,
      fences: this.fences,
      unfenced: this.unfenced,
      ...(this.target === undefined ? {} : { target: this.target }),
      ...(this.loss === undefined ? {} : { loss: this.loss.sentence, lossBytes: lossBytes(this.loss) }),
      ...(this.row === undefined ? {} : { row: this.row }),
      truth: this.truth,
      ...(this.unknownWindow === undefined ? {} : { unknownWindow: this.unknownWindow }),
      ...(this.controlLostAtMs === undefined
        ? {}
        : {
            control: {
              lostAtMs: this.controlLostAtMs,
              ...(this.controlBackAtMs === undefined ? {} : { backAtMs: this.controlBackAtMs }),
            },
          }),
      ...(this.stalenessDeadlineMs === undefined ? {} : { stalenessDeadlineMs: this.stalenessDeadlineMs }),
      errors: this.errors,
      ignored: this.inbox.ignored,
      alerts: { recorded: this.inbox.alerts.length, counted: this.inbox.countedAlerts },
      notes: said(this.inbox),
      ...(this.result === undefined ? {} : { result: this.result }),
    };
  }

  show(): void {
    this.ctx.show(this.facts());
  }
}

/** What people said for the record, in words. */
function said({ notes, acknowledged, classified }: Inbox): readonly string[] {
  const who = (by: string): string => (by === '' ? 'somebody' : by);
  return [
    ...acknowledged.map((s) => `${who(s.by)} acknowledged${s.text === '' ? '' : `: ${s.text}`}`),
    ...classified.map((s) => `${who(s.by)} classified this as: ${s.text}`),
    ...notes.map((s) => `${who(s.by)}: ${s.text}`),
  ];
}
