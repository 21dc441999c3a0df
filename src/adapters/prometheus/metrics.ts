import { fillQuery } from '../../domain/metric-questions.js';
import type { LabelSelector, MetricQuestion, QueryPlaces } from '../../domain/metric-questions.js';
import type { MetricsAnswer } from '../../domain/metric-series.js';
import type { ReviewTimes } from '../../domain/plan.js';
import type { MetricsPort } from '../../ports/metrics.js';
import type { ReadScope } from '../../ports/scope.js';
import { callApi, callText } from './api.js';
import type { ApiCall, PrometheusServer } from './api.js';
import { readSeries } from './series.js';
import { readRules, readTargets } from './watching.js';

/** Options of {@link createPrometheusMetrics}. */
export interface PrometheusOptions extends PrometheusServer {
  readonly questions: readonly MetricQuestion[];
  readonly selectors: Omit<QueryPlaces, 'rateMs'>;
  readonly times: ReviewTimes;
}

/**
 * The HTTP API of Prometheus, and of what speaks it (Thanos, Mimir, VictoriaMetrics): queries by POST, since they can be long.
 * A query is asked once; the caller decides whether to ask again.
 */
export function createPrometheusMetrics(options: PrometheusOptions): MetricsPort {
  const places: QueryPlaces = { ...options.selectors, rateMs: options.times.rateMs };
  const ask = async <T>(call: ApiCall, read: (data: unknown) => T | undefined, scope: ReadScope): Promise<MetricsAnswer<T>> =>
    callApi(options, call, read, scope);

  return {
    kind: 'prometheus',
    able: true,
    questions: options.questions.map((question) => ({ question, query: fillQuery(question.query, places) })),
    times: options.times,
    ready: async (scope) => {
      const answer = await callText(options, '/-/ready', scope);
      if (answer.failure?.kind !== 'missing') return answer;
      // Mimir and others have the API under a path and this page elsewhere: what answers a query is ready for queries.
      return ask(
        { what: 'ready', path: '/api/v1/query', form: { query: '1' } },
        (data) => readSeries(data, 'vector') && 'ready: answers queries',
        scope,
      );
    },
    range: ({ name, query }, { fromMs, toMs, stepMs }, scope) =>
      ask(
        {
          what: name,
          path: '/api/v1/query_range',
          form: { query, start: seconds(fromMs), end: seconds(toMs), step: seconds(Math.max(1000, stepMs)) },
        },
        (data) => readSeries(data, 'matrix'),
        scope,
      ),
    instant: ({ name, query }, atMs, scope) =>
      ask({ what: name, path: '/api/v1/query', form: { query, time: seconds(atMs) } }, (data) => readSeries(data, 'vector'), scope),
    rules: (scope) => ask({ what: 'rules', path: '/api/v1/rules?type=alert' }, readRules, scope),
    targets: async (scope) => {
      const answer = await ask({ what: 'targets', path: '/api/v1/targets?state=active' }, readTargets, scope);
      return answer.failure === undefined
        ? { ...answer, value: answer.value.filter(({ labels }) => matches(labels, options.selectors.application)) }
        : answer;
    },
  };
}

/** Prometheus takes seconds, with a fraction. */
function seconds(ms: number): string {
  return String(Math.round(ms) / 1000);
}

function matches(labels: Readonly<Record<string, string>>, selector: LabelSelector): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
