/**
 * A protocol double of the three Temporal calls the gateway makes, in memory: runs open and close, calls can be held back or fail.
 * It stands for the server's promises (one open run per id; signal-with-start is atomic) and proves nothing about the server itself.
 */
import type { AlertClient } from '../../../src/gateway/durable-alerts.js';
import type { Alert, RunInput } from '../../../src/domain/contract.js';

export interface DoubleRun {
  readonly runId: string;
  readonly input: RunInput;
  readonly alerts: Alert[];
  open: boolean;
}

export interface TemporalDouble extends AlertClient {
  readonly runs: Map<string, DoubleRun[]>;
  readonly calls: string[];
  /** Most calls ever in flight at once for one workflow id. */
  mostInFlight: number;
  /** Calls reject while this is set. */
  down: boolean;
  /** While set, calls wait for the returned promise. */
  hold: (() => Promise<void>) | undefined;
  close(workflowId: string): void;
}

export function createTemporalDouble(): TemporalDouble {
  const inFlight = new Map<string, number>();
  const openRun = (workflowId: string) => double.runs.get(workflowId)?.find((run) => run.open);
  const call = async <T>(name: string, workflowId: string, act: () => T): Promise<T> => {
    const now = (inFlight.get(workflowId) ?? 0) + 1;
    inFlight.set(workflowId, now);
    double.mostInFlight = Math.max(double.mostInFlight, now);
    double.calls.push(name);
    try {
      await (double.hold?.() ?? Promise.resolve());
      if (double.down) throw new Error('connection refused');
      return act();
    } finally {
      inFlight.set(workflowId, (inFlight.get(workflowId) ?? 1) - 1);
    }
  };
  const double: TemporalDouble = {
    runs: new Map(),
    calls: [],
    mostInFlight: 0,
    down: false,
    hold: undefined,
    close(workflowId) {
      for (const run of double.runs.get(workflowId) ?? []) run.open = false;
    },
    signalWithStart: (workflowId, input, alert) =>
      call('signalWithStart', workflowId, () => {
        let run = openRun(workflowId);
        if (run === undefined) {
          const earlier = double.runs.get(workflowId) ?? [];
          run = { runId: `${workflowId}#${earlier.length + 1}`, input, alerts: [], open: true };
          double.runs.set(workflowId, [...earlier, run]);
        }
        run.alerts.push(alert);
        return { runId: run.runId };
      }),
    signalOpen: (workflowId, alert) =>
      call('signalOpen', workflowId, () => {
        const run = openRun(workflowId);
        run?.alerts.push(alert);
        return run === undefined ? undefined : { runId: run.runId };
      }),
    openRun: (workflowId) => call('openRun', workflowId, () => openRun(workflowId)?.runId),
  };
  return double;
}
