/** Binds the run context to the virtual clock: the other half of `src/workflows/temporal-context.ts`. */
import type { RunFacts } from '../../src/domain/run-facts.js';
import type { RunContext } from '../../src/workflows/run-context.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Waiters } from '../support/waiters.js';
import type { SimWorker } from './sim-worker.js';

/** What the driver wants to know of a run. */
export interface SimListeners {
  readonly onShow: (facts: RunFacts) => void;
  readonly onChild: (name: string, workflowId: string, input: unknown) => void;
  /** Told of everything that runs beside the run, so that it can be cancelled when the run is over. */
  readonly onBackground: (cancel: () => void) => void;
}

const neverCancelled = new AbortController().signal;

/** The context of one simulated execution. */
export function simContext(
  clock: VirtualClock,
  worker: SimWorker,
  waiters: Waiters,
  ids: { readonly workflowId: string; readonly runId: string },
  listen: SimListeners,
): RunContext {
  return {
    ...ids,
    call: (name, input, options) => worker.run(name, input, options, neverCancelled),
    background: (name, input, options) => startBackground(listen, (cancel) => worker.run(name, input, options, cancel)),
    child: (name, workflowId, input) => {
      listen.onChild(name, workflowId, input);
      return Promise.resolve();
    },
    waitUntil: (predicate, timeoutMs) => waiters.wait(predicate, timeoutMs),
    now: () => clock.now(),
    show: (facts) => listen.onShow(facts),
  };
}

function startBackground<T>(
  listen: SimListeners,
  start: (cancel: AbortSignal) => Promise<T>,
): {
  readonly ended: () => T | undefined;
  readonly stop: () => Promise<T>;
} {
  const controller = new AbortController();
  listen.onBackground(() => controller.abort());
  let ended: T | undefined;
  const finished = start(controller.signal).then((outcome) => {
    ended = outcome;
    return outcome;
  });
  return {
    ended: () => ended,
    stop: () => {
      if (ended === undefined) controller.abort();
      return finished;
    },
  };
}
