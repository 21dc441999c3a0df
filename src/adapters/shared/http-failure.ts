import type { Failure, FailureKind } from '../../domain/failure.js';

/** What the caller knows about how its call ended. */
interface Ending {
  readonly cancelled: boolean;
  readonly overTime: boolean;
  readonly timeoutMs: number;
}

/** Codes of Node and undici, told apart by what they prove. A reset is `other`: something was there, and it is not known what it did. */
const KINDS: readonly (readonly [RegExp, FailureKind, string])[] = [
  [/^ECONNREFUSED$/, 'refused', 'connection refused'],
  [/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/, 'unreachable', 'no route to the host'],
  [/^(ENOTFOUND|EAI_[A-Z]+)$/, 'unreachable', 'the host name was not found'],
  [/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/, 'timeout', 'no answer in time'],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/, 'tls', 'TLS with the other side failed'],
  [/^UND_ERR_RES_EXCEEDED_MAX_SIZE$/, 'invalid', 'the answer is too long'],
  [/^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH))/, 'invalid', 'the answer is not HTTP'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'other', 'the connection was closed without an answer'],
  [/^(ERR_INVALID_URL|UND_ERR_INVALID_ARG)$/, 'invalid', 'the configured address cannot be called'],
];

/** Maps an error of an HTTP call to the domain's vocabulary. Uses codes only: messages may repeat addresses and headers. */
export function failureOfHttp(error: unknown, ending: Ending): Failure {
  if (ending.cancelled) return { kind: 'cancelled', text: 'cancelled while waiting for the answer' };
  if (ending.overTime) return { kind: 'timeout', text: `no answer within ${ending.timeoutMs} ms` };
  const code = codeOf(error);
  const known = KINDS.find(([form]) => form.test(code));
  return known === undefined ? { kind: 'other', code, text: `the call failed (${code})` } : { kind: known[1], code, text: known[2] };
}

/** The first code along the chain of causes; an AggregateError (a name with several addresses) carries that of its first attempt. */
function codeOf(error: unknown): string {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    // undici's parser error has a code of its own for some faults only.
    if (current.name === 'HTTPParserError') return 'HPE_INVALID';
    if (current instanceof AggregateError && current.errors.length > 0) return codeOf(current.errors[0]);
  }
  return 'unknown';
}
