/** The package as others get it: packed, installed into a folder that knows nothing of this one, and run there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const INSTALL_MS = 400_000;
let folder: string;
let files: readonly string[];

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], cwd: string): Ran {
  // What npm and vitest put into the environment of their children must not lead the package back to this folder.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_package_|npm_lifecycle_|INIT_CWD$|VITEST|NODE_PATH$|NODE_OPTIONS$)/.test(name)),
  );
  const done = spawnSync(command, [...args], { cwd, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { code: done.status, output: `${done.stdout}${done.stderr}` };
}

/** The output of what has to succeed before there is anything to test. */
function mustRun(command: string, args: readonly string[], cwd: string): string {
  const { code, output } = run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}:\n${output}`);
  return output;
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-package-')));
  // Without scripts: `prepare` would compile again, under the feet of whatever else runs from dist/.
  const packed = mustRun('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  const [made] = JSON.parse(packed.slice(packed.indexOf('['), packed.lastIndexOf(']') + 1)) as readonly {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  files = made?.files.map((file) => file.path) ?? [];
  const user = path.join(folder, 'user');
  mkdirSync(user);
  writeFileSync(path.join(user, 'package.json'), JSON.stringify({ name: 'somewhere-else', private: true }));
  const tarball = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  mustRun('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], user);
}, INSTALL_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the package holds what runs and nothing of the workshop', () => {
  for (const needed of [
    'package.json',
    'dist/src/bin/holdfast.js',
    'dist/src/workflow-bundle.js',
    'dist/lab/index.js',
    'examples/holdfast.yaml',
  ])
    expect(files).toContain(needed);
  expect(files.some((file) => file.startsWith('migrations/'))).toBe(true);
  expect(files.filter((file) => /^(src|lab|test|bench|scripts)\//.test(file) || file.endsWith('.test.js'))).toEqual([]);
});

test('installed elsewhere, the binary answers', () => {
  const user = path.join(folder, 'user');
  const help = run('npx', ['--no', 'holdfast', '--', '--help'], user);
  expect(help.code, help.output).toBe(0);
  expect(help.output).toContain('demo');
  const example = path.join(user, 'node_modules', '@holdfast', 'holdfast', 'examples', 'holdfast.yaml');
  const checked = run('npx', ['--no', 'holdfast', '--', 'config', 'validate', '--config', example], user);
  expect(checked.code, checked.output).toBe(0);
});

test('installed elsewhere, holdfast demo --yes ends verified', () => {
  const user = path.join(folder, 'user');
  const demo = run('npx', ['--no', 'holdfast', '--', 'demo', '--yes'], user);
  expect(demo.code, demo.output).toBe(0);
  expect(demo.output.trimEnd().split('\n').at(-1)).toMatch(/^verified: /);
  expect(existsSync(path.join(user, '.holdfast', 'demo'))).toBe(true);
});
