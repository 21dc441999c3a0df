import { inspect } from 'node:util';
import { ApiException } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { failureOfCall, isMissing } from '../../../../src/adapters/kubernetes/api-failure.js';
import type { ApiCall } from '../../../../src/adapters/kubernetes/api-failure.js';

const CANARY = 'canary-7b1f';
const PATCH: ApiCall = { verb: 'patch', resource: 'secrets', namespace: 'geosync', name: 'geosync-secrets', effect: true };
const GET: ApiCall = { verb: 'get', resource: 'deployments', namespace: 'geosync', name: 'geosync-api', effect: false };
const RUNNING = { cancelled: false, overTime: false, timeoutMs: 5000 };

const answer = (code: number, reason: string, message = '', details: object = {}) =>
  new ApiException(code, `quotes ${CANARY}`, JSON.stringify({ kind: 'Status', reason, message: `${message} ${CANARY}`, details }), {
    audit: CANARY,
  });
const network = (code: string) => Object.assign(new Error(`to ${CANARY}`), { code });

test.each([
  ['a stale version', answer(409, 'Conflict'), PATCH, 'HF_CONFLICT'],
  ['a missing right', answer(403, 'Forbidden', 'User "x" cannot patch resource "secrets"'), PATCH, 'HF_KUBERNETES_FORBIDDEN'],
  ['an admission rule', answer(403, 'Forbidden', 'admission webhook "w" denied the request'), PATCH, 'HF_COMMAND_FAILED'],
  ['credentials that are not accepted', answer(401, 'Unauthorized'), GET, 'HF_KUBERNETES_FORBIDDEN'],
  ['an object that is not there', answer(404, 'NotFound'), GET, 'HF_COMMAND_FAILED'],
  ['an invalid object, quoted whole', answer(422, 'Invalid'), PATCH, 'HF_COMMAND_FAILED'],
  ['a busy server', answer(429, 'TooManyRequests'), PATCH, 'HF_KUBERNETES_UNREACHABLE'],
  ['a server without its store, effect', answer(500, 'InternalError'), PATCH, 'HF_EFFECT_UNKNOWN'],
  ['a server without its store, read', answer(504, 'Timeout'), GET, 'HF_KUBERNETES_UNREACHABLE'],
  ['nothing listens', network('ECONNREFUSED'), PATCH, 'HF_KUBERNETES_UNREACHABLE'],
  ['another certificate authority', network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), PATCH, 'HF_KUBERNETES_UNREACHABLE'],
  ['a lost answer of an effect', network('ECONNRESET'), PATCH, 'HF_EFFECT_UNKNOWN'],
  ['a lost answer of a read', network('ECONNRESET'), GET, 'HF_KUBERNETES_UNREACHABLE'],
  ['something that is no error', CANARY, GET, 'HF_KUBERNETES_UNREACHABLE'],
] as const)('%s', (_name, error, call, code) => {
  const failure = failureOfCall(error, call, RUNNING);
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(call.resource);
  expect(inspect(failure, { depth: 8 })).not.toContain(CANARY);
});

test('a missing right names verb and resource', () => {
  const failure = failureOfCall(answer(403, 'Forbidden', 'cannot patch'), PATCH, RUNNING);
  expect(failure.message).toContain('the verb patch on secrets is missing');
  expect(failure.evidence).toMatchObject({ verb: 'patch', resource: 'secrets', namespace: 'geosync', target: 'geosync-secrets' });
});

test('fields that a validation names are told, other words are not', () => {
  const causes = [{ field: 'spec.replicas' }, { field: `data: ${CANARY}` }];
  const failure = failureOfCall(answer(422, 'Invalid', '', { causes }), PATCH, RUNNING);
  expect(failure.message).toContain('about spec.replicas');
  expect(failure.message).not.toContain(CANARY);
});

test('a call that is over its time is unknown when it was to change something, and no answer otherwise', () => {
  const over = { ...RUNNING, overTime: true };
  expect(failureOfCall(new Error('aborted'), PATCH, over).code).toBe('HF_EFFECT_UNKNOWN');
  expect(failureOfCall(new Error('aborted'), GET, over).code).toBe('HF_KUBERNETES_UNREACHABLE');
  expect(failureOfCall(new Error('aborted'), GET, { ...RUNNING, cancelled: true }).code).toBe('HF_CANCELLED');
});

test('an object that does not exist is told apart', () => {
  expect(isMissing(failureOfCall(answer(404, 'NotFound'), GET, RUNNING))).toBe(true);
  expect(isMissing(failureOfCall(answer(403, 'Forbidden'), GET, RUNNING))).toBe(false);
});
