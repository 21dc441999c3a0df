import { DEFAULT_METRIC_QUESTIONS, fillQuery, METRIC_QUESTIONS } from '../../../src/domain/metric-questions.js';
import type { MetricSeries, MetricsAnswer } from '../../../src/domain/metric-series.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { ReviewTimes } from '../../../src/domain/plan.js';
import type { MetricsPort } from '../../../src/ports/metrics.js';
import type { ReadScope } from '../../../src/ports/scope.js';
import type { World } from '../world/types.js';
import { perform } from './perform.js';

/** Milliseconds, as everything in a world that lives in real time. */
export const WORLD_REVIEW_TIMES: ReviewTimes = { beforeMs: 1_000, afterMs: 400, rateMs: 100, stepMs: 50 };

const PLACES = { application: { job: 'geosync-api' }, database: {}, postgres: { job: 'postgres' }, rateMs: WORLD_REVIEW_TIMES.rateMs };

/** A monitoring system in memory: one number for each query, as the world has it, at every moment. */
export function createFakeMetrics(world: World): MetricsPort {
  const { metrics } = world;
  const ask = async <T>(call: string, scope: ReadScope, act: () => MetricsAnswer<T>): Promise<MetricsAnswer<T>> => {
    try {
      return await perform(world, scope, {
        call: `metrics.${call}`,
        effect: false,
        reach: () => metrics.reach,
        // A failure is an answer here; the error only carries it out of the network.
        refused: () => new HoldfastError('HF_NODE_UNREACHABLE', 'refused'),
        silent: () => new HoldfastError('HF_NODE_UNREACHABLE', 'timeout'),
        act,
      });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'HF_NODE_UNREACHABLE') throw error;
      const kind = error.message.includes('timeout') ? 'timeout' : 'refused';
      return { failure: { kind, text: `${call}: ${kind}` } };
    }
  };
  const series = (query: string, moments: readonly number[]) =>
    (metrics.series.get(query) ?? []).map(({ labels, value }) => ({
      labels,
      samples: moments.map((atMs) => ({ atMs, value: value(atMs) })),
    }));
  return {
    kind: 'world',
    able: true,
    questions: METRIC_QUESTIONS.map((name) => {
      const question = { ...DEFAULT_METRIC_QUESTIONS[name], name };
      return { question, query: fillQuery(question.query, PLACES) };
    }),
    times: WORLD_REVIEW_TIMES,
    ready: (scope) => ask('ready', scope, () => ({ value: 'ready', warnings: [] })),
    range: ({ name, query }, { fromMs, toMs, stepMs }, scope) =>
      ask<readonly MetricSeries[]>(name, scope, () => {
        if (query === metrics.nonsense) return { failure: { kind: 'invalid', text: `${name}: bad_data` } };
        const moments = Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, i) => fromMs + i * stepMs);
        return { value: series(query, moments), warnings: metrics.warnings };
      }),
    instant: ({ name, query }, atMs, scope) =>
      ask<readonly MetricSeries[]>(name, scope, () =>
        query === metrics.nonsense
          ? { failure: { kind: 'invalid', text: `${name}: bad_data` } }
          : { value: series(query, [atMs]), warnings: metrics.warnings },
      ),
    rules: (scope) => ask('rules', scope, () => ({ value: metrics.rules, warnings: [] })),
    targets: (scope) => ask('targets', scope, () => ({ value: metrics.targets, warnings: [] })),
  };
}
