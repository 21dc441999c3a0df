/** What is kept: evidence, snapshots, the report (runbook step 6). */
import type { Plan } from '../domain/plan.js';
import type { RunFacts } from '../domain/run-facts.js';
import { renderReport } from '../report/run-report.js';
import type { ReportedReview } from '../domain/metrics-review.js';
import type { ActivityDeps } from './deps.js';
import { archiveName } from './people.js';
import { withKey, type ActivityScope } from './scope.js';
import type { Snapshot } from '../domain/facts.js';

export interface BackfillInput {
  readonly store: string;
  readonly incident: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly expectedEveryMs: number;
  readonly key: string;
}

export interface Backfilled {
  readonly snapshots: number;
  /** Intervals without a snapshot, as sentences. */
  readonly gaps: readonly string[];
  readonly damaged: readonly string[];
  readonly where: string;
}

export interface ReportInput {
  readonly plan: Plan;
  readonly facts: RunFacts;
  readonly backfill?: Backfilled;
  /** The metrics review, or why there is none (yet). */
  readonly metrics?: ReportedReview;
  readonly key: string;
}

/** Series of a store's snapshots in the archive. */
export function snapshotSeries(store: string): string {
  return `${archiveName(store)}/snapshots`;
}

/** What is read back from a file is checked: one strange line must not lose the others. */
function isSnapshot(record: unknown): record is Snapshot {
  return typeof record === 'object' && record !== null && typeof (record as Partial<Snapshot>).atMs === 'number';
}

export function createRecordActivities(deps: ActivityDeps) {
  return {
    /** Stores the window's snapshots as one document of the incident, and names the gaps. */
    async backfillSnapshots(input: BackfillInput, scope: ActivityScope): Promise<Backfilled> {
      const { archive } = deps.portsFor(input.store);
      const { records, damaged: unreadable } = await archive.series(snapshotSeries(input.store), scope);
      const kept = records.filter(isSnapshot);
      const strange = records.length - kept.length;
      const damaged = strange === 0 ? unreadable : [...unreadable, `${strange} record(s) are no snapshots`];
      const inWindow = kept.filter((s) => s.atMs >= input.fromMs && s.atMs <= input.toMs).toSorted((a, b) => a.atMs - b.atMs);
      const edges = [input.fromMs, ...inWindow.map((s) => s.atMs), input.toMs];
      const gaps = edges.slice(1).flatMap((to, i) => {
        const from = edges[i] ?? to;
        return to - from > input.expectedEveryMs * 2
          ? [`No snapshot from ${new Date(from).toISOString()} to ${new Date(to).toISOString()} (${Math.round((to - from) / 1000)} s).`]
          : [];
      });
      const where = await archive.put(
        `${archiveName(input.store)}/${archiveName(input.incident)}/snapshots.json`,
        JSON.stringify(
          {
            schema: 1,
            kind: 'snapshots',
            store: input.store,
            incident: input.incident,
            fromMs: input.fromMs,
            toMs: input.toMs,
            snapshots: inWindow,
            gaps,
            damaged,
          },
          null,
          2,
        ),
        withKey(scope, input.key),
      );
      return { snapshots: inWindow.length, gaps, damaged, where };
    },

    /** Writes the run's evidence record and its report. Returns where they lie. */
    async writeReport(input: ReportInput, scope: ActivityScope): Promise<{ readonly report: string; readonly evidence: string }> {
      const { plan, facts } = input;
      const { archive } = deps.portsFor(plan.store);
      const folder = `${archiveName(plan.store)}/${archiveName(plan.incident)}`;
      const body = JSON.stringify({ schema: 1, kind: 'run', plan, facts, backfill: input.backfill ?? null }, null, 2);
      const tag = deps.sha256(body).slice(0, 12);
      const text = renderReport(plan, facts, input.backfill, input.metrics);
      const evidence = await archive.put(`${folder}/run-${facts.epoch}-${tag}.json`, body, withKey(scope, input.key));
      // The report is written twice when metrics are reviewed: its name is of its own text, the evidence stays one document.
      const name = `${folder}/report-${facts.epoch}-${deps.sha256(text).slice(0, 12)}.md`;
      const report = await archive.put(name, text, withKey(scope, input.key));
      return { report, evidence };
    },
  };
}
