import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { callHttp } from '../../../../src/adapters/shared/http.js';
import type { HttpCall } from '../../../../src/adapters/shared/http.js';
import { CANARY, expectNoSecret } from '../../../conformance/harness.js';
import { startHttpDouble } from '../../../conformance/http-double.js';
import type { DoubleAnswer } from '../../../conformance/http-double.js';
import { tempFolder } from '../../../conformance/temp-folder.js';

const call = (url: string, more: Partial<HttpCall> = {}): HttpCall => ({
  method: 'GET',
  url,
  timeoutMs: 2_000,
  signal: new AbortController().signal,
  ...more,
});

async function withDouble(answer: DoubleAnswer, work: (url: string) => Promise<void>): Promise<void> {
  const double = await startHttpDouble(() => answer);
  try {
    await work(double.url);
  } finally {
    await double.close();
  }
}

async function withServer(server: Server, work: (port: number) => Promise<void>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('callHttp', () => {
  test('an answer of any status is an answer', async () => {
    await withDouble({ status: 503, body: 'later', headers: { 'retry-after': '7' } }, async (url) => {
      expect(await callHttp(call(url))).toEqual({ answer: { status: 503, body: 'later', retryAfterSeconds: 7 } });
    });
  });

  test('a redirect is not followed', async () => {
    const other = await startHttpDouble(() => ({ status: 200 }));
    await withDouble({ status: 307, headers: { location: other.url } }, async (url) => {
      expect(await callHttp(call(url, { headers: { authorization: CANARY } }))).toMatchObject({ answer: { status: 307 } });
      expect(other.requests).toEqual([]);
    });
    await other.close();
  });

  test('an answer that is too long is refused', async () => {
    await withDouble({ status: 200, body: 'x'.repeat(300_000) }, async (url) => {
      expect(await callHttp(call(url))).toMatchObject({ failure: { kind: 'invalid' }, sent: true });
    });
  });

  test('nothing listens: refused, and nothing was sent', async () => {
    const double = await startHttpDouble(() => ({ status: 200 }));
    await double.close();
    expect(await callHttp(call(double.url))).toMatchObject({ failure: { kind: 'refused', code: 'ECONNREFUSED' }, sent: false });
  });

  test('no answer: timeout, and it may have been sent', async () => {
    await withDouble('hang', async (url) => {
      expect(await callHttp(call(url, { timeoutMs: 500 }))).toMatchObject({ failure: { kind: 'timeout' }, sent: true });
    });
  });

  test('a name that does not exist is unreachable', async () => {
    expect(await callHttp(call('http://no-such-host.invalid/'))).toMatchObject({ failure: { kind: 'unreachable' }, sent: false });
  });

  test('a connection that is closed without an answer is neither silence nor a refusal', async () => {
    await withServer(
      createTcpServer((socket) => socket.once('data', () => socket.destroy())),
      async (port) => {
        expect(await callHttp(call(`http://127.0.0.1:${port}/`))).toMatchObject({ failure: { kind: 'other' }, sent: true });
      },
    );
  });

  test('what is not HTTP is invalid, and its words are not repeated', async () => {
    await withServer(
      createTcpServer((socket) => socket.once('data', () => socket.end(`${CANARY}\r\n\r\n`))),
      async (port) => {
        const outcome = await callHttp(call(`http://127.0.0.1:${port}/`));
        expect(outcome).toMatchObject({ failure: { kind: 'invalid' } });
        expectNoSecret(outcome);
      },
    );
  });

  test('cancelled before and while waiting', async () => {
    await withDouble('hang', async (url) => {
      expect(await callHttp(call(url, { signal: AbortSignal.abort() }))).toMatchObject({ failure: { kind: 'cancelled' }, sent: false });
      const controller = new AbortController();
      const waiting = callHttp(call(url, { signal: controller.signal }));
      controller.abort();
      expect(await waiting).toMatchObject({ failure: { kind: 'cancelled' } });
    });
  });

  test('an address with a secret in it that cannot be called is not shown', async () => {
    const outcome = await callHttp(call(`ftp://user:${CANARY}@127.0.0.1/${CANARY}`));
    expect(outcome).toMatchObject({ failure: { kind: 'invalid' }, sent: false });
    expectNoSecret(outcome);
  });

  test('mutual TLS: the right pair is let in; a stranger, a wrong authority and a wrong name are not', async () => {
    const folder = await tempFolder();
    const keyType = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
    const ca = await generate([{ name: 'commonName', value: 'test ca' }], {
      ...keyType,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, critical: true },
      ],
    });
    const issue = (name: string) =>
      generate([{ name: 'commonName', value: name }], {
        ...keyType,
        ca: { key: ca.private, cert: ca.cert },
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
      });
    const [own, client] = [await issue('server'), await issue('client')];
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(path.join(folder.dir, name), text);
      return `file:${path.join(folder.dir, name)}`;
    };
    const caRef = await file('ca', ca.cert);
    const pair = { certRef: await file('cert', client.cert), keyRef: await file('key', client.private) };
    const server = createTlsServer(
      { cert: own.cert, key: own.private, ca: ca.cert, requestCert: true, rejectUnauthorized: true },
      (_request, response) => response.end('in'),
    );
    try {
      await withServer(server, async (port) => {
        const url = `https://127.0.0.1:${port}/`;
        expect(await callHttp(call(url, { tls: { caRef, ...pair } }))).toMatchObject({ answer: { status: 200, body: 'in' } });
        // In TLS 1.3 the refusal of a client comes after the handshake: the alert and the end of the connection race.
        expect(['tls', 'other']).toContain((await callHttp(call(url, { tls: { caRef } }))).failure?.kind);
        expect(await callHttp(call(url, { tls: pair }))).toMatchObject({ failure: { kind: 'tls' }, sent: false });
        expect(await callHttp(call(url, { tls: { caRef, ...pair, serverName: 'another.test' } }))).toMatchObject({
          failure: { kind: 'tls' },
          sent: false,
        });
      });
    } finally {
      await folder.remove();
    }
  });
});
