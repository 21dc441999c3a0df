import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recognise } from '../../../../src/adapters/application/recognise.js';
import type { HealthReport } from '../../../../src/domain/facts.js';

const json = (value: unknown): string => JSON.stringify(value);
const geosync = (status: string, components: object): string => json({ status, timestamp: '2026-05-01T00:00:00Z', components });
const riskManager = (engaged: boolean): object =>
  engaged
    ? { healthy: false, status: 'failed', detail: 'limit breached', metrics: { kill_switch_engaged: true, reason: 'limit breached' } }
    : { healthy: true, status: 'operational', detail: null, metrics: { kill_switch_engaged: false } };

interface Case {
  readonly what: string;
  readonly status: number;
  readonly body: string;
  readonly is: Partial<HealthReport>;
  /** Fields that the shape does not say. */
  readonly lacks?: readonly (keyof HealthReport)[];
}

const CASES: readonly Case[] = [
  {
    what: 'main API, ready',
    status: 200,
    body: geosync('ready', { risk_manager: riskManager(false) }),
    is: { shape: 'geosync', ready: true, storeOperational: true, engaged: false },
    lacks: ['reason'],
  },
  {
    what: 'main API, engaged',
    status: 503,
    body: geosync('failed', { risk_manager: riskManager(true) }),
    is: {
      shape: 'geosync',
      ready: false,
      storeOperational: true,
      engaged: true,
      reason: 'limit breached',
      detail: 'failed; risk_manager (failed, limit breached)',
    },
  },
  {
    what: 'main API, degraded by our own admin calls',
    status: 503,
    body: geosync('degraded', {
      risk_manager: riskManager(false),
      admin_rate_limiter: { healthy: false, status: 'degraded', detail: '5 of 5', metrics: {} },
    }),
    is: {
      shape: 'geosync',
      ready: false,
      storeOperational: true,
      engaged: false,
      detail: 'degraded by our own admin calls; degraded; admin_rate_limiter (degraded, 5 of 5)',
    },
  },
  {
    what: 'main API, another component failed',
    status: 503,
    body: geosync('failed', { risk_manager: riskManager(false), feed: { healthy: false, status: 'failed', detail: 'no ticks' } }),
    is: { shape: 'geosync', ready: false, storeOperational: true, engaged: false, detail: 'failed; feed (failed, no ticks)' },
  },
  {
    what: 'main API that does not say how the switch is',
    status: 200,
    body: geosync('ready', { feed: { healthy: true, status: 'operational' } }),
    is: { shape: 'geosync', ready: true },
    lacks: ['storeOperational', 'engaged'],
  },
  {
    what: 'main API whose dependency is down',
    status: 503,
    body: geosync('failed', { 'dependency:postgres': { healthy: false, status: 'failed', detail: 'connection refused' } }),
    is: { shape: 'geosync', ready: false, storeOperational: false },
    lacks: ['engaged'],
  },
  {
    what: 'the one error body of every cause',
    status: 500,
    body: json({ error: { code: 'ERR_INTERNAL', message: 'Unexpected server error.', path: '/health', meta: null } }),
    is: { shape: 'error-body', ready: false, detail: 'ERR_INTERNAL: Unexpected server error.' },
    lacks: ['storeOperational', 'engaged'],
  },
  {
    what: 'the runbook’s kill_switch component, failed',
    status: 503,
    body: geosync('failed', { kill_switch: { healthy: false, status: 'failed', detail: 'connection refused' } }),
    is: { shape: 'runbook', ready: false, storeOperational: false, detail: 'failed; kill_switch (failed, connection refused)' },
    lacks: ['engaged'],
  },
  {
    what: 'the runbook’s kill_switch component, operational, by words alone',
    status: 200,
    body: json({ status: 'ready', components: { kill_switch: { status: 'operational' } } }),
    is: { shape: 'runbook', ready: true, storeOperational: true },
  },
  {
    what: 'the runbook’s kill_switch component, failed because it is engaged',
    status: 503,
    body: geosync('failed', {
      kill_switch: { healthy: false, status: 'failed', detail: 'halt', metrics: { kill_switch_engaged: true, reason: 'halt' } },
    }),
    is: { shape: 'runbook', ready: false, storeOperational: true, engaged: true, reason: 'halt' },
  },
  {
    what: 'two components that disagree: engaged is believed',
    status: 200,
    body: geosync('ready', { risk_manager: riskManager(false), kill_switch: riskManager(true) }),
    is: { engaged: true, reason: 'limit breached' },
  },
  {
    what: 'bootstrap, degraded with status 200',
    status: 200,
    body: json({ status: 'degraded', reason: 'warming up' }),
    is: { shape: 'bootstrap', ready: false, detail: 'degraded: warming up' },
    lacks: ['storeOperational', 'engaged'],
  },
  {
    what: 'bootstrap, degraded because of the store',
    status: 200,
    body: json({ status: 'degraded', reason: 'component_failed', detail: 'kill_switch: connection refused' }),
    is: { shape: 'bootstrap', ready: false, storeOperational: false },
  },
  {
    what: 'bootstrap, well',
    status: 200,
    body: json({ status: 'ok' }),
    is: { shape: 'bootstrap', ready: true },
    lacks: ['storeOperational'],
  },
  {
    what: 'health server, well: nothing is said about the store',
    status: 200,
    body: json({ status: 'ok', live: true, ready: true, components: { kill_switch: { healthy: true } } }),
    is: { shape: 'health-server', ready: true },
    lacks: ['storeOperational', 'engaged'],
  },
  {
    what: 'health server, 200 while it knows that the store is ill',
    status: 200,
    body: json({ status: 'ok', live: true, ready: true, components: { 'dependency:postgres': { healthy: false, message: 'gone' } } }),
    is: { shape: 'health-server', ready: false, storeOperational: false, detail: 'ok; dependency:postgres (gone)' },
  },
  {
    what: 'health server, not ready',
    status: 503,
    body: json({ status: 'degraded', live: true, ready: false, components: {} }),
    is: { shape: 'health-server', ready: false },
  },
  {
    what: 'a Host header that is not trusted',
    status: 400,
    body: 'Invalid host header',
    is: { shape: 'unknown', ready: false, detail: 'the configured Host header is not trusted; status 400: Invalid host header' },
  },
  {
    what: 'health+json, a draft that is not in the contract',
    status: 200,
    body: json({ status: 'pass', checks: {} }),
    is: { shape: 'unknown', ready: false },
  },
  {
    what: 'a page of a proxy',
    status: 200,
    body: '<html>welcome</html>',
    is: { shape: 'unknown', ready: false },
    lacks: ['storeOperational'],
  },
  { what: 'an empty body', status: 204, body: '', is: { shape: 'unknown', ready: false, detail: 'status 204: empty body' } },
  { what: 'a list', status: 200, body: '[]', is: { shape: 'unknown', ready: false } },
  { what: 'a status of another type', status: 200, body: json({ status: 1, components: {} }), is: { shape: 'unknown', ready: false } },
  {
    what: 'ready in words but not in status',
    status: 503,
    body: geosync('ready', { risk_manager: riskManager(false) }),
    is: { ready: false },
  },
  {
    what: 'an engaged field of another type',
    status: 200,
    body: geosync('ready', { risk_manager: { metrics: { kill_switch_engaged: 'false' } } }),
    is: { ready: true },
    lacks: ['engaged', 'storeOperational'],
  },
];

describe('recognise', () => {
  test.each(CASES.map((each) => [each.what, each] as const))('%s', (_what, { status, body, is, lacks }) => {
    const report = recognise(status, body);
    expect(report).toMatchObject({ httpStatus: status, ...is });
    for (const field of lacks ?? []) expect(report).not.toHaveProperty(field);
  });

  test('credentials in an application’s words are masked', () => {
    const body = geosync('failed', {
      kill_switch: { healthy: false, status: 'failed', detail: 'cannot connect to postgresql://geosync:canary@db/x' },
    });
    expect(recognise(503, body).detail).not.toContain('canary');
  });

  test('whatever the body, there is a report, and only success is ready', () => {
    const anyBody = fc.oneof(fc.string(), fc.json(), fc.record({ status: fc.string(), components: fc.jsonValue() }).map(json));
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), anyBody, (status, body) => {
        const report = recognise(status, body);
        expect(report.httpStatus).toBe(status);
        expect(report.detail.length).toBeLessThanOrEqual(400);
        expect(report.ready && (status < 200 || status >= 300 || report.shape === 'unknown')).toBe(false);
      }),
    );
  });
});
