// Lists every test without running it and writes the names to test/required.txt, or says how the file differs.
//   npx tsx scripts/required.ts [--write]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatRequired, parseRequired } from './lib/required-file.js';
import { requiredName } from './lib/results.js';
import { packageScript, run } from './lib/run.js';

interface Listed {
  readonly name: string;
  readonly file: string;
  readonly projectName: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const file = path.join(root, 'test', 'required.txt');
const target = path.join(root, 'test-output', 'listed.json');

const ended = await run([packageScript(root, 'vitest', 'vitest.mjs'), 'list', `--json=${target}`], { cwd: root, output: 'keep' });
if (ended.exitCode !== 0) throw new Error(`vitest could not list the tests:\n${ended.output}`);
const listed = JSON.parse(readFileSync(target, 'utf8')) as readonly Listed[];
const names = listed.map(({ name, file: at, projectName }) =>
  requiredName({ name, project: projectName, file: path.relative(root, at).replaceAll('\\', '/') }),
);

if (process.argv.includes('--write')) {
  writeFileSync(file, formatRequired(names));
  console.log(`test/required.txt: ${names.length} names`);
} else {
  const before = parseRequired(existsSync(file) ? readFileSync(file, 'utf8') : '');
  for (const name of before.filter((known) => !names.includes(known))) console.log(`- ${name}`);
  for (const name of names.filter((found) => !before.includes(found))) console.log(`+ ${name}`);
}
