import { describe, expect, test } from 'vitest';
import { toFailure } from '../../../src/activities/temporal.js';
import { ERRORS, HoldfastError, type ErrorCode } from '../../../src/domain/errors.js';

const SECRET = 'postgres://app:hunter2@db-a.test/kill';
const codes = Object.keys(ERRORS) as ErrorCode[];

describe('an error of the catalogue', () => {
  test.each(codes)('%s crosses as its type with its record, and is retried only if it says so', (code) => {
    const failure = toFailure(new HoldfastError(code, 'db-b.test.', { node: 'b' }));
    expect(failure).toMatchObject({
      type: code,
      message: `${ERRORS[code].summary} db-b.test.`,
      nonRetryable: !ERRORS[code].retryable,
      details: [{ code, message: `${ERRORS[code].summary} db-b.test.`, evidence: { node: 'b' } }],
    });
  });

  test('promise S5: an unknown outcome is never retried', () => {
    for (const code of codes.filter((each) => ERRORS[each].unknown)) expect(toFailure(new HoldfastError(code, '')).nonRetryable).toBe(true);
  });

  test('promise S6: its cause does not cross', () => {
    const failure = toFailure(new HoldfastError('HF_NODE_AUTH', 'refused.', {}, { cause: new Error(SECRET) }));
    expect(failure.cause).toBeUndefined();
    expect(JSON.stringify([failure.message, failure.details, failure.type])).not.toContain('hunter2');
  });
});

describe('promise S6: a foreign error loses its message, stack and cause', () => {
  class DriverError extends Error {
    override readonly name = 'DriverError';
    readonly connection = SECRET;
  }
  const foreign: readonly (readonly [string, unknown])[] = [
    ['an Error', new Error(`connect ${SECRET}`)],
    ['an error of a driver', new DriverError(`connect ${SECRET}`, { cause: new Error(SECRET) })],
    ['several', new AggregateError([new Error(SECRET)], SECRET)],
    ['a text', SECRET],
    ['an object', { message: SECRET, toString: () => SECRET }],
    ['nothing', undefined],
    ['null', null],
  ];
  test.each(foreign)('%s', (_name, error) => {
    const failure = toFailure(error);
    expect(failure).toMatchObject({ type: 'HF_INTERNAL', nonRetryable: true, details: [] });
    expect(failure.cause).toBeUndefined();
    expect(`${failure.message} ${JSON.stringify(failure)} ${failure.stack ?? ''}`).not.toContain('hunter2');
  });
  test('its class is named, so that the log of the worker can be found', () => {
    expect(toFailure(new DriverError('x')).message).toBe(`${ERRORS.HF_INTERNAL.summary} (DriverError)`);
    expect(toFailure('x').message).toBe(`${ERRORS.HF_INTERNAL.summary} (string)`);
  });
});
