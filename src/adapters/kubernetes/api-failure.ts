import { HoldfastError } from '../../domain/errors.js';
import { failureOfHttp } from '../shared/http-failure.js';
import { isObject, parseObject, stringIn } from '../shared/json.js';

/** Names one call of the API server for errors: verb and resource as RBAC knows them, and what it was about. */
export interface ApiCall {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  /** Plural, with its subresource: `deployments`, `pods/log`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name?: string;
  /** True when the call changes something: no answer then means an unknown outcome. */
  readonly effect: boolean;
}

/** What the caller knows about how its call ended. */
export interface CallEnding {
  readonly cancelled: boolean;
  readonly overTime: boolean;
  readonly timeoutMs: number;
}

/** Statuses after which it is certain that nothing was done, though asking again may help. */
const BUSY: readonly number[] = [429, 503];

/**
 * Translates how a call failed. The answer's body and the client's own message are never repeated: a 422 can carry the whole Secret. Only the
 * status, the API's reason word, the fields that a validation names, and our own words are used.
 */
export function failureOfCall(error: unknown, call: ApiCall, ending: CallEnding): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const status = statusOf(error);
  return status === undefined ? failureWithoutAnswer(error, call, ending) : failureOfStatus(status, bodyOf(error), call);
}

/** Whether the error says that the object does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof HoldfastError && error.evidence['status'] === '404';
}

/** The call in words: `patch of secrets/geosync-secrets in namespace geosync`. */
export function callWords({ verb, resource, name, namespace }: ApiCall): string {
  return `${verb} of ${resource}${name === undefined ? '' : ` ${name}`} in namespace ${namespace}`;
}

function evidenceOf(call: ApiCall): Record<string, string> {
  return {
    verb: call.verb,
    resource: call.resource,
    namespace: call.namespace,
    ...(call.name === undefined ? {} : { target: call.name }),
  };
}

function failureOfStatus(status: number, body: StatusBody, call: ApiCall): HoldfastError {
  const words = callWords(call);
  const evidence = { ...evidenceOf(call), status: String(status), ...(body.reason === '' ? {} : { reason: body.reason }) };
  if (status === 401) return new HoldfastError('HF_KUBERNETES_FORBIDDEN', `${words}: the credentials were not accepted (401).`, evidence);
  if (status === 403) {
    return body.byAdmission
      ? new HoldfastError('HF_COMMAND_FAILED', `${words}: an admission rule of the cluster refused it (403).`, evidence)
      : new HoldfastError('HF_KUBERNETES_FORBIDDEN', `${words}: the verb ${call.verb} on ${call.resource} is missing (403).`, evidence);
  }
  if (status === 409) return new HoldfastError('HF_CONFLICT', `${words} (409 ${body.reason}).`, evidence);
  if (BUSY.includes(status))
    return new HoldfastError('HF_KUBERNETES_UNREACHABLE', `${words}: it is busy or not ready (${status}).`, evidence);
  if (status >= 500) {
    return call.effect
      ? new HoldfastError('HF_EFFECT_UNKNOWN', `${words}: it answered ${status}.`, evidence)
      : new HoldfastError('HF_KUBERNETES_UNREACHABLE', `${words}: it answered ${status}.`, evidence);
  }
  const fields = body.fields.length === 0 ? '' : `, about ${body.fields.join(', ')}`;
  return new HoldfastError('HF_COMMAND_FAILED', `${words}: the API server answered ${status} ${body.reason}${fields}.`, evidence);
}

function failureWithoutAnswer(error: unknown, call: ApiCall, ending: CallEnding): HoldfastError {
  const { kind, text } = failureOfHttp(error, ending);
  const evidence = { ...evidenceOf(call), kind };
  const words = `${callWords(call)}: ${text}.`;
  // Without a connection nothing was sent.
  const sent = !['refused', 'unreachable', 'tls'].includes(kind);
  if (call.effect && sent) return new HoldfastError('HF_EFFECT_UNKNOWN', words, evidence);
  if (kind === 'cancelled') return new HoldfastError('HF_CANCELLED', callWords(call) + '.', evidence);
  return new HoldfastError('HF_KUBERNETES_UNREACHABLE', words, evidence);
}

/** The client's ApiException is told by its shape, so that a second copy of the package makes no difference. */
function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code >= 300 ? error.code : undefined;
}

/** The parts of a `Status` that are safe to show. */
interface StatusBody {
  readonly reason: string;
  readonly fields: readonly string[];
  readonly byAdmission: boolean;
}

/** The body is a JSON string, or what was parsed of it. */
function bodyOf(error: unknown): StatusBody {
  const raw = error instanceof Error && 'body' in error ? error.body : undefined;
  const status = typeof raw === 'string' ? (parseObject(raw) ?? {}) : isObject(raw) ? raw : {};
  const details = isObject(status['details']) ? status['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isObject) : [];
  // The message is looked into and never shown.
  const message = stringIn(status, 'message') ?? '';
  return {
    reason: shortWord(stringIn(status, 'reason')),
    fields: causes.map((cause) => shortWord(stringIn(cause, 'field'))).filter((field) => field !== ''),
    byAdmission: /admission|denied the request|ValidatingAdmissionPolicy/.test(message),
  };
}

/** A word of the API (`AlreadyExists`, `spec.replicas`); anything of another form is left out. */
function shortWord(text: string | undefined): string {
  return text !== undefined && /^[A-Za-z][A-Za-z0-9.[\]_-]{0,80}$/.test(text) ? text : '';
}
