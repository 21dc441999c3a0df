import { expect, test } from 'vitest';
import { DEFAULT_METRIC_QUESTIONS, fillQuery, METRIC_QUESTIONS } from '../../../src/domain/metric-questions.js';
import type { QueryPlaces } from '../../../src/domain/metric-questions.js';

const places: QueryPlaces = {
  application: { job: 'api', env: 'prod' },
  database: {},
  postgres: { job: 'pg "a\\b"' },
  rateMs: 90_000,
};

test.each([
  ['up{$application}', 'up{job="api",env="prod"}'],
  ['up{$database}', 'up{}'],
  ['x{$database,a="b"}', 'x{a="b"}'],
  ['x{$application,$database,a="b,,c"}[$rate]', 'x{job="api",env="prod",a="b,,c"}[90s]'],
  ['x{$application,$database}', 'x{job="api",env="prod",}'],
  ['pg_up{$postgres}', 'pg_up{job="pg \\"a\\\\b\\""}'],
  ['x{a="$rates $other"}', 'x{a="$rates $other"}'],
])('%s is filled as %s', (query, filled) => {
  expect(fillQuery(query, places)).toBe(filled);
});

test('a rate is never over less than a second', () => {
  expect(fillQuery('[$rate]', { ...places, rateMs: 100 })).toBe('[1s]');
});

test('every question has a meaning, an advice, places of its own, and a rule to be judged by', () => {
  for (const name of METRIC_QUESTIONS) {
    const question = DEFAULT_METRIC_QUESTIONS[name];
    expect(question.means, name).not.toBe('');
    expect(question.advice, name).toMatch(/\.$/);
    expect(question.query, name).toMatch(/\$(application|postgres)/);
    expect(question.better === 'as-the-row' || (question.limit ?? question.factor) !== undefined, name).toBe(true);
  }
});
