import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { Alert } from '../../../src/domain/contract.js';
import type { AlertStarter } from '../../../src/gateway/alert-starter.js';
import { buildGateway } from '../../../src/gateway/app.js';
import { createGatewayMetrics } from '../../../src/observability/gateway-metrics.js';

const first = fileURLToPath(new URL('../../../examples/holdfast.yaml', import.meta.url));
const exampleText = await readFile(first, 'utf8');
const both = 'gateway: { sources: { alertmanager: { bearer: env:TOKEN }, generic: { secret: env:WEBHOOK } } }';
const TOKEN = 'canary-token';
const WEBHOOK = `whsec_${Buffer.from('canary-webhook-secret-of-32-byte').toString('base64')}`;
const secrets: Readonly<Record<string, string>> = { 'env:TOKEN': TOKEN, 'env:WEBHOOK': WEBHOOK, 'env:PASSWORD': 'canary-pass' };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function setUp(options: { readonly gateway?: string; readonly starter?: AlertStarter } = {}) {
  const config = parseConfig(exampleText.replace(/^gateway:.*$/m, options.gateway ?? both), 'test.yaml').config;
  const taken: Alert[] = [];
  const logged: string[] = [];
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const starter: AlertStarter = options.starter ?? {
    makeDurable: async ({ cluster }, alert) => {
      taken.push(alert);
      return { state: 'started-or-joined', workflowId: `failover:${cluster}` };
    },
  };
  const resolveSecret = async (reference: string) => {
    const value = secrets[reference];
    if (value === undefined) throw new HoldfastError('HF_SECRET_UNRESOLVED', '', { reference });
    return value;
  };
  const app = buildGateway({
    config,
    starter,
    metrics: createGatewayMetrics(),
    resolveSecret,
    log: { info: write, warn: write, error: write },
    now: Date.now,
  });
  closing.push(() => app.close());
  return { app, taken, logged };
}

const one = (overrides: Readonly<Record<string, unknown>> = {}) => ({
  status: 'firing',
  labels: { alertname: 'KillSwitchStoreDown' },
  annotations: { summary: 'store down' },
  startsAt: '2026-01-02T03:04:05Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'https://p',
  fingerprint: 'c6eadffa33fcdf37',
  ...overrides,
});
const delivery = (...alerts: readonly unknown[]) => ({
  version: '4',
  groupKey: '{}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'failover',
  notification_reason: 'x',
  alerts,
});

