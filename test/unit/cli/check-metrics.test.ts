import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createNoMetrics } from '../../../src/adapters/prometheus/no-metrics.js';
import { checkMetrics } from '../../../src/cli/check/check-metrics.js';
import { parseConfig } from '../../../src/config/load.js';
import type { AlertRule, ScrapeTarget } from '../../../src/domain/metric-series.js';
import type { MetricsPort } from '../../../src/ports/metrics.js';
import { realScope } from '../../conformance/harness.js';
import { createFakePorts } from '../../support/fakes/index.js';
import { createWorld } from '../../support/world/create.js';
import { FULL } from './support.js';

const text = await readFile(FULL, 'utf8');
const rule: AlertRule = { name: 'KillSwitchStoreDown', forMs: 30_000, everyMs: 15_000, labels: {}, well: true };
const target: ScrapeTarget = { labels: { instance: 'app-1' }, up: true, everyMs: 15_000 };
const value = (one: number) => [{ labels: {}, value: () => one }];

/** A monitoring system that knows everything, changed by the test; rates are over a minute, as by default. */
async function check(
  change: (world: ReturnType<typeof createWorld>, metrics: MetricsPort) => void = () => undefined,
  over: Partial<MetricsPort> = {},
) {
  const world = createWorld();
  const { metrics } = createFakePorts(world);
  world.metrics.rules = [rule];
  world.metrics.targets = [target];
  for (const { query } of metrics.questions) world.metrics.series.set(query, value(1));
  change(world, metrics);
  const { config } = parseConfig(text, FULL);
  const port = { ...metrics, times: { beforeMs: 0, afterMs: 0, rateMs: 60_000, stepMs: 15_000 }, ...over };
  const items = await world.clock.drive(checkMetrics(config, 'kill-switch', port, { ...realScope(), now: () => world.clock.now() }));
  return { items, named: (area: string) => items.filter((item) => item.area === area) };
}
const query = (metrics: MetricsPort, name: string): string => metrics.questions.find((one) => one.question.name === name)?.query ?? '';

describe('check --store: metrics', () => {
  test('all well: the server, the scrape, the alert with the sum of its times, each question', async () => {
    const { items, named } = await check();
    expect(items.filter((item) => item.state !== 'ok')).toEqual([]);
    expect(named('scrape')[0]?.detail).toBe('1 of 1 targets up, every 15 s');
    expect(named('alert KillSwitchStoreDown')[0]?.detail).toBe(
      'at most 1 min 30 s from the failure to the alert: scrape 15 s + evaluation 15 s + for 30 s + group_wait 30 s (configured, not read)',
    );
    expect(items.filter((item) => item.area.startsWith('metric '))).toHaveLength(10);
  });

  test('a question without a series is named with its query; one without a number has no traffic; one that is refused fails', async () => {
    const { named } = await check((world, metrics) => {
      world.metrics.series.delete(query(metrics, 'replication-lag'));
      world.metrics.series.set(query(metrics, 'read-latency'), value(Number.NaN));
      world.metrics.nonsense = query(metrics, 'pool-exhaustion');
    });
    expect(named('metric replication-lag')).toMatchObject([
      { state: 'warn', detail: expect.stringContaining('returns no series: max(pg_') as string },
    ]);
    expect(named('metric read-latency')).toMatchObject([{ state: 'ok', detail: expect.stringContaining('no traffic') as string }]);
    expect(named('metric pool-exhaustion')).toMatchObject([
      { state: 'fail', next: expect.stringContaining('queries.pool-exhaustion') as string },
    ]);
  });

  test.each<[string, readonly AlertRule[], string, RegExp]>([
    ['no rule of the name', [{ ...rule, name: 'Other' }], 'fail', /no such alert rule/],
    ['a rule that cannot be evaluated', [{ ...rule, well: false, problem: 'many-to-many' }], 'fail', /evaluation failed: many-to-many/],
    ['another `for` than the mapping says', [{ ...rule, forMs: 60_000 }], 'warn', /the rule says for 1 min, `alerts` says 30 s/],
    [
      'an alert that comes after the staleness window',
      [{ ...rule, forMs: 300_000 }],
      'warn',
      /at most 6 min .*; trading is to be paused within 5 min/,
    ],
  ])('%s', async (_name, rules, state, detail) => {
    const { named } = await check((world) => (world.metrics.rules = rules));
    expect(named('alert KillSwitchStoreDown').some((item) => item.state === state && detail.test(item.detail))).toBe(true);
  });

  test.each<[string, readonly ScrapeTarget[], string, RegExp]>([
    ['nothing is scraped', [], 'warn', /no target has the labels/],
    [
      'scraped too seldom for the rates',
      [{ ...target, everyMs: 60_000 }],
      'fail',
      /every 1 min, but rates are over 1 min: they will be empty/,
    ],
  ])('%s', async (_name, targets, state, detail) => {
    const { named } = await check((world) => (world.metrics.targets = targets));
    expect(named('scrape')).toMatchObject([{ state, detail: expect.stringMatching(detail) as string }]);
  });

  test('a target that is down is named', async () => {
    const { named } = await check(
      (world) => (world.metrics.targets = [target, { ...target, up: false, labels: { instance: 'app-2' }, problem: 'refused' }]),
    );
    expect(named('scrape app-2')).toMatchObject([{ state: 'fail', detail: 'down: refused' }]);
  });

  test('a federation without rules and targets is no failure', async () => {
    const none = () => Promise.resolve({ failure: { kind: 'missing', text: 'rules: HTTP 404' } } as const);
    const { named } = await check(undefined, { rules: none, targets: none });
    expect([...named('scrape'), ...named('alert rule')].map((item) => item.state)).toEqual(['warn', 'warn']);
  });

  test('a server that does not answer is one failure, and nothing else is asked', async () => {
    const { items } = await check((world) => (world.metrics.reach = 'refuse'));
    expect(items).toMatchObject([{ area: 'metrics', state: 'fail', detail: expect.stringContaining('refused') as string }]);
  });

  test('none configured is a warning', async () => {
    const { config } = parseConfig(text, FULL);
    expect(await checkMetrics(config, 'kill-switch', createNoMetrics(), realScope())).toMatchObject([{ area: 'metrics', state: 'warn' }]);
  });
});
