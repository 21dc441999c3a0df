import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { createWebhookNotifier } from '../../src/adapters/webhook/notifier.js';
import { EXEC_TIMEOUT_MS } from './exec-script.js';
import { CANARY, errorOf, realScope, realTime } from './harness.js';
import type { Fate } from './harness.js';
import { startHttpDouble } from './http-double.js';
import type { DoubleAnswer, DoubleRequest } from './http-double.js';
import { describeNotifierConformance, NOTICE } from './notifier.suite.js';
import type { NotifierWorld, ReceivedNotice } from './notifier.suite.js';
import { tempFolder } from './temp-folder.js';

// Valid base64 that carries the canary when it is shown as it is.
const SECRET = `whsec_${Buffer.from(`${CANARY}-0123456789abcdef`).toString('base64')}`;

function verified(request: DoubleRequest): ReceivedNotice {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const body = new Webhook(SECRET).verify(request.body, headers) as Omit<ReceivedNotice, 'id'>;
  return { id: headers['webhook-id'] ?? '', title: body.title, text: body.text, urgency: body.urgency, to: body.to };
}

async function open(): Promise<NotifierWorld> {
  const folder = await tempFolder();
  const secretFile = path.join(folder.dir, 'secret');
  await writeFile(secretFile, SECRET);
  let fate: Fate = 'ok';
  const taken: ReceivedNotice[] = [];
  const double = await startHttpDouble((request) => {
    if (fate === 'refuse') return { status: 500, body: CANARY };
    if (fate === 'timeout-before') return 'hang';
    taken.push(verified(request));
    return fate === 'timeout-after' ? 'hang' : { status: 204 };
  });
  await writeFile(path.join(folder.dir, 'address'), `${double.url}/${CANARY}\n`);
  const route = { url: `file:${path.join(folder.dir, 'address')}`, secretRef: `file:${secretFile}`, timeoutMs: EXEC_TIMEOUT_MS };
  return {
    ...realTime(async () => {
      await double.close();
      await folder.remove();
    }),
    port: createWebhookNotifier({
      routes: [
        { ...route, name: 'on-call hook', roles: ['on-call'] },
        { ...route, name: 'risk hook', roles: ['risk'] },
      ],
    }),
    received: async () => taken,
    fate: async (next) => {
      fate = next;
    },
  };
}

describeNotifierConformance('webhook, over a protocol double', { open });

/** One route to a double with one answer; returns the evidence of the failure. */
async function evidenceFor(answer: DoubleAnswer): Promise<Readonly<Record<string, string>>> {
  const double = await startHttpDouble(() => answer);
  try {
    const port = createWebhookNotifier({ routes: [{ name: 'hook', url: double.url, timeoutMs: EXEC_TIMEOUT_MS }] });
    const error = await errorOf(port.send(NOTICE, realScope()));
    expect(error.message).toContain('hook');
    expect(double.requests).toHaveLength(1);
    return error.evidence;
  } finally {
    await double.close();
  }
}

describe('webhook notifier', () => {
  test.each([
    [400, 'yes'],
    [401, 'yes'],
    [404, 'yes'],
    [410, 'yes'],
    [302, 'yes'],
    [408, 'no'],
    [425, 'no'],
    [429, 'no'],
    [500, 'no'],
    [503, 'no'],
  ])('status %i is final: %s', async (status, final) => {
    expect(await evidenceFor({ status, headers: { location: 'http://127.0.0.1:1/' } })).toMatchObject({ final });
  });

  test('the wait that a receiver asks for is passed on', async () => {
    expect(await evidenceFor({ status: 429, headers: { 'retry-after': '17' } })).toMatchObject({ retryAfterSeconds: '17' });
  });

  test('a route that took the notice is not told again when another one failed', async () => {
    let broken = true;
    const well = await startHttpDouble(() => ({ status: 204 }));
    const ill = await startHttpDouble(() => ({ status: broken ? 500 : 204 }));
    try {
      const route = (name: string, url: string) => ({ name, url, timeoutMs: EXEC_TIMEOUT_MS });
      const port = createWebhookNotifier({ routes: [route('well', well.url), route('ill', ill.url)] });
      expect((await errorOf(port.send(NOTICE, realScope()))).evidence).toMatchObject({ routes: 'ill' });
      broken = false;
      await port.send(NOTICE, realScope());
      expect([well.requests.length, ill.requests.length]).toEqual([1, 2]);
    } finally {
      await Promise.all([well.close(), ill.close()]);
    }
  });

  test('a role that no route reaches is named', async () => {
    const error = await errorOf(createWebhookNotifier({ routes: [] }).send(NOTICE, realScope()));
    expect(error.message).toContain('role on-call');
  });

  test('a secret that is none is named by its reference', async () => {
    process.env['HF_TEST_BAD_SECRET'] = `whsec_${CANARY}!`;
    const port = createWebhookNotifier({
      routes: [{ name: 'hook', url: 'http://127.0.0.1:1/', secretRef: 'env:HF_TEST_BAD_SECRET', timeoutMs: EXEC_TIMEOUT_MS }],
    });
    const error = await errorOf(port.send(NOTICE, realScope()));
    delete process.env['HF_TEST_BAD_SECRET'];
    expect(error.message).toContain('env:HF_TEST_BAD_SECRET');
  });
});
