// Looks for text that must not stand in the repository (scripts/lib/tree-rules.ts).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryFiles } from './lib/files.js';
import { checkText, treeRules } from './lib/tree-rules.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** npm's own, which names the hosts that packages came from. */
const lockFile = 'package-lock.json';
/** Temporal's own words, of which only what betrays a machine is ours to answer for. */
const recorded = /^test\/replay\/histories\//;
const machineRules = treeRules.filter(({ id }) => id === 'machine-path' || id === 'registry-host');

const findings = repositoryFiles(root)
  .filter((file) => file !== lockFile)
  .flatMap((file) => {
    const content = readFileSync(path.join(root, file));
    return content.includes(0) ? [] : checkText(file, content.toString('utf8'), recorded.test(file) ? machineRules : treeRules);
  });
for (const { file, line, rule, says } of findings) console.log(`${file}:${line}: ${rule}: ${says}`);
process.exitCode = findings.length === 0 ? 0 : 1;
