/** The questions of a store’s metrics review: the profile’s, as changed by the configuration, then the configuration’s own. */
import { DEFAULT_METRIC_QUESTIONS, METRIC_QUESTIONS } from '../domain/metric-questions.js';
import type { MetricQuestion } from '../domain/metric-questions.js';
import type { ReviewTimes } from '../domain/plan.js';
import type { StoreConfig } from './sections/store.js';

type PrometheusConfig = NonNullable<StoreConfig['metrics']>['prometheus'];

/** The questions in the order in which they are asked and shown. */
export function metricQuestionsOf({ queries, extra }: PrometheusConfig): readonly MetricQuestion[] {
  const known = METRIC_QUESTIONS.map((name): MetricQuestion => {
    const { query, limit, off } = queries[name] ?? {};
    return {
      ...DEFAULT_METRIC_QUESTIONS[name],
      name,
      ...(query === undefined ? {} : { query }),
      ...(limit === undefined ? {} : { limit }),
      ...(off === undefined ? {} : { off }),
    };
  });
  const own = extra.map(({ limit, ...rest }): MetricQuestion => ({ ...rest, ...(limit === undefined ? {} : { limit }) }));
  return [...known, ...own];
}

/** The times of the review. */
export function reviewTimesOf({ before, after, rate, step }: PrometheusConfig): ReviewTimes {
  return { beforeMs: before, afterMs: after, rateMs: rate, stepMs: step };
}
