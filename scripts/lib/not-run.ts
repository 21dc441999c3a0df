import type { Availability } from '../prerequisites.js';
import type { Need } from './needs.js';
import type { TestFile } from './projects.js';

/** A test file that is left out, and everything that it lacks. */
export interface NotRun {
  readonly file: string;
  readonly lacks: readonly Need[];
}

/** Divides files into those this machine can run and those it cannot. Pure. */
export function divide(
  files: readonly TestFile[],
  needs: Readonly<Record<Need, Availability>>,
): { readonly run: readonly TestFile[]; readonly left: readonly NotRun[] } {
  const lacking = (file: TestFile): readonly Need[] => file.needs.filter((need) => !needs[need].met);
  return {
    run: files.filter((file) => lacking(file).length === 0),
    left: files.filter((file) => lacking(file).length > 0).map((file) => ({ file: file.file, lacks: lacking(file) })),
  };
}

/** What a person reads about files left out: each missing thing once, with what would help and the files that want it. Pure. */
export function tellNotRun(left: readonly NotRun[], needs: Readonly<Record<Need, Availability>>): readonly string[] {
  const missing = [...new Set(left.flatMap(({ lacks }) => lacks))];
  return missing.flatMap((need) => {
    const found = needs[need];
    if (found.met) return [];
    const files = left.filter(({ lacks }) => lacks.includes(need)).map(({ file }) => `    ${file}`);
    return [`  for want of ${need}: ${found.why}. What would help: ${found.help}`, ...files];
  });
}

/** One sentence for each file left out: continuous integration counts each as a failure. Pure. */
export function notRunProblems(left: readonly NotRun[]): readonly string[] {
  return left.map(({ file, lacks }) => `not run for want of ${lacks.join(' and ')}: ${file}`);
}
