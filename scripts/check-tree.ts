// Looks for text that must not stand in the repository (scripts/lib/tree-rules.ts).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryFiles } from './lib/files.js';
import { checkText } from './lib/tree-rules.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Made by tools: the lock file is npm's, a recorded history is Temporal's. */
const made = /^(package-lock\.json|test\/replay\/histories\/)/;

const findings = repositoryFiles(root)
  .filter((file) => !made.test(file))
  .flatMap((file) => {
    const content = readFileSync(path.join(root, file));
    return content.includes(0) ? [] : checkText(file, content.toString('utf8'));
  });
for (const { file, line, rule, says } of findings) console.log(`${file}:${line}: ${rule}: ${says}`);
process.exitCode = findings.length === 0 ? 0 : 1;
