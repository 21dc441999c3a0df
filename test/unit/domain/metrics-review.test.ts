import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MetricQuestion } from '../../../src/domain/metric-questions.js';
import type { MetricSeries, MetricsAnswer } from '../../../src/domain/metric-series.js';
import { formatMetric, judgeQuestion, metricsReview, recommendationsOf } from '../../../src/domain/metrics-review.js';
import type { ReviewLine, WindowAnswers } from '../../../src/domain/metrics-review.js';
import type { ReviewWindows } from '../../../src/domain/review-windows.js';

const windows: ReviewWindows = {
  before: { fromMs: 0, toMs: 90_000, stepMs: 10_000 },
  during: { fromMs: 100_000, toMs: 190_000, stepMs: 10_000 },
  after: { fromMs: 200_000, toMs: 290_000, stepMs: 10_000 },
  moments: { lostAtMs: 100_000, settledAtMs: 190_000 },
};
type Values = readonly number[];
const one = (fromMs: number, values: Values): MetricSeries => ({
  labels: {},
  samples: values.map((value, n) => ({ atMs: fromMs + n * 10_000, value })),
});
const answer = (fromMs: number, values: Values): MetricsAnswer<readonly MetricSeries[]> => ({
  value: values.length === 0 ? [] : [one(fromMs, values)],
  warnings: [],
});
const steady = (value: number): Values => Array.from({ length: 10 }, () => value);
const answers = (before: Values, during: Values, after: Values): WindowAnswers => ({
  before: answer(0, before),
  during: answer(100_000, during),
  after: answer(200_000, after),
});
const question = (over: Partial<MetricQuestion> = {}): MetricQuestion => ({
  name: 'q',
  query: 'x',
  means: 'something',
  unit: 'seconds',
  better: 'lower',
  look: 'median',
  advice: 'Do something.',
  limit: 1,
  factor: 2,
  ...over,
});
const judge = (over: Partial<MetricQuestion>, given: WindowAnswers, engaged?: boolean): ReviewLine =>
  judgeQuestion({ question: question(over), query: 'x', answers: given }, windows, engaged);
const SPIKE = [...steady(0.1).slice(1), 9];

