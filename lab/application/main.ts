import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminApi } from './admin.js';
import type { Answer } from './answer.js';
import { failure } from './answer.js';
import { readBehaviour } from './behaviour.js';
import { parseEnvFile } from './env-file.js';
import { HEALTH_PATHS, health } from './health.js';
import { Metrics } from './metrics.js';
import { PostgresStore, createLocalStore } from './store.js';
import { readStoreSettings } from './store-settings.js';

/** One turn at a time: the real process is single-threaded and its driver blocks, so that a query that hangs stops everything. */
function createTurns(blocking: boolean): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    if (!blocking) return work();
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is required`);
  return value;
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: http.ServerResponse, { status, headers, body }: Answer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json', ...headers });
  response.end(text);
}

async function main(): Promise<void> {
  const behaviour = readBehaviour(process.env);
  const [address, port, secretsDir] = [required('LAB_APP_ADDRESS'), Number(required('LAB_APP_PORT')), required('LAB_APP_SECRETS_DIR')];
  const secret = (name: string): string => readFileSync(path.join(secretsDir, name), 'utf8').trim();
  const envFile = process.env['LAB_APP_ENV_FILE'];
  const env = { ...(process.env as Record<string, string>), ...(envFile === undefined ? {} : parseEnvFile(readFileSync(envFile, 'utf8'))) };
  const settings = readStoreSettings(env, behaviour.dsnForm);
  const metrics = new Metrics();
  const store = settings === undefined ? createLocalStore() : new PostgresStore(settings, behaviour, address, metrics);
  const admin = new AdminApi(
    behaviour,
    store,
    { jwtSecret: secret('admin-jwt-secret'), otpSeed: secret('admin-otp-seed'), clientCertificate: secret('admin-client-certificate') },
    metrics,
  );
  const turn = createTurns(behaviour.blockOnHang);
  process.on('SIGTERM', () => {
    if (!behaviour.ignoreSigterm) void turn(async () => process.exit(0));
  });

  await sleep(behaviour.bootDelayMs);
  await store.boot();

  const route = async (request: http.IncomingMessage): Promise<Answer> => {
    const { pathname } = new URL(request.url ?? '/', 'http://application');
    const hostName = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (!behaviour.trustedHosts.includes(hostName)) return { status: 400, body: 'Invalid host header' };
    if (HEALTH_PATHS[behaviour.health].includes(pathname))
      return health({ behaviour, store, adminLimitReached: admin.limitReached() }, pathname);
    if (pathname === '/metrics') return { status: 200, body: metrics.render() };
    if (pathname === '/admin/kill-switch')
      return admin.handle({ method: request.method ?? 'GET', path: pathname, headers: request.headers, body: await bodyOf(request) });
    return failure(404, 'ERR_NOT_FOUND', 'Not found.', pathname);
  };
  const server = http.createServer((request, response) => {
    void turn(() => route(request)).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        console.error(`request failed: ${(error as Error).message}`);
        response.destroy();
      },
    );
  });
  server.listen({ host: address, port }, () =>
    console.log(`ready on ${address}:${port}, store: ${settings === undefined ? 'local' : 'postgres'}`),
  );
}

main().catch((error: unknown) => {
  // The driver's and our own messages name hosts and causes, never the DSN.
  console.error(`boot failed: ${(error as Error).message}`);
  process.exit(1);
});
