import type { Need } from './needs.js';
import type { Project, TestFile } from './projects.js';

/** Test files of one project that one vitest process runs. */
export interface Batch {
  /** Unique in a run: the project's name, or the name with a word after it. */
  readonly name: string;
  readonly project: Project;
  readonly files: readonly string[];
  readonly needs: readonly Need[];
  /** Its suites want the machine for themselves: nothing is compiled beside them. */
  readonly labs: boolean;
}

/** These start one server at most: their suites may run while something is compiled. */
const light: readonly Need[] = ['temporal'];

const startsLabs = ({ project, needs }: TestFile): boolean => project.labs || needs.some((need) => !light.includes(need));

/** Divides files into batches: first those that start no lab, then the others, each in the order of the projects. Pure. */
export function batchesOf(files: readonly TestFile[]): readonly Batch[] {
  const names = [...new Set(files.map(({ project }) => project.name))];
  return [false, true].flatMap((labs) =>
    names.flatMap((name) => {
      const own = files.filter((each) => each.project.name === name && startsLabs(each) === labs);
      const [first] = own;
      if (first === undefined) return [];
      return [
        {
          name: labs && !first.project.labs ? `${name}-on-labs` : name,
          project: first.project,
          files: own.map(({ file }) => file),
          needs: [...new Set(own.flatMap(({ needs }) => needs))],
          labs,
        },
      ];
    }),
  );
}
