import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { statedNeeds } from './needs.js';
import type { Need } from './needs.js';

/** A vitest project (vitest.config.ts) as the runner sees it. */
export interface Project {
  readonly name: string;
  readonly folders: readonly string[];
  /** A folder below that is another project's. */
  readonly without?: string;
  /** What each of its files needs; a file may state more (needs.ts). */
  readonly needs: readonly Need[];
  /** Its suites start labs, or all that a lab has: two of them, and nothing else, have the machine to themselves. */
  readonly labs: boolean;
  /** In `make test-quick`, which has no needs: left out, run whole, or only the tests whose name matches. */
  readonly quick: 'no' | 'whole' | { readonly matching: string };
}

/** In the order in which they run: cheapest first, so that a plain mistake is seen early. */
export const projects: readonly Project[] = [
  { name: 'unit', folders: ['test/unit', 'test/toolchain'], needs: [], labs: false, quick: 'whole' },
  { name: 'conformance', folders: ['test/conformance'], needs: [], labs: false, quick: { matching: 'memory' } },
  { name: 'workflow', folders: ['test/workflow'], needs: ['temporal'], labs: false, quick: 'no' },
  { name: 'simulation', folders: ['test/simulation'], needs: [], labs: false, quick: 'whole' },
  { name: 'replay', folders: ['test/replay'], needs: [], labs: false, quick: 'no' },
  { name: 'lab', folders: ['test/lab'], needs: ['temporal', 'postgres'], labs: true, quick: 'no' },
  {
    name: 'situations',
    folders: ['test/situations'],
    without: 'test/situations/full',
    needs: ['temporal', 'postgres'],
    labs: true,
    quick: 'no',
  },
  { name: 'situations-full', folders: ['test/situations/full'], needs: ['temporal', 'patroni', 'kubernetes'], labs: true, quick: 'no' },
  { name: 'package', folders: ['test/package'], needs: ['temporal', 'postgres'], labs: true, quick: 'no' },
];

/** A test file with everything it needs. */
export interface TestFile {
  readonly project: Project;
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string;
  readonly needs: readonly Need[];
}

/** The test files of a project under `root`, sorted. @throws when a file states a need that does not exist. */
export function testFiles(root: string, project: Project): readonly TestFile[] {
  return project.folders
    .filter((folder) => existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
    )
    .filter((file) => file.endsWith('.test.ts') && !(project.without !== undefined && file.startsWith(`${project.without}/`)))
    .toSorted()
    .map((file) => {
      const stated = statedNeeds(file, readFileSync(path.join(root, file), 'utf8'));
      return { project, file, needs: [...new Set([...project.needs, ...stated])] };
    });
}