function post(app: ReturnType<typeof setUp>['app'], body: unknown, authorization = `Bearer ${TOKEN}`) {
  return app.inject({
    method: 'POST',
    url: '/alerts/alertmanager',
    headers: { 'content-type': 'application/json', authorization },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('Alertmanager', () => {
  test('an alert is answered 2xx with what was made durable', async () => {
    const { app, taken } = setUp();
    const answer = await post(app, delivery(one(), one({ fingerprint: 'ff', status: 'resolved' })));
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'durable', accepted: 2, unmapped: 0 }]);
    expect(taken[0]).toEqual({
      source: 'alertmanager',
      fingerprint: 'c6eadffa33fcdf37',
      status: 'firing',
      startsAtMs: Date.parse('2026-01-02T03:04:05Z'),
      title: 'store down',
      forMs: 30_000,
    });
  });

  test('promise S10: the answer waits until every alert of the batch is durable, and is 503 when one is not', async () => {
    const order: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { app } = setUp({
      starter: {
        makeDurable: async (_target, alert) => {
          if (alert.fingerprint === 'slow') await held;
          order.push(alert.fingerprint);
          return { state: 'started-or-joined', workflowId: 'failover:geosync-db' };
        },
      },
    });
    const answered = post(app, delivery(one({ fingerprint: 'slow' }), one({ fingerprint: 'quick' }))).then((answer) => {
      order.push(`answered ${answer.statusCode}`);
    });
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await answered;
    expect(order).toEqual(['quick', 'slow', 'answered 200']);

    const failing = setUp({
      starter: {
        makeDurable: async (_target, alert) => {
          if (alert.fingerprint === 'bad') throw new HoldfastError('HF_ALERT_NOT_DURABLE', 'Run failover:geosync-db: timeout.');
          return { state: 'started-or-joined', workflowId: 'failover:geosync-db' };
        },
      },
    });
    const answer = await post(failing.app, delivery(one(), one({ fingerprint: 'bad' })));
    expect([answer.statusCode, answer.json().error.code]).toEqual([503, 'HF_ALERT_NOT_DURABLE']);
  });

  test.each([
    ['no header', ''],
    ['another token', 'Bearer wrong'],
    ['the right token under another scheme', `Basic ${TOKEN}`],
    ['a token that begins like it', `Bearer ${TOKEN}x`],
  ])('%s is refused with 401 and nothing of it is logged', async (_name, authorization) => {
    const { app, taken, logged } = setUp();
    const answer = await post(app, delivery(one()), authorization);
    expect([answer.statusCode, answer.json().error.code, taken]).toEqual([401, 'HF_ALERT_UNAUTHENTICATED', []]);
    expect(answer.body + logged.join()).not.toContain('canary');
  });

  test('basic authentication', async () => {
    const { app } = setUp({ gateway: 'gateway: { sources: { alertmanager: { basic: { user: am, password: env:PASSWORD } } } }' });
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect((await post(app, delivery(one()), basic('am:canary-pass'))).statusCode).toBe(200);
    expect((await post(app, delivery(one()), basic('am:other'))).statusCode).toBe(401);
  });

  test('a credential that cannot be resolved is our fault: 503, so that the sender keeps the alert', async () => {
    const { app } = setUp({ gateway: 'gateway: { sources: { alertmanager: { bearer: env:UNSET } } }' });
    expect((await post(app, delivery(one()))).statusCode).toBe(503);
  });

  test.each([
    ['no JSON', '{"version"'],
    ['another version', { ...delivery(one()), version: '1' }],
    ['no alerts', delivery()],
    ['an alert without fingerprint', delivery(one({ fingerprint: undefined }))],
    ['a start that is no moment', delivery(one({ startsAt: 'yesterday' }))],
  ])('%s is refused with 400 and a code', async (_name, body) => {
    const { app, taken } = setUp();
    const answer = await post(app, body);
    expect([answer.statusCode, answer.json().error.code, taken]).toEqual([400, 'HF_ALERT_MALFORMED', []]);
  });

  test('a body that is too large is refused', async () => {
    const { app } = setUp();
    expect((await post(app, `"${'x'.repeat(1024 * 1024)}"`)).statusCode).toBe(413);
  });

  test('an unmapped alert alone is 422, logged and counted; beside a mapped one it does not hold that one up', async () => {
    const { app, taken, logged } = setUp();
    const alone = await post(app, delivery(one({ labels: { alertname: 'Other' } })));
    expect([alone.statusCode, alone.json().error.code]).toEqual([422, 'HF_ALERT_UNMAPPED']);
    const beside = await post(app, delivery(one({ labels: { alertname: 'Other' } }), one()));
    expect([beside.statusCode, beside.json()]).toEqual([200, { status: 'durable', accepted: 1, unmapped: 1 }]);
    expect(taken).toHaveLength(1);
    expect(logged.filter((line) => line.includes('names no configured store'))).toHaveLength(2);
    expect((await app.inject('/metrics')).body).toContain('holdfast_gateway_alerts_total{source="alertmanager",outcome="unmapped"} 2');
  });

  test('alerts that the sender cut off are spoken of', async () => {
    const { app, logged } = setUp();
    await post(app, { ...delivery(one()), truncatedAlerts: 7 });
    expect(logged.join()).toContain('max_alerts');
  });
});

describe('a generic sender', () => {
  const body = JSON.stringify({ labels: { alertname: 'KillSwitchStoreDown' }, title: 'down', startsAt: '2026-01-02T03:04:05Z' });
  const send = (
    app: ReturnType<typeof setUp>['app'],
    options: { readonly payload?: string; readonly at?: Date; readonly secret?: string } = {},
  ) => {
    const at = options.at ?? new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': 'm1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(options.secret ?? WEBHOOK).sign('m1', at, body),
    };
    return app.inject({ method: 'POST', url: '/alerts/generic', headers, payload: options.payload ?? body });
  };

  test('a signed alert is taken; its labels stand in for a fingerprint', async () => {
    const { app, taken } = setUp();
    expect((await send(app)).statusCode).toBe(200);
    expect(taken[0]).toMatchObject({
      source: 'generic',
      status: 'firing',
      title: 'down',
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  test.each([
    ['changed after signing', { payload: body.replace('down', 'fine') }],
    ['the same JSON in other bytes', { payload: JSON.stringify(JSON.parse(body), null, 1) }],
    ['older than five minutes', { at: new Date(Date.now() - 301_000) }],
    ['signed with another secret', { secret: `whsec_${Buffer.from('another-secret-of-thirty-two-byt').toString('base64')}` }],
  ])('one that is %s is refused with 401', async (_name, options) => {
    const { app, taken } = setUp();
    expect([(await send(app, options)).statusCode, taken]).toEqual([401, []]);
  });
});

test('a source without a credential is not served', async () => {
  const { app } = setUp({ gateway: 'gateway: {}' });
  expect((await post(app, delivery(one()))).statusCode).toBe(404);
});

test('health and metrics answer without credentials', async () => {
  const { app } = setUp();
  await post(app, delivery(one()));
  expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  const metrics = await app.inject('/metrics');
  expect(metrics.headers['content-type']).toContain('text/plain');
  expect(metrics.body).toContain('holdfast_gateway_posts_total{source="alertmanager",status="200"} 1');
});
