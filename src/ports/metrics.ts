import type { MetricQuestion } from '../domain/metric-questions.js';
import type { AlertRule, MetricRange, MetricSeries, MetricsAnswer, ScrapeTarget } from '../domain/metric-series.js';
import type { ReviewTimes } from '../domain/plan.js';
import type { ReadScope } from './scope.js';

/** One question with its places filled. */
export interface NamedQuery {
  /** Stands in what is said about it. */
  readonly name: string;
  readonly query: string;
}

/**
 * The monitoring system of a store: read only. A server that does not answer, refuses or answers nonsense is a failure in the answer, never
 * an error. Errors: HF_CANCELLED, HF_SECRET_UNRESOLVED.
 */
export interface MetricsPort {
  readonly kind: string;
  /** False for `none`: there is nothing to ask. */
  readonly able: boolean;
  /** What a review asks, in order, with the query that is sent. */
  readonly questions: readonly { readonly question: MetricQuestion; readonly query: string }[];
  readonly times: ReviewTimes;
  /** Whether it can answer queries now; the value is its own word. */
  ready(scope: ReadScope): Promise<MetricsAnswer<string>>;
  /** The series of a query over a time. No series is an answer: the metric does not exist. */
  range(query: NamedQuery, range: MetricRange, scope: ReadScope): Promise<MetricsAnswer<readonly MetricSeries[]>>;
  /** The series of a query at one moment, each with one sample. */
  instant(query: NamedQuery, atMs: number, scope: ReadScope): Promise<MetricsAnswer<readonly MetricSeries[]>>;
  /** Every alert rule it evaluates. */
  rules(scope: ReadScope): Promise<MetricsAnswer<readonly AlertRule[]>>;
  /** What it scrapes of the application. */
  targets(scope: ReadScope): Promise<MetricsAnswer<readonly ScrapeTarget[]>>;
}
