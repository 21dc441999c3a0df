/** Kills the worker once in the middle of the run and starts another one, visibly. */
import type { RunFacts } from '../../domain/run-facts.js';
import type { View } from './events.js';
import type { AnyStage } from './stage-types.js';

/** The one loss of the worker. */
export interface WorkerLoss {
  /** Called at every look at the run. */
  consider(facts: RunFacts): Promise<void>;
  /** Throws what kept the new worker from starting. */
  check(): void;
  marks(): { readonly workerKilledAtMs?: number; readonly workerBackAtMs?: number };
}

/** Makes it. The worst moment is chosen: the database is moved, the application is not. */
export function createWorkerLoss(stage: AnyStage, view: View, now: () => number): WorkerLoss {
  let killedAtMs: number | undefined;
  let backAtMs: number | undefined;
  let failed: unknown;

  const replace = async (sinceMs: number): Promise<void> => {
    try {
      const next = await stage.startWorker();
      backAtMs = now();
      view.show({ event: 'worker-back', pid: next.pid, tookMs: backAtMs - sinceMs });
    } catch (error) {
      failed = error;
    }
  };

  return {
    async consider(facts) {
      const promoted = facts.steps.some((step) => step.step === 'promote' && step.result !== undefined);
      if (killedAtMs !== undefined || !promoted || facts.result !== undefined) return;
      const worker = stage.worker();
      worker.kill('SIGKILL');
      await worker.exited;
      killedAtMs = now();
      view.show({ event: 'worker-killed', pid: worker.pid, during: facts.steps.at(-1)?.step ?? 'promote' });
      void replace(killedAtMs);
    },
    check: () => {
      if (failed !== undefined) throw failed;
    },
    marks: () => ({
      ...(killedAtMs === undefined ? {} : { workerKilledAtMs: killedAtMs }),
      ...(backAtMs === undefined ? {} : { workerBackAtMs: backAtMs }),
    }),
  };
}
