import { once } from 'node:events';
import { createServer, request as send } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { CANARY } from './harness.js';
import type { Fate } from './harness.js';

/** A call that passes the gate. */
export interface GateCall {
  readonly method: string;
  readonly path: string;
}

/** A server in front of the real API server, at which single calls can be refused or lose their answer. */
export interface KubernetesGate {
  readonly url: string;
  readonly caPem: string;
  /** Calls that passed or were held up, oldest first. */
  readonly calls: readonly GateCall[];
  /** Sets what becomes of the calls that match, until it is called again. `answer` in place of a fate is sent as it is. */
  fate(match: RegExp, fate: Fate | { readonly status: number; readonly body: string }): void;
  clear(): void;
  close(): Promise<void>;
}

/** What a refused call is answered: as an API server that quotes the object, so that a quoted secret would be noticed. */
const REFUSAL = JSON.stringify({
  kind: 'Status',
  status: 'Failure',
  reason: 'Invalid',
  code: 422,
  message: `Secret is invalid: ${CANARY}`,
});

/** Starts a gate in front of the API server at `upstream`, whose certificate `upstreamCa` issued. */
export async function startKubernetesGate(upstream: string, upstreamCa: string): Promise<KubernetesGate> {
  const made = await generate([{ name: 'commonName', value: 'gate' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const calls: GateCall[] = [];
  const rules: { match: RegExp; fate: Parameters<KubernetesGate['fate']>[1] }[] = [];

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse, drop: boolean): void => {
    const target = new URL(incoming.url ?? '/', upstream);
    const headers = { ...incoming.headers, host: target.host };
    const passed = send(target, { method: incoming.method, headers, ca: upstreamCa, agent: false }, (answer) => {
      if (drop) {
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      // A watch sends its head at once, and its first event maybe never.
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  };

  const server = createServer({ key: made.private, cert: made.cert }, (incoming, outgoing) => {
    const call = { method: incoming.method ?? '', path: incoming.url ?? '' };
    calls.push(call);
    const fate = rules.find(({ match }) => match.test(`${call.method} ${call.path}`))?.fate ?? 'ok';
    if (fate === 'timeout-before') return;
    if (fate === 'refuse' || typeof fate === 'object') {
      outgoing.writeHead(typeof fate === 'object' ? fate.status : 422, { 'content-type': 'application/json' });
      outgoing.end(typeof fate === 'object' ? fate.body : REFUSAL);
      return;
    }
    forward(incoming, outgoing, fate === 'timeout-after');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: made.cert,
    calls,
    fate: (match, fate) => {
      rules.unshift({ match, fate });
    },
    clear: () => {
      rules.length = 0;
      calls.length = 0;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
