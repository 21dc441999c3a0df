// needs: postgres, prometheus
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../lab/instances.js';
import { prepareApplication } from '../../lab/instances.js';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGround, startPair } from '../../lab/postgres/index.js';
import type { LabPrometheus } from '../../lab/prometheus.js';
import { applicationTargets, startPrometheus } from '../../lab/prometheus.js';
import { createActivities } from '../../src/activities/index.js';
import { createPrometheusMetrics } from '../../src/adapters/prometheus/metrics.js';
import { checkMetrics } from '../../src/cli/check/check-metrics.js';
import { loadConfig } from '../../src/config/load.js';
import { DEFAULT_METRIC_QUESTIONS, METRIC_QUESTIONS } from '../../src/domain/metric-questions.js';
import type { MetricsReview } from '../../src/domain/metrics-review.js';
import type { RunFacts } from '../../src/domain/run-facts.js';
import type { MetricsPort } from '../../src/ports/metrics.js';
import { health, until } from '../lab/support.js';
import { activityScope } from '../support/activity-scope.js';
import { buildPlan, buildRunFacts } from '../support/build-run.js';
import { createFakePorts } from '../support/fakes/index.js';
import { createWorld } from '../support/world/create.js';
import { realScope } from './harness.js';
import { startHttpDouble } from './http-double.js';
import type { HttpDouble } from './http-double.js';

const LAB_MS = 120_000;
const FULL = fileURLToPath(new URL('../../examples/holdfast.full.yaml', import.meta.url));
const SECOND = 1000;
/** Every interval of the lab’s Prometheus is one second. */
const TIMES = { beforeMs: 5 * SECOND, afterMs: 5 * SECOND, rateMs: 4 * SECOND, stepMs: SECOND };
/** Nobody writes the switch here, so that nothing can be said of writes. */
const UNANSWERED = 'commit-latency';
/** The names of the usual PostgreSQL exporter (postgres_exporter, its documentation); no exporter runs. */
const EXPORTER = `pg_up 1
pg_replication_lag_seconds 0.2
pg_stat_activity_count{datname="geosync",state="active"} 3
pg_stat_activity_count{datname="geosync",state="idle"} 5
pg_settings_max_connections 100
`;

let ground: Ground;
let application: Application;
let prometheus: LabPrometheus;
let exporter: HttpDouble;
let port: MetricsPort;
let readers = true;
let reading: Promise<void>;

/** Readiness probes: each reads the switch, so that there is traffic to measure. */
async function keepReading(): Promise<void> {
  while (readers) {
    await Promise.all(application.instances.map((instance) => health(instance).catch(() => undefined)));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  ground = await breakGround('metrics-review');
  const pair = await startPair(ground);
  application = await prepareApplication(ground, pair, { count: 2, behaviour: {}, dsnForm: 'json' });
  await Promise.all(application.instances.map((instance) => instance.start()));
  exporter = await startHttpDouble(() => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: EXPORTER }));
  prometheus = await startPrometheus(ground, {
    targets: [
      ...applicationTargets(application.instances),
      { job: 'postgres', instance: 'db-b', address: '127.0.0.1', port: Number(new URL(exporter.url).port) },
    ],
    rules: [
      { alert: 'KillSwitchStoreDown', expr: 'up{job="geosync"} == 0', for: '30s', labels: { severity: 'page' } },
      { record: 'instances:up', expr: 'sum(up{job="geosync"})' },
    ],
  });
  port = createPrometheusMetrics({
    url: prometheus.url,
    timeoutMs: 5 * SECOND,
    selectors: { application: { job: 'geosync' }, database: { database: 'kill_switch' }, postgres: { job: 'postgres' } },
    questions: METRIC_QUESTIONS.map((name) => ({ ...DEFAULT_METRIC_QUESTIONS[name], name })),
    times: TIMES,
  });
  reading = keepReading();
  await prometheus.waitUntilScraped();
}, LAB_MS);

afterAll(async () => {
  readers = false;
  await reading;
  await exporter.close();
  await ground.guardian.release(false);
}, LAB_MS);

/** A run that lost control at one moment and had verified its last instance at another. */
function factsOf(lostAtMs: number, settledAtMs: number, engaged = false): RunFacts {
  return buildRunFacts({
    startedAtMs: lostAtMs,
    control: { lostAtMs, backAtMs: settledAtMs },
    steps: [{ step: 'verify', startedAtMs: lostAtMs, endedAtMs: settledAtMs, result: 'done', detail: '' }],
    target: { node: 'b', host: 'db-b.test', port: 5432, timeline: 2, how: 'promoted' },
    row: { engaged, reason: engaged ? 'drawdown' : '', updatedAtMs: lostAtMs },
    result: {
      schema: 1,
      outcome: 'verified',
      summary: 'verified',
      store: 'payments',
      incident: 'inc',
      times: { totalMs: settledAtMs - lostAtMs, humanMs: 0, machineMs: settledAtMs - lostAtMs },
      obligations: [],
    },
  });
}

