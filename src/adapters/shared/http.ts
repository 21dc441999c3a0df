import { Agent, request } from 'undici';
import { HoldfastError } from '../../domain/errors.js';
import type { Failure } from '../../domain/failure.js';
import { failureOfHttp } from './http-failure.js';
import { resolveSecret } from './secrets.js';
import type { SecretRef } from './secrets.js';

/** TLS material of a caller, as references to PEM texts. Read for every call, so that rotated files are used at once. */
export interface TlsRefs {
  /** Certificate authority of the other side; the system's own list when absent. */
  readonly caRef?: SecretRef;
  /** Own certificate and key, for mutual TLS. */
  readonly certRef?: SecretRef;
  readonly keyRef?: SecretRef;
  /** Name to verify when the other side is called by address. */
  readonly serverName?: string;
}

/** One call. Header values may be secrets; they live in this object only. */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly tls?: TlsRefs;
  /** Longest body that is read, bytes; default 256 KiB. A longer one is a failure, not a part of an answer. */
  readonly bodyLimit?: number;
}

/** An answer of any status. Redirects are not followed: a 3xx is an answer like any other. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** `Retry-After` in seconds, when it was given as a number. */
  readonly retryAfterSeconds?: number;
}

/** `sent` is false only when no connection was made, so that the other side cannot have acted. */
export type HttpOutcome =
  | { readonly answer: HttpAnswer; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: Failure; readonly sent: boolean };

const BODY_LIMIT = 256 * 1024;

/**
 * One HTTP call over a connection of its own: an answer is then proof of what listens there now, and nothing is left open afterwards.
 * No proxy, no redirect, no retry, no cache. Resolves with a failure instead of throwing; throws HF_SECRET_UNRESOLVED only.
 */
export async function callHttp(call: HttpCall): Promise<HttpOutcome> {
  if (call.signal.aborted) return { failure: { kind: 'cancelled', text: 'cancelled before it was sent' }, sent: false };
  const agent = new Agent({
    connect: { timeout: call.timeoutMs, ...(await tlsOptions(call.tls)) },
    pipelining: 0,
    maxResponseSize: call.bodyLimit ?? BODY_LIMIT,
  });
  let connected = false;
  agent.on('connect', () => {
    connected = true;
  });
  const overTime = AbortSignal.timeout(call.timeoutMs);
  try {
    const response = await request(call.url, {
      method: call.method,
      headers: { ...call.headers },
      body: call.body ?? null,
      dispatcher: agent,
      signal: AbortSignal.any([call.signal, overTime]),
    });
    const body = await response.body.text();
    const retryAfter = Number(response.headers['retry-after']);
    return { answer: { status: response.statusCode, body, ...(Number.isFinite(retryAfter) && { retryAfterSeconds: retryAfter }) } };
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    return {
      failure: failureOfHttp(error, { cancelled: call.signal.aborted, overTime: overTime.aborted, timeoutMs: call.timeoutMs }),
      sent: connected,
    };
  } finally {
    await agent.destroy();
  }
}

async function tlsOptions(tls: TlsRefs | undefined): Promise<{ ca?: string; cert?: string; key?: string; servername?: string }> {
  if (tls === undefined) return {};
  const read = async (ref: SecretRef | undefined): Promise<string | undefined> => (ref === undefined ? undefined : resolveSecret(ref));
  const [ca, cert, key] = await Promise.all([read(tls.caRef), read(tls.certRef), read(tls.keyRef)]);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}
