import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageScript, run } from '../../scripts/lib/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['workflow', 'common', 'activity', 'client'].map((name) => `@temporalio/${name}`);

/** What the good and the bad files import; they need no content of their own. */
const targets = [
  'src/domain/row.ts',
  'src/ports/cluster.ts',
  'src/config/schema.ts',
  'src/temporal/connection.ts',
  'src/observability/logger.ts',
  'src/report/html.ts',
  'src/workflows/messages.ts',
  'src/workflows/run-context.ts',
  'src/workflows/failover.ts',
  'src/activities/index.ts',
  'src/adapters/postgres/row.ts',
  'src/adapters/patroni/cluster.ts',
  'src/adapters/shared/tls.ts',
  'src/gateway/app.ts',
  'src/wiring.ts',
  'src/cli/program.ts',
  'lab/index.ts',
  'test/support/fakes.ts',
  'test/checker/world.ts',
  'scripts/build.ts',
];

/** [file, what it imports (`type:` for its types alone), the rule that must fire]. */
const examples: readonly (readonly [file: string, imports: string, rule: string])[] = [
  ['src/domain/a1.ts', 'node:crypto', 'domain-is-pure'],
  ['src/domain/a2.ts', '@temporalio/workflow', 'domain-is-pure'],
  ['src/domain/a3.ts', 'type:src/ports/cluster.ts', 'domain-is-pure'],
  ['src/domain/a4.ts', 'src/domain/row.ts', 'allowed'],
  ['src/ports/b1.ts', 'node:fs', 'ports-know-domain'],
  ['src/ports/b2.ts', 'src/domain/row.ts', 'ports-import-types'],
  ['src/ports/b3.ts', 'type:src/domain/row.ts', 'allowed'],
  ['src/workflows/c1.ts', 'node:fs', 'workflows-are-deterministic'],
  ['src/workflows/c2.ts', 'type:src/config/schema.ts', 'workflows-are-deterministic'],
  ['src/workflows/c3.ts', '@temporalio/client', 'workflows-are-deterministic'],
  ['src/workflows/c4.ts', 'src/activities/index.ts', 'workflows-import-activity-types'],
  ['src/workflows/c5.ts', 'type:src/activities/index.ts', 'allowed'],
  ['src/workflows/c6.ts', '@temporalio/workflow', 'allowed'],
  ['src/workflows/c7.ts', '@temporalio/common', 'allowed'],
  ['src/workflows/steps/d1.ts', '@temporalio/workflow', 'steps-do-not-know-temporal'],
  ['src/workflows/steps/d2.ts', 'type:@temporalio/common', 'steps-do-not-know-temporal'],
  ['src/workflows/steps/d3.ts', 'src/workflows/failover.ts', 'steps-do-not-know-temporal'],
  ['src/workflows/steps/d4.ts', 'src/workflows/run-context.ts', 'steps-import-types'],
  ['src/workflows/steps/d5.ts', 'src/activities/index.ts', 'steps-import-types'],
  ['src/workflows/steps/d6.ts', 'type:src/workflows/run-context.ts', 'allowed'],
  ['src/activities/e1.ts', 'src/adapters/postgres/row.ts', 'activities-know-ports'],
  ['src/activities/e2.ts', 'type:src/workflows/messages.ts', 'activities-know-ports'],
  ['src/activities/e3.ts', '@temporalio/client', 'activities-know-ports'],
  ['src/activities/e4.ts', '@temporalio/activity', 'allowed'],
  ['src/adapters/postgres/f1.ts', 'src/adapters/patroni/cluster.ts', 'adapters-stand-alone'],
  ['src/adapters/postgres/f2.ts', 'src/config/schema.ts', 'adapters-stand-alone'],
  ['src/adapters/postgres/f3.ts', 'src/adapters/shared/tls.ts', 'allowed'],
  ['src/adapters/postgres/f4.ts', 'src/adapters/postgres/row.ts', 'allowed'],
  ['src/adapters/postgres/f5.ts', 'node:fs', 'allowed'],
  ['src/cli/g1.ts', 'type:src/adapters/postgres/row.ts', 'only-wiring-picks-adapters'],
  ['src/wiring.ts', 'src/adapters/postgres/row.ts', 'allowed'],
  ['src/gateway/h1.ts', 'src/workflows/failover.ts', 'gateway-is-a-client'],
  ['src/gateway/h2.ts', 'src/workflows/messages.ts', 'allowed'],
  ['src/cli/i1.ts', 'src/workflows/failover.ts', 'cli-is-a-client'],
  ['src/cli/i2.ts', 'src/wiring.ts', 'allowed'],
  ['src/config/j1.ts', 'src/temporal/connection.ts', 'config-knows-domain'],
  ['src/report/j2.ts', 'src/config/schema.ts', 'report-knows-domain'],
  ['src/observability/j3.ts', 'src/report/html.ts', 'observability-knows-config'],
  ['src/temporal/j4.ts', 'src/gateway/app.ts', 'temporal-knows-config'],
  ['lab/k1.ts', 'type:src/domain/row.ts', 'lab-knows-no-product'],
  ['test/checker/l1.ts', 'src/domain/row.ts', 'checker-knows-no-product'],
  ['test/checker/l2.ts', 'test/support/fakes.ts', 'checker-knows-no-product'],
  ['src/cli/m1.ts', 'lab/index.ts', 'product-needs-no-lab'],
  ['src/cli/demo/m2.ts', 'lab/index.ts', 'allowed'],
  ['src/cli/n1.ts', 'scripts/build.ts', 'product-needs-no-test'],
  ['src/gateway/o1.ts', 'dev-package', 'product-needs-no-dev-package'],
  ['src/gateway/o2.ts', 'undeclared-package', 'product-needs-no-dev-package'],
  ['src/report/p1.ts', 'src/report/p2.ts', 'no-cycle'],
  ['src/report/q1.ts', 'type:src/report/q2.ts', 'allowed'],
];