async function review(facts: RunFacts): Promise<{ readonly review: MetricsReview; readonly where: string }> {
  const ports = { ...createFakePorts(createWorld()), metrics: port };
  const activities = createActivities({
    portsFor: () => ({ ...ports, archive: { ...ports.archive, put: (name) => Promise.resolve(name) } }),
    planFor: () => Promise.reject(new Error('unused')),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  return activities.reviewMetrics({ plan: buildPlan(), facts, key: 'k' }, activityScope(Date.now));
}
const results = (held: MetricsReview) => Object.fromEntries(held.lines.map((line) => [line.name, line.result]));
const line = (held: MetricsReview, name: string) => held.lines.find((one) => one.name === name);

/** The tests of this file are one story, in order. */
describe('the metrics review on a real Prometheus', { timeout: LAB_MS }, () => {
  test('it is ready, and says what it scrapes and which alerts it evaluates', async () => {
    expect(await port.ready(realScope())).toMatchObject({ value: expect.stringMatching(/is Ready/) as string });
    const targets = await port.targets(realScope());
    expect(targets.value?.map(({ labels, up, everyMs }) => [labels['instance'], up, everyMs]).toSorted()).toEqual([
      ['app-1', true, SECOND],
      ['app-2', true, SECOND],
    ]);
    expect((await port.rules(realScope())).value).toEqual([
      { name: 'KillSwitchStoreDown', forMs: 30 * SECOND, everyMs: SECOND, labels: { severity: 'page' }, well: true },
    ]);
  });

  test('every query of the profile is PromQL, and those of what is measured have a series', async () => {
    await until('reads are counted over a whole interval', async () => {
      const { value } = await port.instant({ name: 'reads', query: port.questions[1]?.query ?? '' }, Date.now(), realScope());
      return (value?.[0]?.samples[0]?.value ?? 0) > 0;
    });
    const answers = await Promise.all(
      port.questions.map(async ({ question, query }) => {
        const { value, failure } = await port.instant({ name: question.name, query }, Date.now(), realScope());
        return [
          question.name,
          failure?.text ?? (value?.some((one) => Number.isFinite(one.samples[0]?.value)) === true ? 'number' : 'none'),
        ];
      }),
    );
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(METRIC_QUESTIONS.map((name) => [name, name === UNANSWERED ? 'none' : 'number'])),
    );
  });

  test('readiness says the longest way from a failure to its alert, by what the server itself says', async () => {
    const { config } = await loadConfig(FULL);
    const items = await checkMetrics(config, 'kill-switch', port, realScope());
    expect(items.filter((item) => item.state === 'fail')).toEqual([]);
    expect(items.find((item) => item.area === 'alert KillSwitchStoreDown')?.detail).toMatch(
      /^at most 1 min 2 s from .*scrape 1 s \+ evaluation 1 s \+ for 30 s \+ group_wait 30 s/,
    );
    expect(items.find((item) => item.area === 'scrape')?.detail).toBe('2 of 2 targets up, every 1 s');
  });

  test('what it refuses is a failure in its own words', async () => {
    const now = Date.now();
    const at = { fromMs: now - 20_000 * SECOND, toMs: now, stepMs: SECOND };
    expect((await port.range({ name: 'long', query: 'up' }, at, realScope())).failure).toMatchObject({
      kind: 'invalid',
      code: 'bad_data',
      text: expect.stringContaining('11,000') as string,
    });
    expect((await port.instant({ name: 'nonsense', query: 'sum(' }, now, realScope())).failure).toMatchObject({ kind: 'invalid' });
    const twice = 'up * on () up';
    expect((await port.instant({ name: 'many', query: twice }, now, realScope())).failure).toMatchObject({
      kind: 'invalid',
      code: 'execution',
    });
  });

  test('a run that changed nothing: what is seen is well, what nobody measures is missing', async () => {
    const lostAtMs = Date.now();
    await until('the time after is over', () => Date.now() > lostAtMs + TIMES.rateMs + TIMES.afterMs + 3 * SECOND, LAB_MS);
    const { review: held, where } = await review(factsOf(lostAtMs, lostAtMs + SECOND));
    expect(results(held)).toEqual(Object.fromEntries(METRIC_QUESTIONS.map((name) => [name, name === UNANSWERED ? 'missing' : 'ok'])));
    expect(held.verdict).toBe('incomplete');
    expect(line(held, 'pool-exhaustion')?.windows.after).toMatchObject({ median: 0.08, worst: 0.08 });
    expect(line(held, 'replication-lag')?.windows.after.median).toBe(0.2);
    expect(line(held, 'commit-latency')?.sentence).toMatch(/no such series|none of them a number/);
    expect(where).toMatch(/^payments\/payments-20261123-030000\/metrics-1-[0-9a-f]{12}\.json$/);
    // The same metrics, of a run that read an engaged row: the instances say otherwise.
    const { review: engaged } = await review(factsOf(lostAtMs, lostAtMs + SECOND, true));
    expect(line(engaged, 'switch-state')).toMatchObject({ result: 'worse', sentence: expect.stringContaining('engaged') as string });
  });

  test('an instance that did not come back is worse, and so named', async () => {
    const lostAtMs = Date.now();
    await application.instances[1]!.kill();
    const settledAtMs = Date.now();
    await until('the time after is over', () => Date.now() > settledAtMs + TIMES.rateMs + TIMES.afterMs + 3 * SECOND, LAB_MS);
    const { review: held } = await review(factsOf(lostAtMs, settledAtMs));
    expect(held.verdict).toBe('worse');
    expect(line(held, 'instances-up')).toMatchObject({
      result: 'worse',
      sentence: expect.stringMatching(/^1 after, 2 before, .*: fewer than before\.$/) as string,
    });
    expect(line(held, 'store-operational')?.windows.after.median).toBeGreaterThan(0);
  });

  test('a server that is gone is the finding, and nothing is called well', async () => {
    await prometheus.kill();
    const { review: held, where } = await review(factsOf(Date.now() - 60 * SECOND, Date.now() - 30 * SECOND));
    expect(held).toMatchObject({ verdict: 'incomplete', lines: [], problem: expect.stringContaining('refused') as string });
    expect(where).toBe('');
  });
});
