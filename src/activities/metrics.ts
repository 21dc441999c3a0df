/** The metrics review of step 6: asks before, during and after, judges, and archives the document. */
import { judgeQuestion, metricsReview } from '../domain/metrics-review.js';
import type { MetricsReview, ReviewLine, WindowAnswers } from '../domain/metrics-review.js';
import type { MetricRange, MetricSeries, MetricsAnswer } from '../domain/metric-series.js';
import type { Plan } from '../domain/plan.js';
import { reviewWindows } from '../domain/review-windows.js';
import type { RunFacts } from '../domain/run-facts.js';
import { reviewThresholds } from '../domain/threshold-review.js';
import type { ActivityDeps } from './deps.js';
import { archiveName } from './people.js';
import { withKey, type ActivityScope } from './scope.js';

export interface MetricsReviewInput {
  readonly plan: Plan;
  readonly facts: RunFacts;
  readonly key: string;
}

export interface ReviewedMetrics {
  readonly review: MetricsReview;
  /** Where the document lies, in words; empty when it could not be stored, which `problem` then says. */
  readonly where: string;
}

/** Different warnings kept; a federation has one for each part that is away. */
const WARNINGS = 10;

export function createMetricsActivities(deps: ActivityDeps) {
  return {
    /**
     * Reviews the metrics of a run. A server that does not answer is part of the review, not an error; the document is stored once the
     * server answered, so that a later attempt can still tell more.
     */
    async reviewMetrics(input: MetricsReviewInput, scope: ActivityScope): Promise<ReviewedMetrics> {
      const { plan, facts } = input;
      const { metrics, archive } = deps.portsFor(plan.store);
      const windows = reviewWindows(facts, metrics.times);
      const thresholds = reviewThresholds(plan, facts);
      const ready = await metrics.ready(scope);
      if (ready.failure !== undefined) {
        const problem = `${metrics.kind} does not answer: ${ready.failure.kind}: ${ready.failure.text}`;
        return { review: metricsReview({ windows, lines: [], thresholds, warnings: [], problem }), where: '' };
      }
      const warnings = new Set<string>();
      const ask = async (name: string, query: string, range: MetricRange): Promise<MetricsAnswer<readonly MetricSeries[]>> => {
        const answer = await metrics.range({ name, query }, range, scope);
        if (answer.failure === undefined) for (const warning of answer.warnings) warnings.add(warning);
        return answer;
      };
      const lines: ReviewLine[] = [];
      // One question after the other: a monitoring system in trouble is not helped by thirty queries at once.
      for (const { question, query } of metrics.questions) {
        const answers = question.off === undefined ? await inWindows((range) => ask(question.name, query, range), windows) : NOT_ASKED;
        lines.push(judgeQuestion({ question, query, answers }, windows, facts.row?.engaged));
      }
      const review = metricsReview({ windows, lines, thresholds, warnings: [...warnings].slice(0, WARNINGS) });
      const body = JSON.stringify({ schema: 1, kind: 'metrics-review', store: plan.store, incident: plan.incident, review }, null, 2);
      const name = `${archiveName(plan.store)}/${archiveName(plan.incident)}/metrics-${facts.epoch}-${deps.sha256(body).slice(0, 12)}.json`;
      return { review, where: await archive.put(name, body, withKey(scope, input.key)) };
    },
  };
}

const NOT_ASKED: WindowAnswers = (() => {
  const none = { failure: { kind: 'missing', text: 'not asked' } } as const;
  return { before: none, during: none, after: none };
})();

async function inWindows(
  ask: (range: MetricRange) => Promise<MetricsAnswer<readonly MetricSeries[]>>,
  windows: Readonly<Record<'before' | 'during' | 'after', MetricRange>>,
): Promise<WindowAnswers> {
  const [before, during, after] = await Promise.all([ask(windows.before), ask(windows.during), ask(windows.after)]);
  return { before, during, after };
}
