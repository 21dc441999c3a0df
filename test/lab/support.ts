import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';
import type { Instance, Lab } from '../../lab/index.js';

/** An HTTP answer, body parsed when it is JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: unknown;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** node:http, since fetch would not send a Host header of our own. */
export function request(url: string, { method = 'GET', headers = {}, body, signal }: HttpRequest = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent: false, ...(signal === undefined ? {} : { signal }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json ? JSON.parse(text) : text });
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export function health(instance: Instance, signal?: AbortSignal): Promise<HttpAnswer> {
  return request(instance.healthUrl, { headers: { host: instance.hostHeader }, ...(signal === undefined ? {} : { signal }) });
}

/** A call of the admin API as a person (`officer`) or as the orchestrator (`auditor`). */
export function admin(
  lab: Lab,
  instance: Instance,
  method: 'GET' | 'POST' | 'DELETE',
  as: 'auditor' | 'officer' = 'officer',
  body?: string,
): Promise<HttpAnswer> {
  const read = (name: keyof typeof lab.secrets.files): string => readFileSync(lab.secrets.files[name], 'utf8');
  const otp = new TOTP({ secret: Secret.fromBase32(read('admin-otp-seed')), algorithm: 'SHA1', digits: 6, period: 30 }).generate();
  const headers = {
    host: instance.hostHeader,
    authorization: `Bearer ${read(as === 'officer' ? 'admin-token-officer' : 'admin-token')}`,
    'x-client-cert': read('admin-client-certificate'),
    'x-admin-otp': otp,
    'content-type': 'application/json',
  };
  return request(instance.adminUrl, { method, headers, ...(body === undefined ? {} : { body }) });
}

/** Runs a command; its exit code is a result, not an error. */
export function run([file = '', ...args]: readonly string[]): Promise<{
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}> {
  return new Promise((resolve) => {
    const child = execFile(file, args, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout: stdout.trim(), stderr: stderr.trim() }),
    );
  });
}

/** Looks again until it is so. */
export async function until(what: string, look: () => Promise<boolean> | boolean, timeoutMs = 15_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await look()); await sleep(25)) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
  }
}
