// What every make target does first: install the packages when they are absent or other than the lock file says, then compile when dist/ is older than a source.
//   node scripts/setup.mjs [--install-only]
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => path.join(root, ...parts);
const changedAtMs = (file) => (existsSync(file) ? statSync(file).mtimeMs : -1);

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.error) throw done.error;
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/** Newest change under a path; folders count too, so that a removed file is noticed. */
function newestMs(file) {
  if (!existsSync(file)) return -1;
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(file).reduce((newest, name) => Math.max(newest, newestMs(path.join(file, name))), stat.mtimeMs);
}

const installedStamp = at('node_modules', '.holdfast-installed');
const builtStamp = at('dist', '.built');
// A stamp carries the moment the work began: a source saved while the compiler ran is newer than it, and compiled next time.
const stamp = (file, text, beganAtMs) => writeFileSync(file, `${beganAtMs}\n${text}\n`);
const stamped = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : ['-1', '']);

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  if (stamped(installedStamp)[1] === lock) return;
  const beganAtMs = Date.now();
  // npm itself may have installed exactly this lock file; its own stamp is then at least as new.
  if (changedAtMs(at('node_modules', '.package-lock.json')) < changedAtMs(at('package-lock.json'))) {
    console.log('setup: npm ci');
    run('npm', ['ci', '--no-audit', '--no-fund']);
    // npm ran `prepare`, which compiled.
    if (existsSync(at('dist'))) stamp(builtStamp, 'by npm ci', beganAtMs);
  }
  stamp(installedStamp, lock, beganAtMs);
}

function build() {
  const sources = ['src', 'lab', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs', 'package-lock.json'];
  const newest = Math.max(...sources.map((source) => newestMs(at(source))));
  if (Number(stamped(builtStamp)[0]) >= newest) return;
  console.log('setup: build');
  const beganAtMs = Date.now();
  run(process.execPath, [at('scripts', 'build.mjs')]);
  if (existsSync(at('dist'))) stamp(builtStamp, 'by setup', beganAtMs);
}

install();
if (!process.argv.includes('--install-only')) build();
