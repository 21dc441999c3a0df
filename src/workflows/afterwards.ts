/** Step 6 as a child that outlives the run: backfill of snapshots, report, metrics review (runbook, "Post-incident actions"). */
import { setCurrentDetails } from '@temporalio/workflow';
import type { Backfilled } from '../activities/records.js';
import { formatInstant } from '../domain/duration.js';
import type { ReportedReview } from '../domain/metrics-review.js';
import { nothingToReview, reviewableAtMs, reviewWindows } from '../domain/review-windows.js';
import type { RunContext } from './run-context.js';
import type { AfterwardsInput } from './steps/after.js';
import { temporalContext } from './temporal-context.js';

/** Snapshots are taken on change, at the latest each hour by `watch:<store>`: longer without one is a gap worth naming. */
const EXPECTED_EVERY_MS = 3_600_000;
/** How long before the run snapshots belong to the incident. */
const BEFORE_MS = 24 * 3_600_000;
/** How often a monitoring system that is away is asked, the length of the window after apart (two hours by default): it may have stood on the lost site. */
const REVIEW_TRIES = 12;
/** Shortest time between two tries. */
const REVIEW_EVERY_MS = 1000;

export interface AfterwardsResult {
  readonly report: string;
  readonly evidence: string;
  readonly snapshots: number;
  readonly gaps: readonly string[];
  /** How the metrics review ended. */
  readonly metrics: 'ok' | 'worse' | 'incomplete' | 'none';
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
  const backfilled = backfill.kind === 'done' ? backfill.value : undefined;
  const planned = plannedReview(input);
  // People read the report in the same night: it does not wait for the time after the run that the review compares with.
  const first = await report(ctx, input, backfilled, planned, `${key}/report/1`);
  const reviewed = planned.state === 'later' ? await reviewMetrics(ctx, input, planned.atMs, `${key}/metrics/1`) : planned;
  const written = planned.state === 'later' ? await report(ctx, input, backfilled, reviewed, `${key}/report/2`) : first;
  const snapshots = backfill.kind === 'done' ? backfill.value : { snapshots: 0, gaps: [`No backfill: ${backfill.error.message}`] };
  const metrics = reviewed.state === 'done' ? reviewed.review.verdict : 'none';
  return { ...written, snapshots: snapshots.snapshots, gaps: snapshots.gaps, metrics };
}

/** Whether and when metrics will be reviewed. */
function plannedReview({ plan, facts }: AfterwardsInput): ReportedReview {
  const { metrics } = plan.adapters;
  if (metrics === undefined) return { state: 'none', why: 'No monitoring system is configured (`metrics`).' };
  const why = nothingToReview(facts);
  if (why !== undefined) return { state: 'none', why };
  return { state: 'later', atMs: reviewableAtMs(reviewWindows(facts, metrics)) };
}

/** Waits for the time after the run, then asks until the server answers; what is known by the last try is the review. */
async function reviewMetrics(ctx: RunContext, input: AfterwardsInput, atMs: number, key: string): Promise<ReportedReview> {
  setCurrentDetails(`The metrics review begins at ${formatInstant(atMs)}.`);
  await ctx.waitUntil(() => false, atMs - ctx.now(), 'The time after the run that metrics are compared with');
  for (let tries = 1; ; tries += 1) {
    const reviewed = await ctx.call(
      'reviewMetrics',
      { plan: input.plan, facts: input.facts, key },
      { summary: 'Review metrics before, during and after the run', effect: 'repeatable', limitMs: 300_000 },
    );
    const answered = reviewed.kind === 'done' && reviewed.value.review.problem === undefined;
    if (answered || tries === REVIEW_TRIES) {
      return reviewed.kind === 'done' ? { state: 'done', ...reviewed.value } : { state: 'none', why: reviewed.error.message };
    }
    const everyMs = Math.max(REVIEW_EVERY_MS, input.plan.adapters.metrics?.afterMs ?? 0);
    await ctx.waitUntil(() => false, everyMs, 'The metrics could not be reviewed; tried again');
  }
}

/** Writes evidence and report until they are stored. */
async function report(
  ctx: RunContext,
  { plan, facts }: AfterwardsInput,
  backfill: Backfilled | undefined,
  metrics: ReportedReview,
  key: string,
): Promise<{ readonly report: string; readonly evidence: string }> {
  for (;;) {
    const written = await ctx.call(
      'writeReport',
      { plan, facts, ...(backfill === undefined ? {} : { backfill }), metrics, key },
      { summary: 'Write the evidence record and the report', effect: 'repeatable', limitMs: 60_000 },
    );
    if (written.kind === 'done') {
      setCurrentDetails(`Report: ${written.value.report}\n\nEvidence: ${written.value.evidence}`);
      return written.value;
    }
    // A full disk at night must not lose the report: everything it needs is in this workflow's input.
    setCurrentDetails(`The report could not be written: ${written.error.message}`);
    await ctx.waitUntil(() => false, 60_000, 'The report could not be written; tried again');
  }
}
