import type { Failure, FailureKind } from '../../domain/failure.js';

/** Longest text that is taken over from a server. */
const WORDS_LIMIT = 200;

/** What the network layer says (Node's error codes). ECONNRESET is no refusal: something was there a moment ago. */
const ERRNO: Readonly<Record<string, { readonly kind: FailureKind; readonly text: string }>> = {
  ECONNREFUSED: { kind: 'refused', text: 'connection refused' },
  ECONNRESET: { kind: 'other', text: 'connection reset' },
  EPIPE: { kind: 'other', text: 'connection closed by the other side' },
  ETIMEDOUT: { kind: 'timeout', text: 'no answer from the network' },
  EHOSTUNREACH: { kind: 'unreachable', text: 'no route to the host' },
  ENETUNREACH: { kind: 'unreachable', text: 'no route to the network' },
  EHOSTDOWN: { kind: 'unreachable', text: 'the host is down' },
  EADDRNOTAVAIL: { kind: 'unreachable', text: 'the address cannot be reached from here' },
  ENOTFOUND: { kind: 'unreachable', text: 'the name is not known' },
  EAI_AGAIN: { kind: 'unreachable', text: 'the name service does not answer' },
};

/** SQLSTATEs by whole code (PostgreSQL manual, appendix A). */
const SQLSTATE: Readonly<Record<string, FailureKind>> = {
  '57P03': 'starting',
  '53300': 'too-many',
  '25006': 'readonly',
  '42501': 'auth',
  '42P01': 'missing',
  '42883': 'missing',
  '3F000': 'missing',
  '3D000': 'missing',
  '57014': 'timeout',
  '55P03': 'timeout',
  '25P03': 'timeout',
  '42703': 'invalid',
  '42804': 'invalid',
};

/** SQLSTATE classes, for codes not listed one by one. */
const SQLSTATE_CLASS: Readonly<Record<string, FailureKind>> = { '28': 'auth', '22': 'invalid' };

/**
 * Classes whose server text names roles, databases, hosts and limits but never a value or a piece of a statement. Only these are shown:
 * they say at 3 a.m. which pg_hba line or grant is missing.
 */
const PLAIN_WORDS = /^(08|28|3D|53|55|57|25)|^42501$/;

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;
/** Said by the pg library when the server answers the TLS request with no; it carries no code. */
const NO_TLS = /does not support SSL|establishing an SSL connection/;

function readText(error: unknown, field: 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

function plain(words: string): string {
  // eslint-disable-next-line no-control-regex -- control characters of a server must not reach a terminal
  return words.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, WORDS_LIMIT);
}

/** Whether this is a code PostgreSQL gives (five characters, SQLSTATE). */
export function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !Object.hasOwn(ERRNO, code);
}

function ofServer(code: string, words: string): Failure {
  const kind = SQLSTATE[code] ?? SQLSTATE_CLASS[code.slice(0, 2)] ?? 'other';
  return {
    kind,
    code,
    text: PLAIN_WORDS.test(code) && words !== '' ? `${plain(words)} (${code})` : `the server answered with SQLSTATE ${code}`,
  };
}

/**
 * Translates whatever the pg library threw into a domain failure. Never holds a statement, a parameter, a password or a DSN: texts are
 * our own, except the server's words in the classes that cannot carry one.
 */
export function failureOf(error: unknown): Failure {
  const code = readText(error, 'code');
  const message = readText(error, 'message') ?? '';
  if (code !== undefined) {
    const known = ERRNO[code];
    if (known !== undefined) return { kind: known.kind, code, text: `${known.text} (${code})` };
    if (TLS_CODE.test(code)) return { kind: 'tls', code, text: `the certificate or protocol was not accepted (${code})` };
    if (isSqlState(code)) return ofServer(code, message);
  }
  if (NO_TLS.test(message)) return { kind: 'tls', text: 'the server offers no TLS' };
  if (/Connection terminated/.test(message)) return { kind: 'other', text: 'the connection ended without an answer' };
  return { kind: 'other', ...(code === undefined ? {} : { code }), text: 'the connection failed' };
}
