/** Step 6 as a child that outlives the run: backfill of snapshots, then the report (runbook, "Post-incident actions"). */
import { setCurrentDetails } from '@temporalio/workflow';
import type { AfterwardsInput } from './steps/after.js';
import { temporalContext } from './temporal-context.js';

/** Snapshots are taken on change, at the latest each hour by `watch:<store>`: longer without one is a gap worth naming. */
const EXPECTED_EVERY_MS = 3_600_000;
/** How long before the run snapshots belong to the incident. */
const BEFORE_MS = 24 * 3_600_000;

export interface AfterwardsResult {
  readonly report: string;
  readonly evidence: string;
  readonly snapshots: number;
  readonly gaps: readonly string[];
}

export async function afterwards(input: AfterwardsInput): Promise<AfterwardsResult> {
  const ctx = temporalContext(() => undefined);
  const { plan, facts } = input;
  const key = `${plan.incident}/${facts.epoch}`;
  const backfill = await ctx.call(
    'backfillSnapshots',
    {
      store: plan.store,
      incident: plan.incident,
      fromMs: facts.startedAtMs - BEFORE_MS,
      toMs: ctx.now(),
      expectedEveryMs: EXPECTED_EVERY_MS,
      key: `${key}/backfill/1`,
    },
    { summary: 'Backfill snapshots into long-term storage; name the gaps', effect: 'repeatable', limitMs: 60_000 },
  );
  for (;;) {
    const written = await ctx.call(
      'writeReport',
      { plan, facts, ...(backfill.kind === 'done' ? { backfill: backfill.value } : {}), key: `${key}/report/1` },
      { summary: 'Write the evidence record and the report', effect: 'repeatable', limitMs: 60_000 },
    );
    if (written.kind === 'done') {
      setCurrentDetails(`Report: ${written.value.report}\n\nEvidence: ${written.value.evidence}`);
      const snapshots = backfill.kind === 'done' ? backfill.value : { snapshots: 0, gaps: [`No backfill: ${backfill.error.message}`] };
      return { ...written.value, snapshots: snapshots.snapshots, gaps: snapshots.gaps };
    }
    // A full disk at night must not lose the report: everything it needs is in this workflow's input.
    setCurrentDetails(`The report could not be written: ${written.error.message}`);
    await ctx.waitUntil(() => false, 60_000, 'The report could not be written; tried again');
  }
}
