import { describe, expect, test } from 'vitest';
import { checkText } from '../../scripts/lib/tree-rules.js';

// Put together here, so that this file does not break the rules that it tests.
const join = (...parts: readonly string[]): string => parts.join('');
const rulesFor = (text: string, file = 'test/unit/a.test.ts'): readonly string[] => checkText(file, text).map((finding) => finding.rule);

describe('text that must not stand in the repository', () => {
  test.each([
    ['the host of the npm registry', 'registry-host', join('https://registry.', 'npmjs.org/pg')],
    ['the host of the Python index', 'registry-host', join('pip install -i https://', 'pypi.', 'org/simple')],
    ['a path of a work folder', 'machine-path', join("readFileSync('", '/wo', "rk/main/a')")],
    ['a path in the temporary folder', 'machine-path', join('cache: /', 'tmp/lab')],
    ['one test alone', 'test-modifier', join('test.', 'only("a", run)')],
    ['a group left out', 'test-modifier', join('describe.', 'skip("a", run)')],
    ['a test to be written', 'test-modifier', join('test.', 'todo("a")')],
    ['a second try', 'test-retry', join("test('a', { ret", 'ry: 2 }, run)')],
    ['deferred work without a reason', 'bare-todo', join('// TO', 'DO: later')],
  ])('%s breaks %s', (_, rule, text) => {
    expect(rulesFor(text)).toEqual([rule]);
  });

  test.each([
    ['the address of a documentation', 'see https://www.postgresql.org/docs'],
    ['a folder that has the name by chance', 'const folder = `${root}/work/a`; open("src/tmp/x")'],
    ['a branch that has the name by chance', 'git checkout origin/work/branch'],
    ['deferred work with its reason', join('// TO', 'DO(waits for the next release of pg): later')],
    ['a function whose name only begins so', 'expect(list.skipped(1))'],
  ])('%s is allowed', (_, text) => {
    expect(rulesFor(text)).toEqual([]);
  });

  test('a test modifier is looked for in tests alone', () => {
    expect(rulesFor(join('cursor.', 'skip(10)'), 'src/report/page.ts')).toEqual([]);
  });

  test('a finding names file and line', () => {
    expect(checkText('docs/a.md', `one\ntwo ${join('/', 'tmp/x')}`)).toMatchObject([{ file: 'docs/a.md', line: 2, rule: 'machine-path' }]);
  });
});
