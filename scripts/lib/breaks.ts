import { z } from 'zod';
import type { ProjectRun } from './judge.js';

const breakSchema = z.strictObject({
  /** What is proved: a promise ("S1"), or a situation ("situation: …"). */
  id: z.string().min(1),
  /** Vitest's full name of the test that must turn red: describe blocks and test joined by ` > `. */
  test: z.string().min(1),
  /** The test's file, from the root of the repository. */
  file: z.string().min(1),
  project: z.string().min(1),
  /** The break: in each file, `find` stands exactly once and is replaced. */
  patch: z.array(z.strictObject({ file: z.string().min(1), find: z.string().min(1), replace: z.string() })).min(1),
  /** The test starts processes that run compiled code: the broken files are compiled first. */
  build: z.boolean().optional(),
  /** The whole file is run, and no other test of it may turn red: for tests without processes, where that costs nothing. */
  alone: z.boolean().optional(),
});

/** One deliberate break of the product, and the test that must notice it. */
export type Break = z.infer<typeof breakSchema>;

/** Reads test/prove/breaks.json; throws for an unknown field, a missing one or an id given twice. */
export function parseBreaks(json: string): readonly Break[] {
  const breaks = z.array(breakSchema).parse(JSON.parse(json));
  const ids = breaks.map((one) => one.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two breaks have the id ${twice}`);
  return breaks;
}

/** A changed text, or why the replacement cannot be made. */
export type Replaced = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Replaces the one place where `find` stands; refuses when there is none, more than one, or no change. Pure. */
export function replaceOnce(text: string, find: string, replace: string): Replaced {
  const parts = text.split(find);
  if (parts.length !== 2) return { ok: false, why: `the text to replace occurs ${parts.length - 1} times, not once` };
  if (find === replace) return { ok: false, why: 'the replacement changes nothing' };
  return { ok: true, text: parts.join(replace) };
}

/** A pattern for `vitest -t` that matches these full names alone: vitest matches names joined by spaces, and reports them joined by ` > `. Pure. */
export function namePattern(...fullNames: readonly string[]): string {
  const literal = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return fullNames.map((name) => `^${name.split(' > ').map(literal).join('(?: > | )')}$`).join('|');
}

/** `red`: the test noticed the break, and said `why`. `green`: it did not. `broken`: the break itself, or its test, is at fault. */
export type Proof = { readonly verdict: 'green' } | { readonly verdict: 'red' | 'broken'; readonly why: string };

/** What a vitest run says of the named test. A test that never ran proves nothing, whatever the exit code; nor does one among others that turned red. Pure. */
export function readProof(one: Pick<Break, 'test' | 'file'>, run: ProjectRun): Proof {
  const found = run.record?.tests.find((test) => test.name === one.test && test.file === one.file);
  if (found?.state === 'failed') {
    const others = (run.record?.tests ?? []).filter((test) => test.state === 'failed' && test !== found).map((test) => test.name);
    if (others.length > 0) return { verdict: 'broken', why: `too wide, these turned red as well: ${others.join('; ')}` };
    // A promise that nobody waited for yet may know more than "timed out".
    return { verdict: 'red', why: [...found.errors.slice(0, 1), ...(run.record?.errors ?? []).slice(0, 1)].join(' | ') };
  }
  if (found?.state === 'passed') return { verdict: 'green' };
  const said = run.record?.errors[0] ?? `vitest ended with exit code ${run.exitCode}`;
  return { verdict: 'broken', why: found === undefined ? `no such test in ${one.file} (${said})` : `the test did not run (${said})` };
}
