/**
 * The one watcher beside a run: what it sees becomes `run.seen`, and a second writer becomes an alarm that every step meets at its next
 * safe point. Also the safe point itself: the only places where an abort takes hold.
 */
import { writableNodes, substance } from '../../domain/substance.js';
import { EpochEnded, RunStopped, type Run } from '../run.js';
import type { Background } from '../run-context.js';
import type { Observation } from '../../domain/facts.js';

/** A watcher that reported is not started again before this; doubles with each report, so that flapping fills no history. */
const FIRST_QUIET_MS = 2000;
const LONGEST_QUIET_MS = 30 * 60_000;
/** One look may last this long; a lost worker is noticed by its missing heartbeats, long before. */
const WATCH_LIMIT_MS = 24 * 3_600_000;

export interface Sentry {
  /** Nodes that accept writes although they are neither the target nor under a proven fence. */
  alarm(): readonly string[];
  /** Counts up with each report. */
  readonly reports: number;
  stop(): Promise<void>;
}

/** Starts looking beside the run. At most one per run (design §4). */
export function startSentry(run: Run): Sentry {
  let reports = 0;
  let stopped = false;
  let quietMs = FIRST_QUIET_MS;
  let current: Background<Observation> | undefined;

  const loop = async (): Promise<void> => {
    while (!stopped) {
      const seen = run.seen;
      const background = run.ctx.background(
        'watchRun',
        {
          plan: run.observed,
          known: seen === undefined ? '' : substance(seen),
          knownWriters: seen === undefined ? [] : writableNodes(seen),
          everyMs: run.plan.times.observeEveryMs,
          notBeforeMs: run.ctx.now() + quietMs,
        },
        { summary: 'Look for a second primary, a changed row, changed evidence', effect: 'read', queue: 'watch', limitMs: WATCH_LIMIT_MS },
      );
      current = background;
      await run.ctx.waitUntil(() => stopped || background.ended() !== undefined);
      const outcome = background.ended();
      if (outcome?.kind !== 'done') {
        if (!stopped) await run.ctx.waitUntil(() => stopped, quietMs, 'Before looking again');
      } else {
        run.see(outcome.value);
        reports += 1;
      }
      quietMs = Math.min(quietMs * 2, LONGEST_QUIET_MS);
    }
  };
  const running = loop();

  return {
    alarm: () => (run.target === undefined ? [] : strangeWriters(run, run.target.node)),
    get reports() {
      return reports;
    },
    stop: async () => {
      stopped = true;
      await current?.stop();
      await running;
    },
  };
}

/**
 * Nodes that accept writes and may not: all but the target and those under a fence that is consistent with what is seen. A node whose
 * service was stopped (H) or whose power is off (P) cannot accept writes: if it does, its fence was lifted.
 */
export function strangeWriters(run: Run, target: string | undefined): readonly string[] {
  if (run.seen === undefined) return [];
  const holding = run.fences.filter((f) => f.class !== 'H' && f.class !== 'P').map((f) => f.node);
  return writableNodes(run.seen).filter((n) => n !== target && !holding.includes(n));
}

/** Stops the run when a person said so, or a planned run when an incident outranks it. Called between steps and while waiting, never inside an effect. */
export function safePoint(run: Run): void {
  if (run.plan.mode === 'planned' && run.inbox.firingSince(run.startedAtMs).length > 0) {
    throw new EpochEnded('An alert arrived: an incident outranks planned work.', 'incident');
  }
  const { aborted } = run.inbox;
  if (aborted !== undefined) {
    throw new RunStopped(
      'aborted',
      `${aborted.by === '' ? 'Somebody' : aborted.by} aborted the run${aborted.text === '' ? '' : `: ${aborted.text}`}.`,
    );
  }
}

/** Refuses an act that adds risk on a store that is not armed, or was disarmed meanwhile (promise S15). */
export function requireArmed(run: Run, act: string): void {
  if (run.mayAct) return;
  const { disarmed } = run.inbox;
  const why = disarmed === undefined ? 'it was never armed' : `${disarmed.by === '' ? 'somebody' : disarmed.by} disarmed it`;
  run.fail(run.record('HF_STORE_DISARMED', `${run.plan.store}: ${why}; refused: ${act}.`, { rule: 'S15', store: run.plan.store, act }));
  throw new RunStopped('handed-over', `${run.plan.store} is disarmed (${why}); refused: ${act}.`);
}