/** The other halves of the circles; dependency-cruiser reports a circle at one of its files only. */
const partners: readonly (readonly [file: string, imports: string])[] = [
  ['src/report/p2.ts', 'src/report/p1.ts'],
  ['src/report/q2.ts', 'type:src/report/q1.ts'],
];

/** What dependency-cruiser reports for one import that breaks a rule. */
interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

let dir: string;
let violations: readonly Violation[];

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
  writeFileSync(path.join(dir, file), text);
}

function specifier(from: string, target: string): string {
  if (!/^(src|lab|test|scripts)\//.test(target)) return target;
  const relative = path.posix.relative(path.posix.dirname(from), target).replace(/\.ts$/, '.js');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

function importing(file: string, imports: string): string {
  const target = imports.replace(/^type:/, '');
  const typesOnly = target !== imports;
  return `import ${typesOnly ? 'type ' : ''}{ it } from '${specifier(file, target)}';\nexport const mine${typesOnly ? ': it | 0 = 0' : ' = it'};\n`;
}

function writePackage(name: string): void {
  write(
    `node_modules/${name}/package.json`,
    JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'index.js', types: 'index.d.ts' }),
  );
  write(`node_modules/${name}/index.js`, 'export const it = 0;\n');
  write(`node_modules/${name}/index.d.ts`, 'export declare const it: number;\n');
}

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-imports-'));
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) cpSync(path.join(root, file), path.join(dir, file));
  const dependencies = Object.fromEntries(packages.map((name) => [name, '1.0.0']));
  write('package.json', JSON.stringify({ name: 'example', type: 'module', dependencies, devDependencies: { 'dev-package': '1.0.0' } }));
  for (const name of [...packages, 'dev-package', 'undeclared-package']) writePackage(name);
  for (const file of targets) write(file, 'export const it = 0;\n');
  for (const [file, imports] of [...examples, ...partners]) write(file, importing(file, imports));
  const command = [
    packageScript(root, 'dependency-cruiser', 'bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ];
  const { output } = await run([...command, 'src', 'lab', 'test', 'scripts'], { cwd: dir, output: 'keep' });
  const report = JSON.parse(output) as { readonly summary: { readonly violations: readonly Violation[] } };
  violations = report.summary.violations;
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const fired = (file: string): readonly string[] => [...new Set(violations.filter((one) => one.from === file).map((one) => one.rule.name))];

describe('import rules', () => {
  test.each(examples.filter(([, , rule]) => rule !== 'allowed'))('%s importing %s breaks %s', (file, _, rule) => {
    expect(fired(file)).toContain(rule);
  });

  test.each(examples.filter(([, , rule]) => rule === 'allowed'))('%s importing %s is allowed', (file) => {
    expect(fired(file)).toEqual([]);
  });

  test('every rule has an example that breaks it', () => {
    const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
      readonly forbidden: readonly { readonly name: string }[];
    };
    const proved = new Set(examples.map(([, , rule]) => rule));
    expect(config.forbidden.map((rule) => rule.name).filter((name) => !proved.has(name))).toEqual([]);
  });
});
