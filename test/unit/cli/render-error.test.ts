import { expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.js';
import { renderError } from '../../../src/cli/render-error.js';
import { ERRORS, HoldfastError } from '../../../src/domain/errors.js';
import type { ErrorCode } from '../../../src/domain/errors.js';

test('an error is code, what, evidence and next step', () => {
  expect(renderError(new HoldfastError('HF_PLAN_REFUSED', 'Rule r: d.', { r: 'd' })).text).toMatchInlineSnapshot(`
    "HF_PLAN_REFUSED: The plan would not be safe and is refused. Rule r: d.
      r: d
    Next: Correct the configuration as the rule says."
  `);
});

test('a foreign error keeps its name and loses its credentials', () => {
  const { record, text } = renderError(new TypeError('connect postgresql://u:canary@db-a failed'));
  expect(record.code).toBe('HF_INTERNAL');
  expect(text).toContain('TypeError: connect postgresql://[redacted]@db-a failed');
  expect(text).not.toContain('canary');
});

test('no error ends with exit code 0', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) expect(exitCodeOf(code), code).toBeGreaterThan(0);
});
