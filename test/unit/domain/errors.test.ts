import { describe, expect, test } from 'vitest';
import { ERRORS, HoldfastError, isErrorCode, type ErrorCode } from '../../../src/domain/errors.js';

const entries = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];

describe('promise S12: the catalogue of errors', () => {
  test.each(entries)('%s says what happened and what to do next, in sentences', (code, entry) => {
    expect(code).toMatch(/^HF_[A-Z]+(_[A-Z]+)*$/);
    for (const text of [entry.summary, entry.next]) {
      expect(text).toMatch(/^[A-Z`].{5,}\.$/);
      expect(text.length).toBeLessThanOrEqual(160);
    }
  });

  test('no two codes say the same', () => {
    expect(new Set(entries.map(([, entry]) => entry.summary)).size).toBe(entries.length);
  });

  test('an error whose effect may have happened is never sent again by a retry policy', () => {
    expect(entries.filter(([, entry]) => entry.unknown && entry.retryable)).toEqual([]);
    expect(entries.filter(([, entry]) => entry.unknown).map(([code]) => code)).toEqual(['HF_PROMOTE_UNKNOWN', 'HF_EFFECT_UNKNOWN']);
  });

  test('what must not be tried again by itself is final', () => {
    const final: readonly ErrorCode[] = [
      'HF_BOUNDS_EXCEEDED',
      'HF_PROMOTE_REFUSED',
      'HF_TARGET_FORKED',
      'HF_STORE_DISARMED',
      'HF_PAUSE_NOT_OURS',
      'HF_INTERNAL',
    ];
    expect(final.filter((code) => ERRORS[code].retryable)).toEqual([]);
  });
});

test('an error is data: code, sentence, evidence; never its cause', () => {
  const error = new HoldfastError('HF_NODE_AUTH', 'db-b.test: permission denied.', { node: 'b' }, { cause: new Error('password=hunter2') });
  expect(error.toRecord()).toEqual({
    code: 'HF_NODE_AUTH',
    message: 'The node refused the login or a permission. db-b.test: permission denied.',
    evidence: { node: 'b' },
  });
  expect(new HoldfastError('HF_CANCELLED', '').message).toBe(ERRORS.HF_CANCELLED.summary);
});

test('only codes of the catalogue are codes', () => {
  expect(entries.every(([code]) => isErrorCode(code))).toBe(true);
  expect(['HF_NOTHING', 'toString', '__proto__', '', 7, null, undefined, {}].filter((value) => isErrorCode(value))).toEqual([]);
});
