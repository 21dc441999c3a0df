// Writes what was executed, and how it ended, to the file named by HOLDFAST_TEST_RESULTS: the runner counts from it and compares names.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type { RunRecord, TestRecord } from './lib/results.js';

const firstLine = (error: { readonly message?: string | undefined }): string => (error.message ?? 'no message').split('\n')[0] ?? '';

function record(test: TestCase): TestRecord {
  const result = test.result();
  const diagnostic = test.diagnostic();
  return {
    project: test.project.name,
    file: test.module.relativeModuleId.replaceAll('\\', '/'),
    name: test.fullName,
    state: result.state,
    durationMs: Math.round(diagnostic?.duration ?? 0),
    retries: diagnostic?.retryCount ?? 0,
    errors: (result.errors ?? []).map(firstLine),
  };
}

const place = (at: TestModule | TestSuite): string =>
  at.type === 'module' ? at.relativeModuleId : `${at.module.relativeModuleId} › ${at.fullName}`;

function outsideTests(module: TestModule): string[] {
  return [module, ...module.children.allSuites()].flatMap((at) => at.errors().map((error) => `${place(at)}: ${firstLine(error)}`));
}

/** The reporter vitest loads; vitest wants a default export. */
// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter given by path through its default export
export default class ResultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message?: string }[]): void {
    const target = process.env['HOLDFAST_TEST_RESULTS'];
    if (target === undefined) return;
    const run: RunRecord = {
      tests: modules.flatMap((module) => [...module.children.allTests()].map(record)),
      errors: [...modules.flatMap(outsideTests), ...unhandled.map((error) => `outside any test: ${firstLine(error)}`)],
    };
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(run, undefined, 1)}\n`);
  }
}
