/** The runner leaves out what a machine cannot run, and goes by what projects and test files state: so each must state what it starts. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { batchesOf } from '../../scripts/lib/batches.js';
import { repositoryFiles } from '../../scripts/lib/files.js';
import { wantedPackages } from '../../scripts/lib/host-setup.js';
import { levelOfMachine } from '../../scripts/lib/level.js';
import { NEEDS, shownNeeds, statedNeeds } from '../../scripts/lib/needs.js';
import type { Need } from '../../scripts/lib/needs.js';
import { divide, tellNotRun } from '../../scripts/lib/not-run.js';
import { projects, testFiles } from '../../scripts/lib/projects.js';
import type { Project, TestFile } from '../../scripts/lib/projects.js';
import type { Availability } from '../../scripts/prerequisites.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const files = projects.flatMap((project) => testFiles(root, project));

/** A test file and the files below test/ whose values it imports, directly or through one another. */
function closure(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, from = ''] of read(file).matchAll(/^(?:import (?!type )|export )[^;]*?from '(\.[^']+)'/gm)) {
    const other = path.posix.join(path.posix.dirname(file), from).replace(/\.js$/, '.ts');
    if (other.startsWith('test/') && existsSync(path.join(root, other))) closure(other, seen);
  }
  return seen;
}

describe('the test files of this repository', () => {
  test('each belongs to one project of the runner', () => {
    const known = files.map(({ file }) => file);
    expect(known.filter((file, index) => known.indexOf(file) !== index)).toEqual([]);
    expect(repositoryFiles(root).filter((file) => /^test\/.*\.test\.ts$/.test(file) && !known.includes(file))).toEqual([]);
  });

  test('each states what it starts, itself or by what it imports from test/', () => {
    const unstated = files
      // The tests of the toolchain name starters, and start nothing.
      .filter(({ file }) => !file.startsWith('test/toolchain/'))
      .flatMap(({ file, needs }) => {
        const shown = new Set([...closure(file)].flatMap((each) => shownNeeds(read(each))));
        const missing = NEEDS.filter((need) => shown.has(need) && !needs.includes(need));
        return missing.length === 0 ? [] : [`${file} lacks, above its imports: // needs: ${missing.join(', ')}`];
      });
    expect(unstated).toEqual([]);
  });
});

describe('stated needs', () => {
  test('stand in one line above the imports, and nothing states none', () => {
    expect(statedNeeds('a', `/** Words. */\n// needs: patroni, namespaces\nimport { x } from './y.js';\n`)).toEqual([
      'patroni',
      'namespaces',
    ]);
    expect(statedNeeds('a', `import { x } from './y.js';\n// needs: patroni\n`)).toEqual([]);
  });

  test('an unknown word is an error that names file and word', () => {
    expect(() => statedNeeds('test/a.test.ts', '// needs: patrony\n')).toThrow('test/a.test.ts: there is no need "patrony"');
  });
});

const met: Availability = { met: true, from: 'the host' };
const lacking = (...packages: readonly string[]): Availability => ({
  met: false,
  why: `no ${packages.join()}`,
  help: 'install it',
  packages,
});
const never: Availability = { met: false, why: 'no root', help: 'be root' };
const machine = (more: Partial<Record<Need, Availability>>): Readonly<Record<Need, Availability>> => ({
  temporal: met,
  postgres: met,
  prometheus: met,
  patroni: met,
  namespaces: met,
  kubernetes: met,
  ...more,
});
const projectNamed = (name: string): Project => projects.find((each) => each.name === name)!;
const file = (project: string, name: string, ...more: readonly Need[]): TestFile => ({
  project: projectNamed(project),
  file: name,
  needs: [...projectNamed(project).needs, ...more],
});

describe('the level of a machine', () => {
  test.each([
    ['everything is there', {}, false, 'full'],
    ['there is neither Go nor a control plane', { kubernetes: never }, false, 'host'],
    ['it may not make network namespaces', { namespaces: never }, true, 'embedded'],
    ['packages are missing and it can install them', { patroni: lacking('etcd-server'), kubernetes: lacking('etcd-server') }, true, 'full'],
    ['packages are missing and it cannot install them', { patroni: lacking('etcd-server') }, false, 'embedded'],
  ] as const)('%s', (_, more, mayInstall, level) => {
    expect(levelOfMachine(machine(more), mayInstall)).toBe(level);
  });
});

describe('what is run, and when', () => {
  const light = file('conformance', 'test/conformance/a.test.ts');
  const onLab = file('conformance', 'test/conformance/b.test.ts', 'kubernetes');
  const all = [
    file('unit', 'test/unit/a.test.ts'),
    light,
    onLab,
    file('workflow', 'test/workflow/a.test.ts'),
    file('lab', 'test/lab/a.test.ts'),
  ];

  test('a file that lacks something is left out, told once for each thing it lacks, with what would help', () => {
    const needs = machine({ kubernetes: never });
    const { run, left } = divide(all, needs);
    expect(run).not.toContain(onLab);
    expect(left).toEqual([{ file: onLab.file, lacks: ['kubernetes'] }]);
    expect(tellNotRun(left, needs)).toEqual([
      '  for want of kubernetes: no root. What would help: be root',
      '    test/conformance/b.test.ts',
    ]);
  });

  test('suites that start no lab come first; a project of both kinds is divided', () => {
    expect(batchesOf(all).map(({ name, files: own, labs }) => [name, own.length, labs])).toEqual([
      ['unit', 1, false],
      ['conformance', 1, false],
      ['workflow', 1, false],
      ['conformance-on-labs', 1, true],
      ['lab', 1, true],
    ]);
  });

  test('only packages that chosen suites want are installed', () => {
    const needs = machine({
      patroni: lacking('etcd-server', 'postgresql'),
      kubernetes: lacking('etcd-server'),
      prometheus: lacking('prometheus'),
    });
    expect(wantedPackages(['patroni', 'kubernetes'], needs)).toEqual(['etcd-server', 'postgresql']);
    expect(wantedPackages(['temporal'], needs)).toEqual([]);
  });
});
