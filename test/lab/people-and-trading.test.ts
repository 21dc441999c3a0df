import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHosts } from '../../lab/hosts.js';
import type { Receivers } from '../../lab/receivers.js';
import { startReceivers } from '../../lab/receivers.js';
import type { Trading } from '../../lab/trading.js';
import { startTrading } from '../../lab/trading.js';
import { request } from './support.js';

let receivers: Receivers;
let trading: Trading;

beforeAll(async () => {
  const hosts = createHosts();
  [receivers, trading] = await Promise.all([startReceivers(hosts), startTrading(hosts, 'token')]);
});

afterAll(async () => {
  await Promise.all([receivers.close(), trading.close()]);
});

const call = (url: string, key: string, token = 'token') =>
  request(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'idempotency-key': key } });

test('a receiver records what it is sent, also while it fails or hangs', async () => {
  await request(receivers.url('on-call'), { method: 'POST', body: 'one' });
  receivers.setMode('on-call', { status: 500 });
  expect((await request(receivers.url('on-call'), { method: 'POST', body: 'two' })).status).toBe(500);
  receivers.setMode('on-call', 'hang');
  const hanging = request(receivers.url('on-call'), { method: 'POST', body: 'three', signal: AbortSignal.timeout(500) });
  await Promise.all([receivers.waitFor(({ body }) => body === 'three'), expect(hanging).rejects.toThrow('aborted')]);
  expect(receivers.received('on-call').map(({ body }) => body)).toEqual(['one', 'two', 'three']);
  expect(receivers.received('risk')).toEqual([]);
});

test('a pause is lifted only by its own key', async () => {
  expect((await call(trading.pauseUrl, 'k1', 'wrong')).status).toBe(401);
  expect((await call(trading.pauseUrl, 'k1')).body).toEqual({ paused: true, by: 'k1', restingOrders: 'left' });
  expect((await call(trading.pauseUrl, 'k2')).body).toMatchObject({ by: 'k1' });
  expect((await call(trading.resumeUrl, 'k2')).status).toBe(409);
  trading.setMode('refuse');
  expect((await call(trading.resumeUrl, 'k1')).status).toBe(503);
  trading.setMode('serve');
  expect((await call(trading.resumeUrl, 'k1')).body).toMatchObject({ paused: false, by: null });
  expect((await call(trading.resumeUrl, 'k1')).status).toBe(200);
  expect(trading.transitions().map(({ paused }) => paused)).toEqual([true, false]);
});
