import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generatedFiles } from '../../../scripts/lib/generated-files.js';

const files = generatedFiles();

test.each(Object.keys(files))('%s is current (else: npx tsx scripts/generate-reference.ts)', async (name) => {
  expect(await readFile(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), 'utf8')).toBe(files[name]);
});
