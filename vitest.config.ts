import { defineConfig } from 'vitest/config';
import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config';

/** Milliseconds one test may take; a suite with real processes gets minutes, so that a slow machine is not a red test. */
const quick = 20_000;
const realProcesses = 180_000;

interface Folder {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly timeoutMs: number;
  /** Default true. */
  readonly isolate?: boolean;
  /** In a group of its own, which begins when all others have ended. */
  readonly last?: true;
  /** A project that is always run when this one is. */
  readonly takesAlong?: string;
}

/** One project a folder of test/ (scripts/lib/projects.ts); each can be run alone. */
const folders: Readonly<Record<string, Folder>> = {
  // Its files share a process: they keep no state, and loading everything anew for each took longer than the tests.
  unit: { include: ['test/unit/**/*.test.ts', 'test/toolchain/**/*.test.ts'], timeoutMs: quick, isolate: false },
  conformance: { include: ['test/conformance/**/*.test.ts'], timeoutMs: realProcesses },
  workflow: { include: ['test/workflow/**/*.test.ts'], timeoutMs: realProcesses },
  simulation: { include: ['test/simulation/**/*.test.ts'], timeoutMs: 600_000 },
  replay: { include: ['test/replay/**/*.test.ts'], timeoutMs: realProcesses },
  lab: { include: ['test/lab/**/*.test.ts'], timeoutMs: realProcesses },
  situations: {
    include: ['test/situations/**/*.test.ts'],
    exclude: ['test/situations/full/**'],
    timeoutMs: 300_000,
    takesAlong: 'situations-full',
  },
  // A lab of some twenty processes a file, which waits far more than it computes: two at a time, and nothing else beside them.
  'situations-full': { include: ['test/situations/full/**/*.test.ts'], timeoutMs: 600_000, last: true },
  package: { include: ['test/package/**/*.test.ts'], timeoutMs: 600_000 },
};

type Plugins = NonNullable<ViteUserConfig['plugins']>;

function project(
  name: string,
  { include, exclude = [], timeoutMs, isolate = true, last, takesAlong }: Folder,
): TestProjectInlineConfiguration {
  return {
    extends: true,
    ...(takesAlong === undefined ? {} : { plugins: [takeAlong(takesAlong)] }),
    test: {
      name,
      include: [...include],
      exclude: [...exclude],
      isolate,
      // A group of its own begins when the one before has ended.
      ...(last === true ? { sequence: { groupOrder: 1 } } : {}),
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, 60_000),
    },
  };
}

/** `--project situations` means all situations, although vitest can only run the large ones after the others in a project of their own. */
function takeAlong(other: string): Plugins[number] {
  return {
    name: `take-along:${other}`,
    async configureVitest({ vitest, injectTestProjects }) {
      const found = folders[other];
      if (found === undefined || vitest.projects.some((each) => each.name === other)) return;
      vitest.config.project.push(other);
      await injectTestProjects(project(other, found));
    },
  };
}

export default defineConfig({
  test: {
    // Child processes, not threads: Temporal's native addon inside worker threads is the riskier pair.
    pool: 'forks',
    // Continuous integration has two cores, and one lab already starts two databases and a Temporal server.
    maxWorkers: 2,
    teardownTimeout: 30_000,
    retry: 0,
    allowOnly: false,
    passWithNoTests: true,
    reporters: ['default', './scripts/situations-reporter.ts'],
    projects: Object.entries(folders).map(([name, folder]) => project(name, folder)),
  },
});