describe('judgeQuestion', () => {
  test.each<[string, Partial<MetricQuestion>, WindowAnswers, ReviewLine['result'], RegExp]>([
    ['as before', {}, answers(steady(0.1), steady(3), steady(0.11)), 'ok', /^110 ms after, 100 ms before, at worst 3 s during\.$/],
    ['twice as much is no finding', {}, answers(steady(0.1), [], steady(0.2)), 'ok', /during\.$/],
    ['more than twice', {}, answers(steady(0.1), [], steady(0.21)), 'worse', /more than 2 times as much\.$/],
    ['more than twice of nothing, below the floor', { floor: 0.5 }, answers(steady(0.1), [], steady(0.4)), 'ok', /^400 ms after/],
    ['above the bound, though it was before', {}, answers(steady(2), [], steady(1.5)), 'worse', /above the bound of 1 s/],
    ['one bad sample, by the median', {}, answers(steady(0.1), [], SPIKE), 'ok', /^100 ms after/],
    ['one bad sample, by the worst', { look: 'worst' }, answers(steady(0.1), [], SPIKE), 'worse', /^9 s after/],
    ['only a bound, nothing before', {}, answers([], [], steady(0.2)), 'ok', /unknown \(no such series\) before/],
    [
      'no bound and nothing before',
      { limit: undefined } as never,
      answers([], [], steady(0.2)),
      'missing',
      /Nothing to compare with before/,
    ],
    ['no series after', {}, answers(steady(0.1), steady(0.1), []), 'missing', /Nothing to judge after the run: no such series/],
    ['no number after', {}, answers(steady(0.1), [], steady(Number.NaN)), 'missing', /10 samples, none of them a number/],
    [
      'too few moments after',
      {},
      answers(steady(0.1), [], steady(0.1).slice(6)),
      'missing',
      /in the 90 s after the run: only 4 of 10 moments/,
    ],
    ['half of the moments are enough', {}, answers(steady(0.1), [], steady(0.1).slice(5)), 'ok', /after/],
    ['holes of NaN count as holes', {}, answers(steady(0.1), [], [0.1, ...steady(Number.NaN).slice(1)]), 'missing', /only 1 of 10/],
    ['higher: as before', { better: 'higher', limit: 0 }, answers(steady(10), [], steady(5)), 'ok', /after/],
    ['higher: less than half', { better: 'higher', limit: 0 }, answers(steady(10), [], steady(4.9)), 'worse', /less than one part in 2/],
    ['higher: not above the bound', { better: 'higher', limit: 0 }, answers([], [], steady(0)), 'worse', /not above 0/],
    [
      'higher: fewer',
      { better: 'higher', look: 'worst', factor: 1, unit: 'count' },
      answers(steady(3), [], [...steady(3).slice(1), 2]),
      'worse',
      /^2 after, 3 before.*fewer than before/,
    ],
  ])('%s', (_name, over, given, result, sentence) => {
    const line = judge(over, given);
    expect(line).toMatchObject({ result, sentence: expect.stringMatching(sentence) as string });
    expect(line.recommendation === undefined).toBe(result === 'ok');
    expect(line.recommendation?.includes('metrics.prometheus.queries.q') === true).toBe(result === 'missing');
  });

  test.each<[string, boolean | undefined, Values, ReviewLine['result']]>([
    ['clear and all say clear', false, steady(0), 'ok'],
    ['clear and one says engaged', false, [...steady(0).slice(1), 1], 'worse'],
    ['engaged and all say engaged', true, steady(1), 'ok'],
    ['engaged and one says clear', true, [...steady(1).slice(1), 0], 'worse'],
    ['no row was read', undefined, steady(0), 'missing'],
  ])('the switch: %s', (_name, engaged, after, result) => {
    expect(judge({ better: 'as-the-row', look: 'worst', unit: 'switch' }, answers([], [], after), engaged).result).toBe(result);
  });

  test('a failed query is missing in its own words, whatever the others said', () => {
    const failed = { failure: { kind: 'timeout', text: 'no answer within 5000 ms' } } as const;
    expect(judge({}, { ...answers(steady(0.1), steady(0.1), []), after: failed }).sentence).toContain('timeout: no answer within 5000 ms');
  });

  test('what is off says why, and is never ok', () => {
    expect(judge({ off: 'a pooler stands in front' }, answers([], [], []))).toMatchObject({
      result: 'off',
      sentence: 'Not looked at: a pooler stands in front.',
    });
  });

  test('absence is no evidence: whatever was before, without numbers after nothing is ok', () => {
    const some = fc.array(fc.double(), { maxLength: 12 });
    const nothing = fc.array(fc.constantFrom(Number.NaN, Infinity, -Infinity), { maxLength: 12 });
    const better = fc.constantFrom('lower', 'higher', 'as-the-row');
    fc.assert(
      fc.property(some, some, nothing, better, fc.boolean(), (before, during, after, way, engaged) => {
        expect(judge({ better: way as MetricQuestion['better'] }, answers(before, during, after), engaged).result).toBe('missing');
      }),
    );
  });

  test('whatever is answered, a line survives JSON as it is: no NaN and no infinity is kept', () => {
    const any = fc.array(fc.double(), { maxLength: 12 });
    fc.assert(
      fc.property(any, any, any, (before, during, after) => {
        const line = judge({}, answers(before, during, after));
        // -0 becomes 0, which is the same measure.
        expect(JSON.parse(JSON.stringify(line))).toEqual(JSON.parse(JSON.stringify(line).replaceAll('-0,', '0,')));
        expect(JSON.stringify(line)).not.toContain('null');
      }),
    );
  });
});

describe('metricsReview', () => {
  const well = judge({}, answers(steady(0.1), [], steady(0.1)));
  const worse = judge({ name: 'w' }, answers(steady(0.1), [], steady(0.9)));
  const missing = judge({ name: 'm' }, answers([], [], []));
  const off = judge({ off: 'why' }, answers([], [], []));
  const review = (lines: readonly ReviewLine[], problem?: string) =>
    metricsReview({ windows, lines, thresholds: [], warnings: [], ...(problem === undefined ? {} : { problem }) });

  test.each([
    ['ok', [well, off]],
    ['worse', [well, worse, missing]],
    ['incomplete', [well, missing]],
  ])('%s', (verdict, lines) => {
    expect(review(lines).verdict).toBe(verdict);
  });

  test('a server that did not answer leaves everything open', () => {
    expect(review([], 'refused').verdict).toBe('incomplete');
  });

  test('recommendations: worse first, then thresholds, then missing, each once', () => {
    const threshold = { name: 't', setting: 's', neededMs: 9, allowedMs: 10, sentence: '', recommendation: 'Tune.' };
    const all = recommendationsOf({ ...review([missing, well, worse, worse]), thresholds: [threshold] });
    expect(all).toEqual(['Do something.', 'Tune.', expect.stringContaining('m could not be judged')]);
  });
});

test.each([
  [0.1234, 'share', '12.3 %'],
  [0.0042, 'seconds', '4.2 ms'],
  [12.34, 'seconds', '12.3 s'],
  [0.5, 'per-second', '0.5/s'],
  [3, 'count', '3'],
  [1, 'switch', 'engaged'],
  [0, 'switch', 'clear'],
  [0.5, 'switch', '0.5'],
] as const)('%d as %s is %s', (value, unit, text) => {
  expect(formatMetric(value, unit)).toBe(text);
});
