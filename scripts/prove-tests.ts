// Proves that the tests can fail: breaks a copy of the tree in each way that test/prove/breaks.json lists, and expects the named test to turn red.
//   npx tsx scripts/prove-tests.ts [--only id]
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { namePattern, parseBreaks, readProof } from './lib/breaks.js';
import type { Break, Proof } from './lib/breaks.js';
import { applyBreak, copyTree } from './lib/copy.js';
import type { TreeCopy } from './lib/copy.js';
import type { ProjectRun } from './lib/judge.js';
import { run, vitest } from './lib/run.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** One a core; each lane has a copy of its own. */
const laneCount = 2;
/** A break may make a test wait for ever: vitest ends the test, this ends a vitest that hangs. */
const limitMs = 15 * 60_000;

const flag = process.argv.indexOf('--only');
const only = flag === -1 ? undefined : process.argv[flag + 1];
const all = parseBreaks(readFileSync(path.join(root, 'test/prove/breaks.json'), 'utf8'));
const wanted = all.filter((one) => only === undefined || one.id === only);
if (wanted.length === 0) throw new Error(only === undefined ? 'test/prove/breaks.json lists no break' : `no break has the id ${only}`);

async function compile(copy: TreeCopy): Promise<string | undefined> {
  const { exitCode, output } = await run(['scripts/build.mjs'], { cwd: copy.dir, output: 'keep', timeoutMs: limitMs });
  return exitCode === 0 ? undefined : `does not compile: ${output.trim().split('\n')[0]}`;
}

const test = (copy: TreeCopy, project: string, args: readonly string[]): Promise<ProjectRun> =>
  vitest(project, args, { cwd: copy.dir, output: 'keep', timeoutMs: limitMs, results: path.join(copy.dir, 'test-output', 'prove.json') });

/** The unbroken tree first: a test that is missing or already red proves nothing by being red. */
async function unbroken(copy: TreeCopy): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>();
  const failure = wanted.some((one) => one.build === true) ? await compile(copy) : undefined;
  for (const project of new Set(wanted.map((one) => one.project))) {
    const ours = wanted.filter((one) => one.project === project);
    console.log(`unbroken: ${project}`);
    const done = await test(copy, project, [...new Set(ours.map((one) => one.file))]);
    for (const one of ours) {
      const proof = readProof(one, done);
      if (failure !== undefined && one.build === true) faults.set(one.id, `the unbroken tree ${failure}`);
      else if (proof.verdict === 'red') faults.set(one.id, 'the test is red without the break');
      else if (proof.verdict === 'broken') faults.set(one.id, proof.why);
    }
  }
  return faults;
}

async function prove(copy: TreeCopy, one: Break): Promise<Proof> {
  let restore: (() => void) | undefined;
  try {
    restore = applyBreak(copy.dir, one.patch);
    const failure = one.build === true ? await compile(copy) : undefined;
    if (failure !== undefined) return { verdict: 'broken', why: failure };
    return readProof(one, await test(copy, one.project, [one.file, '-t', namePattern(one.test)]));
  } catch (error) {
    return { verdict: 'broken', why: error instanceof Error ? error.message : String(error) };
  } finally {
    restore?.();
  }
}

async function lane(copy: TreeCopy, queue: Break[], faults: ReadonlyMap<string, string>): Promise<number> {
  let unproven = 0;
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    const beganAtMs = performance.now();
    const fault = faults.get(one.id);
    const proof: Proof = fault === undefined ? await prove(copy, one) : { verdict: 'broken', why: fault };
    if (proof.verdict !== 'red') unproven += 1;
    const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(1);
    console.log(
      `${(proof.verdict === 'red' ? 'red' : proof.verdict.toUpperCase()).padEnd(7)} ${seconds.padStart(6)} s  ${one.id}  ${one.test}`,
    );
    if (proof.verdict === 'broken') console.log(`        ${proof.why}`);
  }
  return unproven;
}

const copies: TreeCopy[] = [];
const removeCopies = (): void => copies.forEach((copy) => copy.remove());
process.once('exit', removeCopies);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
for (let count = 0; count < Math.min(laneCount, wanted.length); count += 1) copies.push(copyTree(root));
const [first] = copies;
if (first === undefined) throw new Error('no copy of the tree');
const faults = await unbroken(first);
const queue = [...wanted];
const unproven = (await Promise.all(copies.map((copy) => lane(copy, queue, faults)))).reduce((sum, count) => sum + count, 0);
console.log(unproven === 0 ? `all ${wanted.length} breaks were noticed` : `${unproven} of ${wanted.length} breaks were NOT proven`);
process.exitCode = unproven === 0 ? 0 : 1;
