/** Judges what a monitoring system says of before, during and after a run. Pure; absence is never taken for health. */
import type { MetricQuestion, MetricUnit } from './metric-questions.js';
import type { MetricRange, MetricSeries, MetricsAnswer } from './metric-series.js';
import type { ReviewWindows } from './review-windows.js';
import type { ThresholdFinding } from './threshold-review.js';

export const WINDOW_NAMES = ['before', 'during', 'after'] as const;
export type WindowName = (typeof WINDOW_NAMES)[number];

/** What one window said, as finite numbers; or in words why it said nothing. */
export interface WindowValue {
  /** Usual value: the median of all samples of all series. */
  readonly median?: number;
  /** The worst sample. */
  readonly worst?: number;
  readonly series: number;
  readonly samples: number;
  /** Why there is no value, or what is doubtful about it. */
  readonly why?: string;
}

/** `missing`: it cannot be judged, which is a finding of its own. `off`: not asked, by configuration. */
export type ReviewResult = 'ok' | 'worse' | 'missing' | 'off';

/** One question, answered. */
export interface ReviewLine {
  readonly name: string;
  readonly means: string;
  readonly unit: MetricUnit;
  readonly result: ReviewResult;
  /** One sentence: the numbers that decided, or what is missing. */
  readonly sentence: string;
  readonly windows: Readonly<Record<WindowName, WindowValue>>;
  /** What to do; only when worse or missing. */
  readonly recommendation?: string;
  readonly query: string;
}

/** The whole review: what is archived and what the report shows. */
export interface MetricsReview {
  readonly schema: 1;
  /** `worse` when anything is, else `incomplete` when anything is missing, else `ok`. */
  readonly verdict: 'ok' | 'worse' | 'incomplete';
  readonly windows: ReviewWindows;
  readonly lines: readonly ReviewLine[];
  /** The run’s own times against the thresholds of its plan. */
  readonly thresholds: readonly ThresholdFinding[];
  /** Warnings of the server: the answers may be partial. */
  readonly warnings: readonly string[];
  /** Set when the server did not answer at all. */
  readonly problem?: string;
}

/** The review as far as a report has it. */
export type ReportedReview =
  | { readonly state: 'done'; readonly review: MetricsReview; readonly where: string }
  /** It waits until the time after the run is over; the report is then written again. */
  | { readonly state: 'later'; readonly atMs: number }
  | { readonly state: 'none'; readonly why: string };

export type WindowAnswers = Readonly<Record<WindowName, MetricsAnswer<readonly MetricSeries[]>>>;

/** One question with its filled query and what was answered. */
export interface AskedQuestion {
  readonly question: MetricQuestion;
  readonly query: string;
  readonly answers: WindowAnswers;
}

/** Fewer samples than this share of a window are no picture of it. */
const COVERAGE = 0.5;

/** Judges one question. `engaged` is the switch as the run read it last; undefined when it did not. */
export function judgeQuestion(asked: AskedQuestion, windows: ReviewWindows, engaged: boolean | undefined): ReviewLine {
  const { question, query } = asked;
  const value = (name: WindowName): WindowValue => windowValue(question, asked.answers[name], windows[name], engaged);
  const values = { before: value('before'), during: value('during'), after: value('after') };
  const base = { name: question.name, means: question.means, unit: question.unit, query, windows: values };
  if (question.off !== undefined) return { ...base, result: 'off', sentence: `Not looked at: ${question.off}.` };
  const missing = whatIsMissing(question, values, windows.after, engaged);
  if (missing !== undefined) {
    return {
      ...base,
      result: 'missing',
      sentence: missing,
      recommendation: `${question.name} could not be judged: see that the query returns a series, or give another one in \`metrics.prometheus.queries.${question.name}\`.`,
    };
  }
  const worse = whyWorse(question, values, engaged);
  const numbers = numbersOf(question, values);
  return worse === undefined
    ? { ...base, result: 'ok', sentence: `${numbers}.` }
    : { ...base, result: 'worse', sentence: `${numbers}: ${worse}.`, recommendation: question.advice };
}

/** Puts a review together. */
export function metricsReview(parts: Omit<MetricsReview, 'schema' | 'verdict'>): MetricsReview {
  const has = (result: ReviewResult): boolean => parts.lines.some((line) => line.result === result);
  const incomplete = parts.problem !== undefined || has('missing');
  return { schema: 1, verdict: has('worse') ? 'worse' : incomplete ? 'incomplete' : 'ok', ...parts };
}

