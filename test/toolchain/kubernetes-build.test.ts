import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startKubernetesBuild } from '../../scripts/lib/host-setup.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-build-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A tree whose build does this. */
function withBuild(script: string): string {
  const folder = path.join(dir, 'dist', 'lab', 'kubernetes', 'prepare');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'main.js'), script);
  return dir;
}

test('what the build says is kept in its log', async () => {
  const build = startKubernetesBuild(withBuild(`console.log('building'); console.error('compiled');`));
  expect(await build.failure).toBeUndefined();
  expect(readFileSync(build.logFile, 'utf8')).toBe('building\ncompiled\n');
});

test('a build that fails ends with its last words', async () => {
  const build = startKubernetesBuild(withBuild(`console.error('no module proxy'); process.exit(3);`));
  expect(await build.failure).toBe('ended with 3; its last words:\nno module proxy');
});
