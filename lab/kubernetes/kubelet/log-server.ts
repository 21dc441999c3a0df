import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeletSettings } from './settings.js';

const FOLLOW_POLL_MS = 100;

/** The newest log of a container, or the one before it, of the newest pod with that name. */
function logFile(workDir: string, namespace: string, pod: string, container: string, previous: boolean): string | undefined {
  const logs = path.join(workDir, 'logs');
  const folders = (existsSync(logs) ? readdirSync(logs) : [])
    .filter((name) => name.startsWith(`${namespace}_${pod}_`))
    .map((name) => path.join(logs, name, container))
    .filter((folder) => existsSync(folder))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const [folder] = folders;
  if (folder === undefined) return undefined;
  const starts = readdirSync(folder)
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => b - a);
  const start = starts[previous ? 1 : 0];
  return start === undefined ? undefined : path.join(folder, `${start}.log`);
}

/** The last lines of a text, its final newline kept. */
function lastLines(text: string, count: number): string {
  if (count === 0) return '';
  const lines = text.split('\n');
  const ended = lines.at(-1) === '' ? 1 : 0;
  return lines.slice(-(count + ended)).join('\n');
}

/** Sends what is added until the caller goes. */
async function follow(file: string, from: number, response: ServerResponse): Promise<void> {
  let position = from;
  while (!response.destroyed) {
    const { size } = statSync(file);
    if (size > position) {
      const added = createReadStream(file, { start: position, end: size - 1 });
      position = size;
      for await (const chunk of added) response.write(chunk);
    }
    await sleep(FOLLOW_POLL_MS);
  }
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(`${words}\n`);
}

async function answer(settings: KubeletSettings, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet');
  const [verb, namespace, pod, container, ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (verb !== 'containerLogs' || namespace === undefined || pod === undefined || container === undefined || rest.length > 0) {
    refuse(response, 404, '404 page not found');
    return;
  }
  const previous = url.searchParams.get('previous') === 'true';
  const file = logFile(settings.workDir, namespace, pod, container, previous);
  if (file === undefined || !existsSync(file)) {
    const which = previous ? 'previous terminated container' : 'container';
    refuse(response, 400, `${which} "${container}" in pod "${pod}" not found`);
    return;
  }
  const whole = readFileSync(file);
  const tailLines = url.searchParams.get('tailLines');
  const limit = url.searchParams.get('limitBytes');
  const text = tailLines === null ? whole : Buffer.from(lastLines(whole.toString('utf8'), Number(tailLines)));
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write(limit === null ? text : text.subarray(0, Number(limit)));
  if (url.searchParams.get('follow') === 'true') await follow(file, whole.length, response);
  response.end();
}

/**
 * Serves what the API server asks a kubelet for when somebody reads a pod's log: GET /containerLogs/<namespace>/<pod>/<container>, with
 * `tailLines`, `limitBytes`, `previous` and `follow`. Only holders of a certificate of the lab's CA are answered. Not known: timestamps
 * and `sinceSeconds` (a process writes no times), exec, attach and port-forward.
 */
export async function serveLogs(settings: KubeletSettings): Promise<void> {
  const { tls, address, port } = settings;
  const server = https.createServer(
    {
      ca: readFileSync(tls.caFile),
      cert: readFileSync(tls.cert),
      key: readFileSync(tls.key),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      answer(settings, request, response).catch(() => response.destroy());
    },
  );
  server.listen({ host: address, port });
  await once(server, 'listening');
}
