// Runs every vitest project that this machine can run, compares what was executed with test/required.txt and ends in one line: N passed, N failed.
//   npx tsx scripts/test.ts [--quick] [project …]
// HOLDFAST_NO_SKIP=1 (continuous integration): a missing, skipped, retried or unlisted test is a failure.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge, slowest } from './lib/judge.js';
import type { ProjectRun } from './lib/judge.js';
import { hasTests, projects } from './lib/projects.js';
import type { Project } from './lib/projects.js';
import { parseRequired } from './lib/required-file.js';
import { requiredName } from './lib/results.js';
import { vitest } from './lib/run.js';
import { lookAtMachine } from './prerequisites.js';
import type { Need, Prerequisites } from './prerequisites.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const quick = process.argv.includes('--quick');
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const noSkip = process.env['HOLDFAST_NO_SKIP'] === '1';
/** A machine without a Temporal CLI runs hundreds of required tests less: a few names tell it. */
const notesShown = 20;
const whole = !quick && named.length === 0;

const needsOf = (project: Project): readonly Need[] => (quick && typeof project.quick === 'object' ? project.quick.needs : project.needs);

/** The projects to run; says for each other one why it is not run and what would help. */
function choose(machine: Prerequisites): readonly Project[] {
  const wanted = projects.filter((project) => (named.length === 0 || named.includes(project.name)) && !(quick && project.quick === 'no'));
  return wanted.filter((project) => {
    const unmet = needsOf(project)
      .map((need) => machine.needs[need])
      .filter((found) => !found.met);
    for (const found of unmet) console.log(`  NOT RUN ${project.name}: ${found.why}. What would help: ${found.help}`);
    if (!hasTests(root, project)) console.log(`  ${project.name}: no test files`);
    return unmet.length === 0 && hasTests(root, project);
  });
}

function introduce(machine: Prerequisites): void {
  console.log('Level: embedded (npm packages and processes on loopback only)');
  if (machine.level !== 'embedded') console.log(`  this machine could also run: ${machine.level} (no suite asks for it yet)`);
  for (const [need, found] of Object.entries(machine.needs)) console.log(`  ${need}: ${found.met ? `from ${found.from}` : found.why}`);
}

function quickOptions(project: Project): { args: readonly string[]; env: Readonly<Record<string, string>> } {
  if (!quick) return { args: [], env: {} };
  return {
    args: typeof project.quick === 'object' ? ['-t', project.quick.matching] : [],
    env: { HOLDFAST_SIM_SEEDS: process.env['HOLDFAST_SIM_SEEDS'] ?? '200' },
  };
}

async function main(): Promise<void> {
  const unknown = named.find((name) => projects.every((project) => project.name !== name));
  if (unknown !== undefined) throw new Error(`no project ${unknown}; there are: ${projects.map((project) => project.name).join(', ')}`);
  const machine = lookAtMachine();
  if (!machine.node.met) throw new Error(`${machine.node.why}: ${machine.node.help}`);
  introduce(machine);
  const runs: ProjectRun[] = [];
  for (const project of choose(machine)) {
    console.log(`\n== ${project.name}`);
    const { args, env } = quickOptions(project);
    runs.push(
      await vitest(project.name, args, { cwd: root, env, output: 'show', results: path.join(root, 'test-output', `${project.name}.json`) }),
    );
  }
  const file = path.join(root, 'test', 'required.txt');
  const required = whole ? parseRequired(existsSync(file) ? readFileSync(file, 'utf8') : '') : undefined;
  const verdict = judge(runs, { noSkip: noSkip && !quick, required });
  console.log('\nTen slowest tests:');
  for (const test of slowest(runs, 10)) console.log(`  ${(test.durationMs / 1000).toFixed(1).padStart(7)} s  ${requiredName(test)}`);
  if (whole) for (const note of verdict.notes.slice(0, notesShown)) console.log(`note: ${note}`);
  if (whole && verdict.notes.length > notesShown) console.log(`note: … and ${verdict.notes.length - notesShown} more`);
  for (const problem of verdict.problems) console.log(`FAILED: ${problem}`);
  console.log(`${verdict.passed} passed, ${verdict.failed} failed`);
  process.exitCode = verdict.failed === 0 ? 0 : 1;
}

await main().catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
