// After a run of situations: the table of situation, outcome, recovery time, wait for people and whole time. Says nothing of other tests.
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { Situation, SituationRun } from './lib/situation-runs.js';
import { situationTable } from './lib/situation-runs.js';

const projectsOfSituations = /^situations/;

function situation(test: TestCase): Situation {
  const { runs = [] } = test.meta() as { readonly runs?: readonly SituationRun[] };
  return { name: test.fullName, passed: test.result().state === 'passed', runs };
}

/** The reporter vitest loads; vitest wants a default export. */
// oxlint-disable-next-line import/no-default-export -- vitest loads a reporter given by path through its default export
export default class SituationsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const situations = modules
      .filter((module) => projectsOfSituations.test(module.project.name))
      .flatMap((module) => [...module.children.allTests()])
      .filter((test) => test.result().state !== 'skipped')
      .map(situation);
    if (situations.length > 0) console.log(`\n${situationTable(situations).join('\n')}\n`);
  }
}
