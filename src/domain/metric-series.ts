/** What a monitoring system answers, in the product's own words. Numbers live in one activity only: a review keeps finite ones. */
import type { Failure } from './failure.js';

/** One value of a series. It may be NaN or infinite: a quantile of nothing is NaN. */
export interface MetricSample {
  readonly atMs: number;
  readonly value: number;
}

/** One series of an answer, by its labels; oldest sample first. */
export interface MetricSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly MetricSample[];
}

/** A closed interval that is asked about, with the distance of its samples. */
export interface MetricRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** An answer, or why there is none. `warnings` are the server's own: the answer may be partial (a part of a federation was away). */
export type MetricsAnswer<T> =
  | { readonly value: T; readonly warnings: readonly string[]; readonly failure?: undefined }
  | { readonly value?: undefined; readonly failure: Failure };

/** An alert rule as the server evaluates it. */
export interface AlertRule {
  readonly name: string;
  /** How long the expression must hold before the rule fires. */
  readonly forMs: number;
  /** Interval of its group. */
  readonly everyMs: number;
  readonly labels: Readonly<Record<string, string>>;
  /** False: the last evaluation failed. `problem` has the server's words. */
  readonly well: boolean;
  readonly problem?: string;
}

/** Something that is scraped. */
export interface ScrapeTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly up: boolean;
  readonly everyMs: number;
  readonly lastAtMs?: number;
  readonly problem?: string;
}
