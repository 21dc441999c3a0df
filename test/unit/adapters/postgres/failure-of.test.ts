import { describe, expect, test } from 'vitest';
import { failureOf, isSqlState } from '../../../../src/adapters/postgres/failure-of.js';
import { PostgresFailure, toHoldfastError } from '../../../../src/adapters/postgres/postgres-failure.js';
import { HoldfastError } from '../../../../src/domain/errors.js';
import type { FailureKind } from '../../../../src/domain/failure.js';

const withCode = (code: string, message = 'words of the other side'): Error => Object.assign(new Error(message), { code });

describe('failureOf', () => {
  const kinds: readonly (readonly [string, FailureKind])[] = [
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'other'],
    ['EPIPE', 'other'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['EAI_AGAIN', 'unreachable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tls'],
    ['EPROTO', 'tls'],
    ['28000', 'auth'],
    ['28P01', 'auth'],
    ['42501', 'auth'],
    ['57P03', 'starting'],
    ['53300', 'too-many'],
    ['25006', 'readonly'],
    ['42P01', 'missing'],
    ['42883', 'missing'],
    ['3F000', 'missing'],
    ['3D000', 'missing'],
    ['57014', 'timeout'],
    ['55P03', 'timeout'],
    ['42703', 'invalid'],
    ['22008', 'invalid'],
    ['57P01', 'other'],
    ['57P02', 'other'],
    ['53100', 'other'],
    ['58030', 'other'],
    ['XX001', 'other'],
    ['55000', 'other'],
  ];
  test.each(kinds)('%s is %s, with its own code', (code, kind) => {
    expect(failureOf(withCode(code))).toMatchObject({ kind, code });
  });

  test.each([
    ['The server does not support SSL connections', 'tls'],
    ['There was an error establishing an SSL connection', 'tls'],
    ['Connection terminated unexpectedly', 'other'],
    ['anything else', 'other'],
  ] as const)('without a code: %s is %s', (message, kind) => {
    expect(failureOf(new Error(message)).kind).toBe(kind);
  });

  test.each([undefined, null, 'text', 7, {}, { code: 7 }])('%j, thrown by nobody knows whom, is a failure too', (thrown) => {
    expect(failureOf(thrown)).toEqual({ kind: 'other', text: 'the connection failed' });
  });

  test('an error of several addresses counts by its code', () => {
    expect(failureOf(Object.assign(new AggregateError([withCode('ECONNREFUSED')]), { code: 'ECONNREFUSED' })).kind).toBe('refused');
  });

  test.each(['28000', '42501', '53300', '57P03', '55000', '3D000'])(
    '%s: the server’s words are shown, without control characters and bounded',
    (code) => {
      const { text } = failureOf(withCode(code, `permission\u001b[31m denied\n${'x'.repeat(500)}`));
      expect(text).toMatch(/^permission \[31m denied x+ \(.....\)$/);
      expect(text.length).toBeLessThan(220);
    },
  );

  test.each(['23505', '42601', '42P01', '42703', '22P02', '58030', 'XX000'])(
    '%s: the server’s words may hold a value or a piece of a statement and are not shown',
    (code) => {
      expect(failureOf(withCode(code, 'the canary')).text).not.toContain('canary');
    },
  );

  test('words of the network layer are not shown either', () => {
    expect(failureOf(withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND canary')).text).not.toContain('canary');
    expect(failureOf(new Error('canary')).text).not.toContain('canary');
  });

  test.each([
    ['57P03', true],
    ['EPIPE', false],
    ['ENOTFOUND', false],
    ['0A000', true],
    [undefined, false],
    ['28p01', false],
  ] as const)('%s is a SQLSTATE: %s', (code, expected) => {
    expect(isSqlState(code)).toBe(expected);
  });
});

describe('toHoldfastError', () => {
  const failed = (kind: FailureKind, stage: PostgresFailure['stage']): PostgresFailure =>
    new PostgresFailure({ kind, code: 'C0DE1', text: 'words' }, stage);

  test.each([
    ['refused', 'HF_NODE_UNREACHABLE'],
    ['timeout', 'HF_NODE_UNREACHABLE'],
    ['unreachable', 'HF_NODE_UNREACHABLE'],
    ['starting', 'HF_NODE_UNREACHABLE'],
    ['too-many', 'HF_NODE_UNREACHABLE'],
    ['other', 'HF_NODE_UNREACHABLE'],
    ['tls', 'HF_NODE_TLS'],
    ['auth', 'HF_NODE_AUTH'],
    ['readonly', 'HF_TARGET_UNPROVEN'],
    ['missing', 'HF_GRANTS_WRONG'],
    ['invalid', 'HF_ROW_INVALID'],
    ['cancelled', 'HF_CANCELLED'],
  ] as const)('%s, never sent, is %s and names node and code', (kind, code) => {
    expect(toHoldfastError(failed(kind, 'not-sent'), 'b', 'write').toRecord()).toMatchObject({
      code,
      evidence: { node: 'b', failure: kind, code: 'C0DE1' },
    });
  });

  test('a write without an answer is unknown, whatever the failure; a read without one is not', () => {
    for (const kind of ['timeout', 'other', 'cancelled', 'auth'] as const) {
      expect(toHoldfastError(failed(kind, 'unanswered'), 'b', 'write').code).toBe('HF_EFFECT_UNKNOWN');
      expect(toHoldfastError(failed(kind, 'unanswered'), 'b', 'read').code).not.toBe('HF_EFFECT_UNKNOWN');
      expect(toHoldfastError(failed(kind, 'answered'), 'b', 'write').code).not.toBe('HF_EFFECT_UNKNOWN');
    }
  });

  test('errors of ours pass; foreign ones are not quoted', () => {
    const ours = new HoldfastError('HF_CONFLICT', 'as it is');
    expect(toHoldfastError(ours, 'b', 'read')).toBe(ours);
    const foreign = toHoldfastError(new Error('canary'), 'b', 'read');
    expect(foreign.code).toBe('HF_INTERNAL');
    expect(`${foreign.stack} ${JSON.stringify(foreign)} ${String(foreign.cause)}`).not.toContain('canary');
  });
});
