import http from 'node:http';
import type { V1Container, V1Probe } from '@kubernetes/client-node';

/** What one probe found; the words are a kubelet's. */
export type ProbeResult = { readonly ok: true } | { readonly ok: false; readonly words: string };

function portOf(container: V1Container, port: number | string): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}

/** Asks an httpGet probe once. Status 200 to 399 is success. A probe without httpGet succeeds: this kubelet knows no other. */
export function askProbe(container: V1Container, probe: V1Probe, podIp: string): Promise<ProbeResult> {
  const { httpGet } = probe;
  if (httpGet === undefined) return Promise.resolve({ ok: true });
  const url = `http://${httpGet.host ?? podIp}:${portOf(container, httpGet.port as number | string)}${httpGet.path ?? '/'}`;
  return new Promise((resolve) => {
    const headers = Object.fromEntries((httpGet.httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value]));
    const request = http.get(url, { agent: false, headers }, (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      resolve(
        statusCode >= 200 && statusCode < 400 ? { ok: true } : { ok: false, words: `HTTP probe failed with statuscode: ${statusCode}` },
      );
      request.destroy();
    });
    // The whole probe is bounded, not the silence in it.
    const timer = setTimeout(
      () => request.destroy(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
      (probe.timeoutSeconds ?? 1) * 1000,
    );
    request.once('close', () => clearTimeout(timer));
    request.once('error', (error) => resolve({ ok: false, words: `Get "${url}": ${error.message}` }));
  });
}
