/** Waits for something in a run's facts, and not a moment longer than the run can still do it: a run that has closed changes no more. */
import type { RunFacts } from '../../domain/run-facts.js';

/** What is asked about the run. Both may fail for a moment: nobody may have started it yet, no worker may be up. */
export interface RunToWatch {
  readonly facts: () => Promise<RunFacts>;
  /** The newest execution as the server has it. `status` as the server names it, for example `RUNNING`. */
  readonly execution: () => Promise<{ readonly runId: string; readonly status: string }>;
}

/** Times of a wait, milliseconds. */
export interface Patience {
  readonly timeoutMs: number;
  readonly everyMs: number;
}

/** These go on: as they are, or as the next epoch. */
const GOES_ON: readonly string[] = ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'];

/** Returns the facts that satisfy the predicate. Fails at once when the run has closed without, with how it ended. */
export async function untilFacts(
  run: RunToWatch,
  what: string,
  predicate: (facts: RunFacts) => boolean,
  patience: Patience,
): Promise<RunFacts> {
  const endMs = Date.now() + patience.timeoutMs;
  let last: RunFacts | undefined;
  while (Date.now() < endMs) {
    // Asked before the facts: what a closed run says afterwards is its last word.
    const execution = await run.execution().catch(() => undefined);
    const now = await run.facts().catch(() => undefined);
    if (now !== undefined && predicate(now)) return now;
    last = now ?? last;
    if (execution !== undefined && now?.runId === execution.runId && !GOES_ON.includes(execution.status)) {
      const { result } = now;
      const end = result === undefined ? `${execution.status}, without a result` : result.summary;
      throw new Error(`never: ${what}. The run has ended (${end}). Last: ${lastWords(now)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, patience.everyMs));
  }
  throw new Error(`never: ${what}. Last: ${lastWords(last)}`);
}

function lastWords(last: RunFacts | undefined): string {
  return JSON.stringify(
    {
      steps: last?.steps,
      open: last?.open?.opened.card,
      tally: last?.open?.tally,
      errors: last?.errors,
      ignored: last?.ignored,
      judgement: last?.judgement,
    },
    null,
    1,
  );
}
