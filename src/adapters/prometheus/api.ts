/** One call of the Prometheus HTTP API, and what its envelope means. */
import type { Failure, FailureKind } from '../../domain/failure.js';
import { HoldfastError } from '../../domain/errors.js';
import type { MetricsAnswer } from '../../domain/metric-series.js';
import type { ReadScope } from '../../ports/scope.js';
import { callHttp } from '../shared/http.js';
import type { HttpAnswer, TlsRefs } from '../shared/http.js';
import { parseObject, stringIn } from '../shared/json.js';
import type { JsonObject } from '../shared/json.js';
import { showable } from '../shared/redact.js';
import { resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';

/** Where the server is and how it lets us in. Authentication is not Prometheus’ own: a proxy in front of it asks. */
export interface PrometheusServer {
  /** Base address; a path in it is kept (`/prometheus`). */
  readonly url: string;
  readonly bearerRef?: SecretRef;
  readonly basic?: { readonly user: string; readonly passwordRef: SecretRef };
  readonly tls?: TlsRefs;
  /** `X-Scope-OrgID` of Mimir, Cortex and Loki gateways. */
  readonly tenant?: string;
  readonly timeoutMs: number;
}

/** One call: POST with a form, else GET. `what` names it in failures. */
export interface ApiCall {
  readonly what: string;
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
}

/** Rules and targets of a large installation are long; more than this is not ours to read. */
const BODY_LIMIT = 8 * 1024 * 1024;
/** Warnings shown; a federation may repeat one for every part of it. */
const WARNINGS = 5;

/** What the status of an answer without an envelope means: it comes from a proxy in front, or from something else altogether. */
function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404) return 'missing';
  if (status === 429) return 'too-many';
  if (status === 503) return 'starting';
  if (status === 504) return 'timeout';
  return status >= 500 ? 'other' : 'invalid';
}

/** `errorType` of the API (web/api/v1): what it says about the question, not about the server. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  bad_data: 'invalid',
  execution: 'invalid',
  timeout: 'timeout',
  canceled: 'timeout',
  unavailable: 'starting',
  not_found: 'missing',
  internal: 'other',
};

/** Calls the API and reads its data; `read` says undefined for data of another shape. */
export async function callApi<T>(
  server: PrometheusServer,
  call: ApiCall,
  read: (data: unknown) => T | undefined,
  scope: ReadScope,
): Promise<MetricsAnswer<T>> {
  const { answer, failure } = await send(server, call, scope);
  if (answer === undefined) return { failure };
  const envelope = parseObject(answer.body);
  const status = envelope === undefined ? undefined : stringIn(envelope, 'status');
  if (envelope === undefined || (status !== 'success' && status !== 'error')) {
    const text = `${call.what}: HTTP ${answer.status} and no answer of the Prometheus API`;
    return { failure: { kind: answer.status === 200 ? 'invalid' : kindOfStatus(answer.status), code: String(answer.status), text } };
  }
  if (status === 'error') return { failure: failureOf(call, answer, envelope) };
  const value = read(envelope['data']);
  if (value === undefined) return { failure: { kind: 'invalid', text: `${call.what}: the data has another shape than asked for` } };
  return { value, warnings: warningsOf(envelope) };
}

/** A page for people (`/-/ready`): 200 or not; the value is its text. */
export async function callText(server: PrometheusServer, path: string, scope: ReadScope): Promise<MetricsAnswer<string>> {
  const { answer, failure } = await send(server, { what: path, path }, scope);
  if (answer === undefined) return { failure };
  const text = showable(answer.body, 200);
  if (answer.status === 200) return { value: text, warnings: [] };
  const shown = `HTTP ${answer.status}${text.startsWith('<') || text === '' ? '' : `: ${text}`}`;
  return { failure: { kind: kindOfStatus(answer.status), code: String(answer.status), text: shown } };
}

type Sent = { readonly answer: HttpAnswer; readonly failure?: undefined } | { readonly answer?: undefined; readonly failure: Failure };

async function send(server: PrometheusServer, { what, path, form }: ApiCall, scope: ReadScope): Promise<Sent> {
  const cancelled = (): HoldfastError => new HoldfastError('HF_CANCELLED', `Query ${what}.`, { query: what });
  if (scope.signal.aborted) throw cancelled();
  const outcome = await callHttp({
    method: form === undefined ? 'GET' : 'POST',
    url: `${server.url.replace(/\/+$/, '')}${path}`,
    headers: { ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }), ...(await headersOf(server)) },
    ...(form === undefined ? {} : { body: new URLSearchParams({ ...form, timeout: `${server.timeoutMs}ms` }).toString() }),
    timeoutMs: server.timeoutMs,
    signal: scope.signal,
    bodyLimit: BODY_LIMIT,
    ...(server.tls === undefined ? {} : { tls: server.tls }),
  });
  if (outcome.answer !== undefined) return { answer: outcome.answer };
  if (outcome.failure.kind === 'cancelled') throw cancelled();
  return { failure: { ...outcome.failure, text: `${what}: ${outcome.failure.text}` } };
}

async function headersOf({ bearerRef, basic, tenant }: PrometheusServer): Promise<Readonly<Record<string, string>>> {
  const word =
    bearerRef !== undefined
      ? `Bearer ${await resolveSecret(bearerRef)}`
      : basic !== undefined
        ? `Basic ${Buffer.from(`${basic.user}:${await resolveSecret(basic.passwordRef)}`).toString('base64')}`
        : undefined;
  return { ...(word === undefined ? {} : { authorization: word }), ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }) };
}

function failureOf({ what }: ApiCall, { status }: HttpAnswer, envelope: JsonObject): Failure {
  const errorType = stringIn(envelope, 'errorType') ?? 'unknown';
  // 422 is "cannot execute", whatever the type's name in this version.
  const kind = KINDS[errorType] ?? kindOfStatus(status);
  return { kind, code: errorType, text: `${what}: ${errorType}: ${showable(stringIn(envelope, 'error') ?? 'without a word', 200)}` };
}

function warningsOf(envelope: JsonObject): readonly string[] {
  const { warnings } = envelope;
  if (!Array.isArray(warnings)) return [];
  return warnings
    .filter((warning): warning is string => typeof warning === 'string')
    .slice(0, WARNINGS)
    .map((warning) => showable(warning, 200));
}