/** What people should do after the run, most urgent first, without repetition. */
export function recommendationsOf(review: MetricsReview): readonly string[] {
  const of = (result: ReviewResult): readonly string[] =>
    review.lines.filter((line) => line.result === result).flatMap((line) => line.recommendation ?? []);
  const tuning = review.thresholds.flatMap((finding) => finding.recommendation ?? []);
  return [...new Set([...of('worse'), ...tuning, ...of('missing')])];
}

/** A number with its unit, for people. */
export function formatMetric(value: number, unit: MetricUnit): string {
  const short = (n: number): string => String(Number(n.toPrecision(3)));
  switch (unit) {
    case 'share':
      return `${short(value * 100)} %`;
    case 'seconds':
      return value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;
    case 'per-second':
      return `${short(value)}/s`;
    case 'count':
      return short(value);
    case 'switch':
      return value === 0 ? 'clear' : value === 1 ? 'engaged' : short(value);
  }
}

function windowValue(
  question: MetricQuestion,
  answer: MetricsAnswer<readonly MetricSeries[]>,
  window: MetricRange,
  engaged: boolean | undefined,
): WindowValue {
  if (answer.failure !== undefined) return { series: 0, samples: 0, why: `${answer.failure.kind}: ${answer.failure.text}` };
  const all = answer.value.flatMap((one) => one.samples);
  const values = all.map((sample) => sample.value).filter(Number.isFinite);
  const counts = { series: answer.value.length, samples: values.length };
  if (all.length === 0) return { ...counts, why: 'no such series' };
  if (values.length === 0) return { ...counts, why: `${all.length} samples, none of them a number (no traffic)` };
  const sorted = values.toSorted((a, b) => a - b);
  const [lowest = 0, highest = 0] = [sorted[0], sorted.at(-1)];
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const wanted = engaged === true ? 1 : 0;
  const furthest = Math.abs(lowest - wanted) > Math.abs(highest - wanted) ? lowest : highest;
  const worst = question.better === 'lower' ? highest : question.better === 'higher' ? lowest : furthest;
  const expected = Math.floor((window.toMs - window.fromMs) / window.stepMs) + 1;
  // By moments, not by samples: many series of which one was there for a moment would look complete.
  const seen = new Set(answer.value.flatMap((one) => one.samples.filter((s) => Number.isFinite(s.value)).map((s) => s.atMs))).size;
  return { ...counts, median: middle, worst, ...(seen < expected * COVERAGE ? { why: `only ${seen} of ${expected} moments` } : {}) };
}

type Values = Readonly<Record<WindowName, WindowValue>>;

function whatIsMissing(
  question: MetricQuestion,
  { before, after }: Values,
  window: MetricRange,
  engaged: boolean | undefined,
): string | undefined {
  if (after.median === undefined) return `Nothing to judge after the run: ${after.why ?? 'no value'}.`;
  const seconds = Math.round((window.toMs - window.fromMs) / 1000);
  if (after.why !== undefined) return `Too little to judge in the ${seconds} s after the run: ${after.why}.`;
  if (question.better === 'as-the-row')
    return engaged === undefined ? 'The run read no row that the switch could be compared with.' : undefined;
  // Without anything before, an absolute bound still judges.
  if (before.median === undefined && question.limit === undefined)
    return `Nothing to compare with before the run: ${before.why ?? 'no value'}.`;
  return undefined;
}

function whyWorse(question: MetricQuestion, { before, after }: Values, engaged: boolean | undefined): string | undefined {
  const now = (question.look === 'worst' ? after.worst : after.median) ?? 0;
  const show = (value: number): string => formatMetric(value, question.unit);
  const { limit, factor, floor } = question;
  const base = before.median;
  switch (question.better) {
    case 'as-the-row': {
      const wanted = engaged === true ? 1 : 0;
      return now === wanted ? undefined : `the row on the primary says ${show(wanted)}`;
    }
    case 'lower':
      if (limit !== undefined && now > limit) return `above the bound of ${show(limit)}`;
      if (base !== undefined && factor !== undefined && now > base * factor && now > (floor ?? 0))
        return `more than ${factor} times as much`;
      return undefined;
    case 'higher':
      if (limit !== undefined && now <= limit) return `not above ${show(limit)}`;
      if (base !== undefined && factor !== undefined && now < base / factor)
        return factor === 1 ? 'fewer than before' : `less than one part in ${factor} of before`;
      return undefined;
  }
}

function numbersOf({ look, unit }: MetricQuestion, { before, during, after }: Values): string {
  const part = (value: WindowValue, which: 'median' | 'worst'): string => {
    const number = value[which];
    return number === undefined ? `unknown (${value.why ?? 'no value'})` : formatMetric(number, unit);
  };
  return `${part(after, look)} after, ${part(before, 'median')} before, at worst ${part(during, 'worst')} during`;
}
