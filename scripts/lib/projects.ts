import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Need } from '../prerequisites.js';

/** A vitest project (vitest.config.ts) as the runner sees it. */
export interface Project {
  readonly name: string;
  readonly folders: readonly string[];
  readonly needs: readonly Need[];
  /** In `make test-quick`: left out, run whole, or only the tests whose name matches. */
  readonly quick: 'no' | 'whole' | { readonly matching: string; readonly needs: readonly Need[] };
}

/** In the order in which they run: cheapest first, so that a plain mistake is seen early. */
export const projects: readonly Project[] = [
  { name: 'unit', folders: ['test/unit', 'test/toolchain'], needs: [], quick: 'whole' },
  { name: 'conformance', folders: ['test/conformance'], needs: ['postgres'], quick: { matching: 'memory', needs: [] } },
  { name: 'workflow', folders: ['test/workflow'], needs: ['temporal'], quick: 'no' },
  { name: 'simulation', folders: ['test/simulation'], needs: [], quick: 'whole' },
  { name: 'replay', folders: ['test/replay'], needs: [], quick: 'no' },
  { name: 'lab', folders: ['test/lab'], needs: ['temporal', 'postgres'], quick: 'no' },
  { name: 'situations', folders: ['test/situations'], needs: ['temporal', 'postgres'], quick: 'no' },
  { name: 'package', folders: ['test/package'], needs: [], quick: 'no' },
];

/** Whether any test file of the project exists under `root`. */
export function hasTests(root: string, project: Project): boolean {
  return project.folders
    .map((folder) => path.join(root, folder))
    .filter((folder) => existsSync(folder))
    .some((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.test.ts')));
}
