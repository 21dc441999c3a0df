/** Writes the pages and the schema that are made from the product: `npx tsx scripts/generate-reference.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './lib/generated-files.js';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const [name, content] of Object.entries(generatedFiles())) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(name);
}
