// Proves that the tests can fail: breaks a copy of the tree in each way that test/prove/breaks.json lists, and expects the named test to turn red.
//   npx tsx scripts/prove-tests.ts [--only id]
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { namePattern, parseBreaks, readProof } from './lib/breaks.js';
import type { Break, Proof } from './lib/breaks.js';
import { applyBreak, copyTree, twinOf } from './lib/copy.js';
import type { TreeCopy } from './lib/copy.js';
import type { ProjectRun } from './lib/judge.js';
import { rebuild } from './lib/rebuild.js';
import { run, vitest } from './lib/run.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** One a core; each lane has a copy of its own. */
const laneCount = 2;
/** A break may make a test wait for ever: vitest ends the test, this ends a vitest that hangs. */
const limitMs = 10 * 60_000;
/**
 * What a test may take when the product is broken: waiting for what never comes is red as well. At least as long as the patience of the
 * tests' own waits, which say what they missed; and twice what the test takes on the unbroken tree, so that being slow is not being red.
 */
const brokenTestMs = 75_000;
/** Nights of the simulation: enough for each mistake here to show itself. */
const env = { HOLDFAST_SIM_SEEDS: '2000' };

const flag = process.argv.indexOf('--only');
const only = flag === -1 ? undefined : process.argv[flag + 1];
const all = parseBreaks(readFileSync(path.join(root, 'test/prove/breaks.json'), 'utf8'));
const wanted = all.filter((one) => only === undefined || one.id === only);
if (wanted.length === 0) throw new Error(only === undefined ? 'test/prove/breaks.json lists no break' : `no break has the id ${only}`);

const test = (copy: TreeCopy, project: string, args: readonly string[]): Promise<ProjectRun> =>
  vitest(project, args, {
    cwd: copy.dir,
    env,
    output: 'keep',
    timeoutMs: limitMs,
    results: path.join(copy.dir, 'test-output', 'prove.json'),
  });

/** A test on the unbroken tree: how long it took, or why it can prove nothing. */
type Unbroken = { readonly tookMs: number } | { readonly fault: string };

function unbrokenOf(one: Break, done: ProjectRun): Unbroken {
  const found = done.record?.tests.find((each) => each.name === one.test && each.file === one.file);
  if (found?.state === 'passed') return { tookMs: found.durationMs };
  if (found?.state === 'failed') return { fault: `the test is red without the break: ${found.errors[0] ?? ''}` };
  const proof = readProof(one, done);
  return { fault: proof.verdict === 'broken' ? proof.why : 'the test did not run' };
}

/** The unbroken tree first: a test that is missing or already red proves nothing by being red. By id of the break. */
async function unbroken(copy: TreeCopy): Promise<ReadonlyMap<string, Unbroken>> {
  const seen = new Map<string, Unbroken>();
  for (const project of new Set(wanted.map((one) => one.project))) {
    const ours = wanted.filter((one) => one.project === project);
    const beganAtMs = performance.now();
    const names = namePattern(...new Set(ours.map((one) => one.test)));
    const done = await test(copy, project, [...new Set(ours.map((one) => one.file)), '-t', names]);
    for (const one of ours) seen.set(one.id, unbrokenOf(one, done));
    const passed = done.record?.tests.filter((each) => each.state === 'passed').length ?? 0;
    console.log(`unbroken ${secondsSince(beganAtMs)}  ${project}: ${passed} passed`);
  }
  return seen;
}

const secondsSince = (beganAtMs: number): string => `${((performance.now() - beganAtMs) / 1000).toFixed(1).padStart(6)} s`;

async function prove(copy: TreeCopy, one: Break, tookMs: number): Promise<Proof> {
  const restore: (() => void)[] = [];
  try {
    restore.push(applyBreak(copy.dir, one.patch));
    if (one.build === true) restore.push(rebuild(copy.dir, [...new Set(one.patch.map(({ file }) => file))]));
    const limit = `--testTimeout=${Math.max(brokenTestMs, 2 * tookMs)}`;
    const narrow = one.alone === true ? [] : ['-t', namePattern(one.test)];
    return readProof(one, await test(copy, one.project, [one.file, limit, ...narrow]));
  } catch (error) {
    return { verdict: 'broken', why: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const back of restore) back();
  }
}

async function lane(copy: TreeCopy, queue: Break[], before: ReadonlyMap<string, Unbroken>): Promise<number> {
  let unproven = 0;
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    const beganAtMs = performance.now();
    const test = before.get(one.id) ?? { fault: 'the test did not run' };
    const proof: Proof = 'fault' in test ? { verdict: 'broken', why: test.fault } : await prove(copy, one, test.tookMs);
    if (proof.verdict !== 'red') unproven += 1;
    const word = (proof.verdict === 'red' ? 'red' : proof.verdict.toUpperCase()).padEnd(8);
    console.log(`${word} ${secondsSince(beganAtMs)}  ${one.id}  ${one.test}`);
    if (proof.verdict !== 'green') console.log(`                    ${proof.why.slice(0, 200)}`);
  }
  return unproven;
}

const copies: TreeCopy[] = [];
const removeCopies = (): void => copies.forEach((copy) => copy.remove());
process.once('exit', removeCopies);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
const first = copyTree(root);
copies.push(first);
// Built from the copy itself: the lab starts compiled programs whatever is broken.
const built = await run(['scripts/build.mjs'], { cwd: first.dir, output: 'keep', timeoutMs: limitMs });
if (built.exitCode !== 0) throw new Error(`the unbroken tree does not compile: ${built.output.trim().split('\n')[0] ?? ''}`);
while (copies.length < Math.min(laneCount, wanted.length)) copies.push(twinOf(first));
const before = await unbroken(first);
const queue = [...wanted];
const unproven = (await Promise.all(copies.map((copy) => lane(copy, queue, before)))).reduce((sum, count) => sum + count, 0);
console.log(unproven === 0 ? `all ${wanted.length} breaks were noticed` : `${unproven} of ${wanted.length} breaks were NOT proven`);
process.exitCode = unproven === 0 ? 0 : 1;
