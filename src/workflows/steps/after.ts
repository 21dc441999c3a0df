/** Step 6: what goes on when the run has closed: backfill, report and metrics review, and the sentinel that keeps looking at the old nodes. */
import type { Run } from '../run.js';

/** Input of the workflow `afterwards`. */
export interface AfterwardsInput {
  readonly plan: Run['plan'];
  readonly facts: ReturnType<Run['facts']>;
}

/** Starts the children and waits only for their start: the run itself can close. */
export async function startAfterwards(run: Run): Promise<void> {
  const { incident, store } = run.plan;
  await run.ctx.child(
    'afterwards',
    `after:${store}:${incident}:${run.epoch}`,
    { plan: run.plan, facts: run.facts() } satisfies AfterwardsInput,
    'Backfill of snapshots, report, metrics review',
  );
  const { target } = run;
  const old = [...run.fences.map((f) => f.node), ...run.unfenced];
  if (target === undefined || old.length === 0 || run.plan.mode === 'rehearsal') return;
  await run.ctx.child(
    'sentinel',
    `sentinel:${store}:${incident}:${run.epoch}`,
    {
      plan: run.observed,
      people: run.plan.people.map((p) => p.id),
      target: target.node,
      oldNodes: old,
      incident,
      everyMs: run.plan.times.observeEveryMs,
      prefix: run.plan.mode === 'exercise' ? 'EXERCISE ' : '',
    },
    `Keep looking at ${old.join(', ')} until rejoined, wiped or signed off`,
  );
}
