import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSecret } from '../../../../src/adapters/shared/secrets.js';
import { CANARY, errorOf } from '../../../conformance/harness.js';
import { tempFolder } from '../../../conformance/temp-folder.js';

describe('resolveSecret', () => {
  test('reads a file without its last newline, and sees a rotated one', async () => {
    const folder = await tempFolder();
    try {
      const file = path.join(folder.dir, 'token');
      await writeFile(file, 'first\n');
      expect(await resolveSecret(`file:${file}`)).toBe('first');
      await writeFile(file, ' second \r\n');
      expect(await resolveSecret(`file:${file}`)).toBe(' second ');
    } finally {
      await folder.remove();
    }
  });

  test('reads a variable', async () => {
    process.env['HF_TEST_SECRET'] = 'value';
    expect(await resolveSecret('env:HF_TEST_SECRET')).toBe('value');
    delete process.env['HF_TEST_SECRET'];
  });

  test.each(['env:HF_TEST_NOT_SET', 'file:/no/such/file'])('an unresolved reference is named: %s', async (reference) => {
    expect(await errorOf(resolveSecret(reference))).toMatchObject({ code: 'HF_SECRET_UNRESOLVED', evidence: { reference } });
  });

  test.each([CANARY, `env:${CANARY}`, `file:${CANARY}`, ''])(
    'a text that is no reference may be the secret, and is not shown (case %#)',
    async (text) => {
      expect((await errorOf(resolveSecret(text))).code).toBe('HF_SECRET_UNRESOLVED');
    },
  );
});
