import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createPrometheusMetrics } from '../../src/adapters/prometheus/metrics.js';
import type { PrometheusOptions } from '../../src/adapters/prometheus/metrics.js';
import { createNoMetrics } from '../../src/adapters/prometheus/no-metrics.js';
import { EXEC_TIMEOUT_MS } from './exec-script.js';
import { CANARY, errorOf, expectNoSecret, realScope, realTime } from './harness.js';
import { startHttpDouble } from './http-double.js';
import type { DoubleAnswer, DoubleRequest } from './http-double.js';
import { describeMetricsConformance } from './metrics.suite.js';
import type { MetricsWorld, PutSeries } from './metrics.suite.js';
import { tempFolder } from './temp-folder.js';

const OPTIONS: Omit<PrometheusOptions, 'url'> = {
  questions: [],
  selectors: { application: { job: 'geosync-api' }, database: {}, postgres: {} },
  times: { beforeMs: 900_000, afterMs: 600_000, rateMs: 60_000, stepMs: 15_000 },
  timeoutMs: EXEC_TIMEOUT_MS,
};
const text = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : `${value}`;

/** What the API answers to a query of the form that Prometheus 2 and 3 use. */
function apiAnswer(request: DoubleRequest, series: readonly PutSeries[], warnings: readonly string[]): DoubleAnswer {
  const form = new URLSearchParams(request.body);
  if (form.get('query')?.includes('((') === true)
    return { status: 400, body: JSON.stringify({ status: 'error', errorType: 'bad_data', error: `parse error near password=${CANARY}` }) };
  const result = series.map(({ labels, value }) => {
    if (request.path === '/api/v1/query') return { metric: labels, value: [Number(form.get('time')), text(value)] };
    const [start, end, step] = ['start', 'end', 'step'].map((key) => Number(form.get(key))) as [number, number, number];
    const steps = Math.floor((end - start) / step + 1e-9) + 1;
    return { metric: labels, values: Array.from({ length: steps }, (_, n) => [start + n * step, text(value)]) };
  });
  const resultType = request.path === '/api/v1/query' ? 'vector' : 'matrix';
  return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType, result }, warnings }) };
}

async function open(): Promise<MetricsWorld> {
  const folder = await tempFolder();
  const token = path.join(folder.dir, 'token');
  await writeFile(token, `${CANARY}-token\n`);
  let series: readonly PutSeries[] = [];
  let warnings: readonly string[] = [];
  let silent = false;
  const double = await startHttpDouble((request) => {
    if (silent) return 'hang';
    if (request.headers.authorization !== `Bearer ${CANARY}-token`) return { status: 401 };
    if (request.path === '/-/ready') return { status: 200, body: 'Prometheus Server is Ready.\n' };
    return apiAnswer(request, series, warnings);
  });
  return {
    ...realTime(async () => {
      await double.close();
      await folder.remove();
    }),
    port: createPrometheusMetrics({ ...OPTIONS, url: `${double.url}/`, bearerRef: `file:${token}` }),
    query: 'max(latency)',
    nonsense: 'max((',
    nowMs: Date.now,
    know: async (put) => void (series = put),
    warn: async (warning) => void (warnings = [warning]),
    become: async (mood) => {
      if (mood === 'silent') silent = true;
      else await double.close();
    },
  };
}

describeMetricsConformance('prometheus, over a protocol double', { open });

/** One server with one answer, asked once. */
async function asked<T>(answer: DoubleAnswer, ask: (port: ReturnType<typeof createPrometheusMetrics>) => Promise<T>, over = {}) {
  const double = await startHttpDouble(() => answer);
  try {
    const result = await ask(createPrometheusMetrics({ ...OPTIONS, url: `${double.url}/prometheus`, ...over }));
    expectNoSecret(result);
    return { result, requests: double.requests };
  } finally {
    await double.close();
  }
}
const query = (port: ReturnType<typeof createPrometheusMetrics>) =>
  port.instant({ name: 'q', query: 'up{job="a"}' }, 1_700_000_000_250, realScope());
