import { readFileSync } from 'node:fs';
import https from 'node:https';

/** An answer of Patroni's REST API, as it came: text, HTML or JSON. */
export interface RestAnswer {
  readonly status: number;
  readonly body: string;
}

/** One call. Only unsafe verbs need a login; they get it. */
export interface RestCall {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** Default 3 s; a switchover takes 3 s, a failover that waits for a key up to 20 s. */
  readonly timeoutMs?: number;
}

/** How the lab calls Patroni: as a person with the password would. */
export interface RestLogin {
  readonly caFile: string;
  readonly user: string;
  readonly password: string;
}

const TIMEOUT_MS = 3_000;

/**
 * Calls Patroni's REST API over TLS.
 * @throws when no HTTP answer came: refused, hung, or closed without a word (what /cluster does while etcd is away).
 */
export function callRest(
  url: string,
  login: RestLogin,
  { method = 'GET', body, timeoutMs = TIMEOUT_MS }: RestCall = {},
): Promise<RestAnswer> {
  return new Promise((resolve, reject) => {
    const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    const request = https.request(
      url,
      {
        method,
        agent: false,
        ca: readFileSync(login.caFile),
        signal: AbortSignal.timeout(timeoutMs),
        headers: { 'content-type': 'application/json', ...(method === 'GET' ? {} : { authorization }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
