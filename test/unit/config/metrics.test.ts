import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_GROUP_WAIT_MS, DEFAULT_METRIC_SELECTORS, DEFAULT_REVIEW_TIMES } from '../../../src/config/defaults.js';
import { parseConfig } from '../../../src/config/load.js';
import { metricQuestionsOf, reviewTimesOf } from '../../../src/config/metric-questions.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import { DEFAULT_METRIC_QUESTIONS, METRIC_QUESTIONS } from '../../../src/domain/metric-questions.js';

const first = fileURLToPath(new URL('../../../examples/holdfast.yaml', import.meta.url));
const text = await readFile(first, 'utf8');

/** The first configuration with a monitoring system, as a person would write it. */
function withMetrics(body: string) {
  return parseConfig(
    text.replace(/^( {4})archive:/m, `    metrics: { prometheus: { url: 'https://p.example.org'${body} } }\n$1archive:`),
    'test.yaml',
  );
}
const metricsOf = (body: string) => {
  const metrics = withMetrics(body).config.stores['kill-switch']?.metrics;
  if (metrics === undefined) throw new Error('this test configures metrics');
  return metrics.prometheus;
};
const problemOf = (body: string): string => {
  try {
    withMetrics(body);
  } catch (error) {
    if (error instanceof HoldfastError) return JSON.stringify(error.toRecord());
    throw error;
  }
  return '';
};

test('the times and labels of a review are these', () => {
  expect(DEFAULT_REVIEW_TIMES).toEqual({ beforeMs: 900_000, afterMs: 600_000, rateMs: 60_000, stepMs: 15_000 });
  expect(DEFAULT_GROUP_WAIT_MS).toBe(30_000);
  expect(reviewTimesOf(metricsOf(''))).toEqual(DEFAULT_REVIEW_TIMES);
  expect(metricsOf('').selectors).toEqual(DEFAULT_METRIC_SELECTORS);
});

describe('questions', () => {
  test('without a word they are those of the profile', () => {
    expect(metricQuestionsOf(metricsOf(''))).toEqual(METRIC_QUESTIONS.map((name) => ({ ...DEFAULT_METRIC_QUESTIONS[name], name })));
  });

  test('a query and a bound are replaced, the rest stays; further questions come last', () => {
    const questions = metricQuestionsOf(
      metricsOf(
        `, queries: { replication-lag: { query: my_lag, limit: 5 }, pool-exhaustion: { off: 'a pooler' } }, extra: [{ name: retries, query: r, means: m, advice: A., limit: 0 }]`,
      ),
    );
    const find = (name: string) => questions.find((question) => question.name === name);
    expect(find('replication-lag')).toEqual({
      ...DEFAULT_METRIC_QUESTIONS['replication-lag'],
      name: 'replication-lag',
      query: 'my_lag',
      limit: 5,
    });
    expect(find('pool-exhaustion')?.off).toBe('a pooler');
    expect(questions.at(-1)).toEqual({
      name: 'retries',
      query: 'r',
      means: 'm',
      unit: 'count',
      better: 'lower',
      look: 'median',
      limit: 0,
      factor: 2,
      advice: 'A.',
    });
  });
});

test.each([
  [`, queries: { no-such: { off: x } }`, 'no-such'],
  [`, bearer: 'my-own-token'`, 'is not a reference'],
  [`, bearer: 'env:T', basic: { user: u, password: 'env:P' }`, 'has two credentials'],
  [`, selectors: { application: { 'a-b': x } }`, 'selectors.application.a-b'],
  [`, extra: [{ name: read-latency, query: r, means: m, advice: A. }]`, 'names the question read-latency'],
])('%s is refused', (body, words) => {
  const problem = problemOf(body);
  expect(problem).toContain(words);
  expect(problem).not.toContain('my-own-token');
});
