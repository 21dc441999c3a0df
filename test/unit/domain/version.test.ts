import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSION } from '../../../src/domain/version.js';

test('the version in histories and reports is the one of the package', () => {
  const read: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(read).toMatchObject({ version: VERSION });
});
