import { expect, test } from 'vitest';
import { runLines } from '../../../src/cli/run-lines.js';
import { IgnoredLines } from '../../../src/domain/ignored-lines.js';
import { buildRunFacts } from '../../support/build-run.js';

test('what was ignored since the last look is shown also when only the first and the newest lines are kept', () => {
  const ignored = new IgnoredLines();
  for (let i = 0; i < 500; i += 1) ignored.add(`no. ${i}`);
  const before = buildRunFacts({ ignored: ignored.lines });
  ignored.add('decide: gate promote is not open');
  const lines = runLines(before, buildRunFacts({ ignored: ignored.lines }), 0);
  expect(lines.filter(({ kind }) => kind === 'ignored').map(({ text }) => text)).toEqual([
    '… 402 more are left out here',
    'decide: gate promote is not open',
  ]);
});
