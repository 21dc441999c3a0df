// Every check that runs nothing of the product. All steps run, whatever fails; one line sums up.
//   npx tsx scripts/check.ts [step …]
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageScript, run } from './lib/run.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = (name: string, file: string): string => packageScript(root, name, file);

interface Step {
  readonly name: string;
  readonly args: () => readonly string[];
}

const steps: readonly Step[] = [
  { name: 'format', args: () => [script('oxfmt', 'bin/oxfmt'), '--list-different', '.'] },
  { name: 'lint', args: () => [script('oxlint', 'bin/oxlint'), '--type-aware', '--report-unused-disable-directives-severity=error'] },
  { name: 'types', args: () => [script('typescript', 'bin/tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  {
    name: 'imports',
    args: () => [
      script('dependency-cruiser', 'bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      ...['src', 'lab', 'test', 'scripts', 'bench'].filter((folder) => existsSync(path.join(root, folder))),
    ],
  },
  { name: 'dead-code', args: () => [script('knip', 'bin/knip.js'), '--no-progress'] },
  { name: 'tree', args: () => ['--import', 'tsx', 'scripts/check-tree.ts'] },
];

const named = process.argv.slice(2);
const wanted = steps.filter((step) => named.length === 0 || named.includes(step.name));
const failed: string[] = [];
for (const step of wanted) {
  const beganAtMs = performance.now();
  const { exitCode, output } = await run(step.args(), { cwd: root, output: 'keep' });
  if (exitCode !== 0) failed.push(step.name);
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${step.name.padEnd(10)} ${((performance.now() - beganAtMs) / 1000).toFixed(1)} s`);
  if (output.trim() !== '' && exitCode !== 0) console.log(`${output.trimEnd()}\n`);
}
console.log(
  failed.length === 0
    ? `check: all ${wanted.length} steps passed`
    : `check: ${failed.length} of ${wanted.length} steps failed: ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
