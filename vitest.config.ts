import { defineConfig } from 'vitest/config';

/** Milliseconds one test may take; a suite with real processes gets minutes, so that a slow machine is not a red test. */
const quick = 20_000;
const realProcesses = 180_000;

/** One project a folder of test/: each has its own needs (scripts/lib/projects.ts) and can be run alone. */
const folders: Readonly<Record<string, { readonly include: readonly string[]; readonly timeoutMs: number; readonly isolate?: false }>> = {
  // Its files share a process: they keep no state, and loading everything anew for each took longer than the tests.
  unit: { include: ['test/unit/**/*.test.ts', 'test/toolchain/**/*.test.ts'], timeoutMs: quick, isolate: false },
  conformance: { include: ['test/conformance/**/*.test.ts'], timeoutMs: realProcesses },
  workflow: { include: ['test/workflow/**/*.test.ts'], timeoutMs: realProcesses },
  simulation: { include: ['test/simulation/**/*.test.ts'], timeoutMs: 600_000 },
  replay: { include: ['test/replay/**/*.test.ts'], timeoutMs: realProcesses },
  lab: { include: ['test/lab/**/*.test.ts'], timeoutMs: realProcesses },
  situations: { include: ['test/situations/**/*.test.ts'], timeoutMs: 300_000 },
  package: { include: ['test/package/**/*.test.ts'], timeoutMs: 600_000 },
};

export default defineConfig({
  test: {
    // Child processes, not threads: Temporal's native addon inside worker threads is the riskier pair.
    pool: 'forks',
    // Continuous integration has two cores, and one lab already starts two databases and a Temporal server.
    maxWorkers: 2,
    retry: 0,
    allowOnly: false,
    passWithNoTests: true,
    projects: Object.entries(folders).map(([name, { include, timeoutMs, isolate = true }]) => ({
      extends: true as const,
      test: {
        name,
        include: [...include],
        isolate,
        testTimeout: timeoutMs,
        hookTimeout: Math.max(timeoutMs, 60_000),
        teardownTimeout: 30_000,
      },
    })),
  },
});
