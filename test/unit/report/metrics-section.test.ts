import { expect, test } from 'vitest';
import { metricsReview } from '../../../src/domain/metrics-review.js';
import type { MetricsReview, ReviewLine } from '../../../src/domain/metrics-review.js';
import { metricsSection } from '../../../src/report/metrics-section.js';
import { renderReport } from '../../../src/report/run-report.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildPlan, buildRunFacts, HOSTILE_TEXT } from '../../support/build-run.js';

const nothing = { series: 0, samples: 0, why: 'no such series' };
const line = (name: string, result: ReviewLine['result'], over: Partial<ReviewLine> = {}): ReviewLine => ({
  name,
  means: 'reads take',
  unit: 'seconds',
  result,
  sentence: `${name} says.`,
  windows: { before: nothing, during: nothing, after: nothing },
  query: 'q',
  ...(result === 'ok' ? {} : { recommendation: `Mend ${name}.` }),
  ...over,
});
const range = (from: number) => ({ fromMs: NOW_MS + from * 1000, toMs: NOW_MS + (from + 60) * 1000, stepMs: 15_000 });
const review = (over: Partial<Omit<MetricsReview, 'schema' | 'verdict'>> = {}): MetricsReview =>
  metricsReview({
    windows: { before: range(0), during: range(60), after: range(120), moments: { lostAtMs: NOW_MS, settledAtMs: NOW_MS } },
    lines: [line('read-latency', 'ok'), line('replication-lag', 'missing'), line('instances-up', 'worse')],
    thresholds: [
      { name: 't', setting: 's', neededMs: 9, allowedMs: 10, sentence: 'verification took 9 s of 10 s.', recommendation: 'Tune it.' },
    ],
    warnings: ['a store was away'],
    ...over,
  });
const shown = (over?: Parameters<typeof review>[0]): string =>
  metricsSection({ state: 'done', review: review(over), where: 'the archive, metrics-1.json' }).join('\n');

test('every question, threshold, warning and recommendation is shown, worst advice first', () => {
  const text = shown();
  for (const words of [
    'WORSE',
    'lies in the archive, metrics-1.json',
    '| read-latency | ok | reads take: read-latency says. |',
    '| replication-lag | missing |',
    '| instances-up | worse |',
    'answers may be partial: a store was away',
    'verification took 9 s of 10 s.',
  ]) {
    expect(text).toContain(words);
  }
  expect(text.slice(text.indexOf('Recommendations')).match(/^- .*/gm)).toEqual([
    '- Mend instances-up.',
    '- Tune it.',
    '- Mend replication-lag.',
  ]);
});

test('a server that did not answer is no good news', () => {
  const text = shown({ lines: [], problem: 'prometheus does not answer: refused' });
  expect(text).toContain('not everything could be seen');
  expect(text).toContain('does not answer: refused');
});

test('a report says that the review comes later, that there is none, or what it says', () => {
  const report = (metrics: Parameters<typeof renderReport>[3]): string => renderReport(buildPlan(), buildRunFacts(), undefined, metrics);
  expect(report({ state: 'later', atMs: NOW_MS })).toContain('a second report with the review is written then');
  expect(report({ state: 'none', why: 'No monitoring system is configured.' })).toContain(
    'Not reviewed: No monitoring system is configured.',
  );
  expect(report(undefined)).toContain('Not reviewed');
  expect(report({ state: 'done', review: review(), where: '' })).toContain('| instances-up | worse |');
});

test('words of the server and of the configuration can end no table, tag or code', () => {
  const hostile = line(HOSTILE_TEXT, 'worse', { means: HOSTILE_TEXT, sentence: HOSTILE_TEXT, recommendation: HOSTILE_TEXT });
  const text = shown({ lines: [hostile], warnings: [HOSTILE_TEXT], problem: HOSTILE_TEXT });
  expect(text).not.toMatch(/<script|\u202e|\]\(https:\/\//);
  const rows = text.split('\n').filter((row) => row.startsWith('|') && row.includes('worse'));
  expect(rows.map((row) => (row.replaceAll('\\|', '').match(/\|/g) ?? []).length)).toEqual([4]);
});