const body = (value: unknown, status = 200): DoubleAnswer => ({ status, body: JSON.stringify(value) });
const data = (value: unknown): DoubleAnswer => body({ status: 'success', data: value });

describe('prometheus adapter', () => {
  test('a query is a form, under the path of the address, with credentials and tenant in headers only', async () => {
    process.env['HF_TEST_PROMETHEUS'] = `${CANARY}:pass`;
    const { requests } = await asked(data({ resultType: 'vector', result: [] }), query, {
      basic: { user: 'reader', passwordRef: 'env:HF_TEST_PROMETHEUS' },
      tenant: 'desk-1',
    });
    delete process.env['HF_TEST_PROMETHEUS'];
    const [request] = requests;
    expect(request).toMatchObject({ method: 'POST', path: '/prometheus/api/v1/query', headers: { 'x-scope-orgid': 'desk-1' } });
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      query: 'up{job="a"}',
      time: '1700000000.25',
      timeout: `${EXEC_TIMEOUT_MS}ms`,
    });
    expect(Buffer.from(String(request?.headers.authorization).replace('Basic ', ''), 'base64').toString()).toBe(`reader:${CANARY}:pass`);
  });

  test.each([
    ['bad_data', 400, 'invalid'],
    ['execution', 422, 'invalid'],
    ['timeout', 503, 'timeout'],
    ['canceled', 503, 'timeout'],
    ['unavailable', 503, 'starting'],
    ['internal', 500, 'other'],
    ['something_new', 422, 'invalid'],
    ['something_new', 503, 'starting'],
  ])('an error of type %s with status %i is of kind %s', async (errorType, status, kind) => {
    const error = `the server said why, token=${CANARY}`;
    const { result } = await asked(body({ status: 'error', errorType, error }, status), query);
    expect(result.failure).toMatchObject({ kind, code: errorType });
    expect(result.failure?.text).toContain('q: ');
    expect(result.failure?.text).toContain('said why');
  });

  test.each([
    ['a proxy that asks who we are', { status: 401, body: '<html>' }, 'auth'],
    ['a proxy without the server behind it', { status: 502, body: 'Bad gateway' }, 'other'],
    ['another page', { status: 404, body: 'not found' }, 'missing'],
    ['a page for people', { status: 200, body: '<html>Prometheus</html>' }, 'invalid'],
    ['a redirect to a login', { status: 302, headers: { location: 'https://127.0.0.1:1/' } }, 'invalid'],
    ['JSON of something else', body({ status: 'green' }), 'invalid'],
    ['success without data', body({ status: 'success' }), 'invalid'],
    ['a matrix for an instant', data({ resultType: 'matrix', result: [] }), 'invalid'],
    ['values that are no texts', data({ resultType: 'vector', result: [{ metric: {}, value: [1, 2] }] }), 'invalid'],
    ['an empty text', data({ resultType: 'vector', result: [{ metric: {}, value: [1, ''] }] }), 'invalid'],
    ['silence', 'hang' as const, 'timeout'],
  ])('%s is a failure', async (_name, answer: DoubleAnswer, kind) => {
    expect((await asked(answer, query)).result.failure).toMatchObject({ kind });
  });

  test('a scalar is one series without labels, a native histogram a series without samples', async () => {
    expect((await asked(data({ resultType: 'scalar', result: [1_700_000_000, '7'] }), query)).result).toEqual({
      value: [{ labels: {}, samples: [{ atMs: 1_700_000_000_000, value: 7 }] }],
      warnings: [],
    });
    const histogram = { metric: { job: 'a' }, histogram: [1, { count: '3', sum: '2' }] };
    expect((await asked(data({ resultType: 'vector', result: [histogram] }), query)).result.value).toEqual([
      { labels: { job: 'a' }, samples: [] },
    ]);
  });

  test('a server that is starting is not ready', async () => {
    const { result } = await asked({ status: 503, body: 'Service Unavailable' }, (port) => port.ready(realScope()));
    expect(result.failure).toMatchObject({ kind: 'starting', text: 'HTTP 503: Service Unavailable' });
  });

  test('a server without that page is ready when it answers a query, and not when it has no API either', async () => {
    const double = await startHttpDouble((request) =>
      request.path === '/prometheus/api/v1/query' ? data({ resultType: 'scalar', result: [1, '1'] }) : { status: 404, body: 'not found' },
    );
    try {
      const port = (url: string) => createPrometheusMetrics({ ...OPTIONS, url });
      expect(await port(`${double.url}/prometheus`).ready(realScope())).toMatchObject({ value: 'ready: answers queries' });
      expect(await port(double.url).ready(realScope())).toMatchObject({ failure: { kind: 'missing' } });
    } finally {
      await double.close();
    }
  });

  test('rules: alerting ones only, with for and interval in milliseconds, and a failed evaluation in its words', async () => {
    const groups = [
      {
        name: 'holdfast',
        interval: 15,
        rules: [
          { type: 'alerting', name: 'KillSwitchStoreDown', duration: 30, labels: { severity: 'page' }, health: 'ok', alerts: [] },
          { type: 'alerting', name: 'Broken', duration: 0, health: 'err', lastError: `many-to-many, secret=${CANARY}` },
          { type: 'recording', name: 'job:up', health: 'ok' },
        ],
      },
    ];
    const { result, requests } = await asked(data({ groups }), (port) => port.rules(realScope()));
    expect(requests[0]).toMatchObject({ method: 'GET', path: '/prometheus/api/v1/rules?type=alert' });
    expect(result.value).toEqual([
      { name: 'KillSwitchStoreDown', forMs: 30_000, everyMs: 15_000, labels: { severity: 'page' }, well: true },
      { name: 'Broken', forMs: 0, everyMs: 15_000, labels: {}, well: false, problem: 'many-to-many, secret=***' },
    ]);
  });

  test('targets: those of the application, with their scrape interval', async () => {
    const target = (job: string, over = {}) => ({
      labels: { job, instance: 'i' },
      health: 'up',
      scrapeInterval: '1m30s',
      lastError: '',
      ...over,
    });
    const activeTargets = [
      target('geosync-api', { lastScrape: '2026-11-24T12:00:00.123456789Z' }),
      target('node'),
      target('geosync-api', { health: 'down', scrapeInterval: '15s', lastError: 'connection refused', lastScrape: '0001-01-01T00:00:00Z' }),
    ];
    const { result } = await asked(data({ activeTargets }), (port) => port.targets(realScope()));
    const labels = { job: 'geosync-api', instance: 'i' };
    expect(result.value).toEqual([
      { labels, up: true, everyMs: 90_000, lastAtMs: Date.parse('2026-11-24T12:00:00.123Z') },
      { labels, up: false, everyMs: 15_000, problem: 'connection refused' },
    ]);
  });

  test('a credential that cannot be read is an error that names its reference', async () => {
    const port = createPrometheusMetrics({ ...OPTIONS, url: 'http://127.0.0.1:1', bearerRef: 'env:HF_TEST_NOT_SET' });
    expect((await errorOf(query(port))).message).toContain('env:HF_TEST_NOT_SET');
  });
});

test('without a monitoring system every answer says so', async () => {
  const port = createNoMetrics();
  const scope = realScope();
  expect(port).toMatchObject({ kind: 'none', able: false, questions: [] });
  for (const answer of [
    await port.ready(scope),
    await port.range({ name: 'q', query: 'up' }, { fromMs: 0, toMs: 1, stepMs: 1 }, scope),
    await port.rules(scope),
  ]) {
    expect(answer.failure).toMatchObject({ kind: 'missing' });
  }
});
