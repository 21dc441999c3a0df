/** Follows the run to its end: shows what is new, lets gates be answered and the worker be lost. */
import type { CliContext } from '../context.js';
import type { RunFacts } from '../../domain/run-facts.js';
import type { Answering } from './answering.js';
import type { View } from './events.js';
import { again, DemoFailed, Interrupted } from './failure.js';
import type { DemoKind } from './scene.js';
import type { AnyStage } from './stage-types.js';
import { plainDetail } from './step-words.js';
import type { WorkerLoss } from './worker-loss.js';

const LOOK_EVERY_MS = 100;
/** A look without a worker would wait for one. */
const LOOK_MS = 2500;

export interface Followed {
  readonly stage: AnyStage;
  readonly kind: DemoKind;
  readonly view: View;
  readonly answering: Answering;
  readonly loss: WorkerLoss;
  /** The run must have ended by then; Infinity where people take their time. */
  readonly limitMs: number;
}

/** Returns the facts of the ended run. Errors: Interrupted, DemoFailed when it does not end in time. */
export async function follow(context: CliContext, { stage, kind, view, answering, loss, limitMs }: Followed): Promise<RunFacts> {
  const startedAtMs = context.now();
  const show = createStepLines(view);
  let last: RunFacts | undefined;
  try {
    for (;;) {
      if (context.signal.aborted) throw new Interrupted();
      loss.check();
      const facts = await look(stage);
      if (facts !== undefined && facts.epoch > 0) {
        last = facts;
        answering.showClosed(facts);
        show(facts);
        await answering.consider(facts);
        if (facts.result !== undefined) return facts;
        await loss.consider(facts);
      }
      if (context.now() - startedAtMs > limitMs) {
        const where = last?.steps.at(-1)?.step ?? 'plan';
        throw new DemoFailed(
          `The run did not end within ${limitMs / 1000} s; it stood at ${where}. ${last?.errors.at(-1)?.message ?? last?.ignored.at(-1) ?? ''}`.trim(),
          again(kind),
        );
      }
      await context.sleep(LOOK_EVERY_MS);
    }
  } finally {
    answering.close();
  }
}

/** The run as it says it is; undefined while no worker can answer. */
async function look(stage: AnyStage): Promise<RunFacts | undefined> {
  try {
    return await stage.client.connection.withDeadline(Date.now() + LOOK_MS, () => stage.facts());
  } catch {
    return undefined;
  }
}

/** Turns facts into events: a step that began, a step that ended, each once. */
function createStepLines(view: View): (facts: RunFacts) => void {
  let begun = 0;
  const ended = new Set<number>();
  return (facts) => {
    facts.steps.forEach((step, index) => {
      if (index >= begun && step.result === undefined) view.show({ event: 'step-began', step: step.step });
      begun = Math.max(begun, index + 1);
      if (step.result === undefined || step.endedAtMs === undefined || ended.has(index)) return;
      ended.add(index);
      view.show({
        event: 'step',
        step: step.step,
        result: step.result,
        tookMs: step.endedAtMs - step.startedAtMs,
        detail: step.detail,
        plain: plainDetail(step, facts),
      });
    });
  };
}
