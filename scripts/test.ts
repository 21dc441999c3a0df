// Runs every test file that this machine can run, compares what was executed with test/required.txt and ends in one line: N passed, N failed.
//   npx tsx scripts/test.ts [--quick] [project …]
// As root it first installs the packages of the distribution that the chosen suites need. What has to be compiled is, beside the suites
// that start no lab; the others wait for it.
// HOLDFAST_NO_SKIP=1 (continuous integration): a missing, skipped, retried, unlisted or left out test is a failure.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { batchesOf } from './lib/batches.js';
import type { Batch } from './lib/batches.js';
import { installHostPackages, mayInstall, startKubernetesBuild, wantedPackages } from './lib/host-setup.js';
import type { KubernetesBuild } from './lib/host-setup.js';
import { judge, slowest } from './lib/judge.js';
import type { ProjectRun } from './lib/judge.js';
import { levelOfMachine, levelWords } from './lib/level.js';
import { divide, tellNotRun } from './lib/not-run.js';
import type { NotRun } from './lib/not-run.js';
import { projects, testFiles } from './lib/projects.js';
import { parseRequired } from './lib/required-file.js';
import { requiredName } from './lib/results.js';
import { vitest } from './lib/run.js';
import { lookAtMachine } from './prerequisites.js';
import type { Prerequisites } from './prerequisites.js';

type Needs = Prerequisites['needs'];
/** What a vitest process came to, and how long it took. */
type Timed = ProjectRun & { readonly tookMs: number };

const root = fileURLToPath(new URL('..', import.meta.url));
const quick = process.argv.includes('--quick');
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const noSkip = process.env['HOLDFAST_NO_SKIP'] === '1' && !quick;
/** A machine that can run little leaves out hundreds of required tests: a few names tell it. */
const notesShown = 20;
const whole = !quick && named.length === 0;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`.padStart(9);

/** The batches of a quick run: whole projects, no needs. */
function quickBatches(): readonly Batch[] {
  return projects
    .filter((project) => project.quick !== 'no' && (named.length === 0 || named.includes(project.name)))
    .map((project) => ({ name: project.name, project, files: [], needs: [], labs: false }));
}

function introduce(needs: Needs): void {
  const level = levelOfMachine(needs, mayInstall());
  console.log(`Level: ${level} (${levelWords[level]})`);
  if (noSkip) console.log('  nothing may be left out (HOLDFAST_NO_SKIP=1)');
  for (const [need, found] of Object.entries(needs)) console.log(`  ${need}: ${found.met ? `from ${found.from}` : found.why}`);
}

async function runBatch(batch: Batch): Promise<Timed> {
  const { name, project, files } = batch;
  console.log(`\n== ${name}`);
  const matching = quick && typeof project.quick === 'object' ? ['-t', project.quick.matching] : [];
  const env: Readonly<Record<string, string>> = quick ? { HOLDFAST_SIM_SEEDS: process.env['HOLDFAST_SIM_SEEDS'] ?? '200' } : {};
  const results = path.join(root, 'test-output', `${name}.json`);
  const beganAtMs = Date.now();
  const run = await vitest(project.name, [...matching, ...files], { cwd: root, env, output: 'show', results });
  return { ...run, project: name, tookMs: Date.now() - beganAtMs };
}

/** Waits for the build and says what it came to; afterwards the needs know of it. */
async function finished(build: KubernetesBuild, needs: Needs): Promise<Needs> {
  console.log(`\nKubernetes: waiting for its build (log: ${build.logFile})`);
  const failure = await build.failure;
  console.log(failure === undefined ? 'Kubernetes: built' : `Kubernetes: the build ${failure}`);
  if (failure === undefined) return needs;
  return {
    ...needs,
    kubernetes: { met: false, why: 'its build failed', help: `read ${build.logFile}; Go and its module proxy are needed` },
  };
}

/** What the machine can be made to run, run. */
async function runWhole(
  machine: Prerequisites,
): Promise<{ readonly runs: readonly Timed[]; readonly left: readonly NotRun[]; needs: Needs }> {
  const files = projects.filter(({ name }) => named.length === 0 || named.includes(name)).flatMap((project) => testFiles(root, project));
  const wanted = [...new Set(files.flatMap(({ needs }) => needs))];
  let { needs } = machine;
  if (mayInstall() && wantedPackages(wanted, needs).length > 0) {
    await installHostPackages(root);
    ({ needs } = lookAtMachine());
  }
  let { run, left } = divide(files, needs);
  const { kubernetes } = needs;
  const build =
    run.some((file) => file.needs.includes('kubernetes')) && kubernetes.met && kubernetes.toBuild ? startKubernetesBuild(root) : undefined;
  if (build !== undefined) console.log('Kubernetes: building its programs once, beside the suites that start no lab');
  const runs: Timed[] = [];
  for (const batch of batchesOf(run).filter(({ labs }) => !labs)) runs.push(await runBatch(batch));
  if (build !== undefined) {
    needs = await finished(build, needs);
    ({ run, left } = divide(files, needs));
  }
  for (const batch of batchesOf(run).filter(({ labs }) => labs)) runs.push(await runBatch(batch));
  return { runs, left, needs };
}

async function runQuick(): Promise<readonly Timed[]> {
  const runs: Timed[] = [];
  for (const batch of quickBatches()) runs.push(await runBatch(batch));
  return runs;
}

function conclude(runs: readonly Timed[], left: readonly NotRun[], needs: Needs): void {
  const file = path.join(root, 'test', 'required.txt');
  const required = whole ? parseRequired(existsSync(file) ? readFileSync(file, 'utf8') : '') : undefined;
  const verdict = judge(runs, { noSkip, required, left });
  console.log('\nTime of each project:');
  for (const { project, tookMs } of runs) console.log(`  ${seconds(tookMs)}  ${project}`);
  console.log('Ten slowest tests:');
  for (const test of slowest(runs, 10)) console.log(`  ${seconds(test.durationMs)}  ${requiredName(test)}`);
  if (whole) for (const note of verdict.notes.slice(0, notesShown)) console.log(`note: ${note}`);
  if (whole && verdict.notes.length > notesShown) console.log(`note: … and ${verdict.notes.length - notesShown} more`);
  if (left.length > 0) console.log(`NOT RUN: ${left.length} test files`);
  for (const line of tellNotRun(left, needs)) console.log(line);
  for (const problem of verdict.problems) console.log(`FAILED: ${problem}`);
  console.log(`${verdict.passed} passed, ${verdict.failed} failed`);
  process.exitCode = verdict.failed === 0 ? 0 : 1;
}

async function main(): Promise<void> {
  const unknown = named.find((name) => projects.every((project) => project.name !== name));
  if (unknown !== undefined) throw new Error(`no project ${unknown}; there are: ${projects.map((project) => project.name).join(', ')}`);
  const machine = lookAtMachine();
  if (!machine.node.met) throw new Error(`${machine.node.why}: ${machine.node.help}`);
  if (quick) {
    console.log('Level: embedded, and of it only what starts no server (quick)');
    conclude(await runQuick(), [], machine.needs);
    return;
  }
  introduce(machine.needs);
  const { runs, left, needs } = await runWhole(machine);
  conclude(runs, left, needs);
}

// What runs in a group of its own does not hear the terminal's ^C: it is ended as this process exits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

await main().catch((error: unknown) => {
  console.log(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
