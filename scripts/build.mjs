// Compiles src/ and lab/ to dist/, then builds the workflow bundle that the worker loads at start (design: worker start <= 2 s).
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
let tsc;
try {
  tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
} catch {
  // Installed as a dependency or with --omit=dev: the package already carries dist/.
  process.exit(0);
}
rmSync(path.join(root, 'dist'), { recursive: true, force: true });
const done = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (done.status !== 0) process.exit(done.status ?? 1);
const bin = path.join(root, 'dist/src/bin/holdfast.js');
if (existsSync(bin)) chmodSync(bin, 0o755);
const bundler = path.join(root, 'dist/src/temporal/bundle.js');
if (existsSync(bundler)) {
  const bundled = spawnSync(process.execPath, [bundler], { stdio: 'inherit', cwd: root });
  if (bundled.status !== 0) process.exit(bundled.status ?? 1);
}
