// needs: prometheus
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../lab/instances.js';
import { prepareApplication } from '../../lab/instances.js';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGround, startPair } from '../../lab/postgres/index.js';
import type { LabPrometheus } from '../../lab/prometheus.js';
import { applicationTargets, startPrometheus } from '../../lab/prometheus.js';
import { health, until } from './support.js';

const LAB_MS = 120_000;
let ground: Ground;
let application: Application;
let prometheus: LabPrometheus;

beforeAll(async () => {
  ground = await breakGround('prometheus');
  const pair = await startPair(ground);
  application = await prepareApplication(ground, pair, { count: 2, behaviour: {}, dsnForm: 'json' });
  await Promise.all(application.instances.map((instance) => instance.start()));
  prometheus = await startPrometheus(ground, {
    targets: applicationTargets(application.instances),
    rules: [
      { record: 'instances:up', expr: 'sum(up{job="geosync"})' },
      { alert: 'ApplicationDown', expr: 'up{job="geosync"} == 0', labels: { severity: 'critical' } },
    ],
  });
}, LAB_MS);

afterAll(async () => {
  await ground.guardian.release(false);
}, LAB_MS);

/** The tests of this file are one story, in order. */
describe('Prometheus', { timeout: LAB_MS }, () => {
  test('scrapes each instance of the application, whose Host header is its own', async () => {
    await prometheus.waitUntilScraped();
    const switches = await prometheus.query('geosync_risk_kill_switch{job="geosync"}');
    expect(Object.fromEntries(switches.map(({ labels, value }) => [labels['instance'], value]))).toEqual({ 'app-1': 0, 'app-2': 0 });
  });

  test('counts the application’s reads as they come', async () => {
    const reads = async (): Promise<number> =>
      (await prometheus.query('sum(geosync_database_query_total{status="success"})'))[0]?.value ?? 0;
    const before = await reads();
    await Promise.all(application.instances.map((instance) => health(instance)));
    await until('the reads are counted', async () => (await reads()) > before);
  });

  test('evaluates its rules: a dead instance fires, and a refused query says why', async () => {
    await until('both are counted', async () => (await prometheus.query('instances:up'))[0]?.value === 2);
    await application.instances[0]!.kill();
    await until('the alert fires', async () => (await prometheus.query('ALERTS{alertstate="firing"}')).length === 1);
    expect((await prometheus.query('ALERTS{alertstate="firing"}'))[0]?.labels).toMatchObject({
      alertname: 'ApplicationDown',
      instance: 'app-1',
      severity: 'critical',
    });
    await expect(prometheus.waitUntilScraped(100)).rejects.toThrow(/geosync\/app-1 is (down|unknown)/);
    await expect(prometheus.query('sum(')).rejects.toThrow(/Prometheus refused: .*parse error/);
  });

  test('takes other targets while it runs, and keeps what it knows through a kill', async () => {
    await prometheus.setTargets(applicationTargets(application.instances.slice(1)));
    await prometheus.waitUntilScraped();
    await until('the other one is no longer known', async () => (await prometheus.query('up')).length === 1, 30_000);
    await prometheus.kill();
    await expect(prometheus.query('up')).rejects.toThrow('fetch failed');
    await prometheus.restart();
    await prometheus.waitUntilScraped();
    expect((await prometheus.query('count_over_time(geosync_risk_kill_switch{instance="app-1"}[10m])'))[0]?.value).toBeGreaterThan(0);
    expect(await prometheus.query('up{instance="app-2"}')).toMatchObject([{ value: 1 }]);
  });
});
