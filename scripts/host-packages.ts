// Installs, from the distribution, the programs that the larger labs run: etcd, Prometheus, PostgreSQL's own tools and the like.
//   npx tsx scripts/host-packages.ts [--look]     --look installs nothing and says what is missing
// Debian and its kin, as root. What is there already is left alone, and no service is started.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { hostPackages, isPresent } from './lib/host-packages.js';

const aptGet = '/usr/bin/apt-get';
const policyFile = '/usr/sbin/policy-rc.d';
const aptMs = 10 * 60_000;

function apt(args: readonly string[]): void {
  const ended = spawnSync(aptGet, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: aptMs,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (ended.status !== 0) throw new Error(`apt-get ${args[0]} ended with ${ended.status ?? ended.signal ?? ended.error?.message}`);
}

/** Packages start their services when they are installed, unless this file tells them not to. */
function withoutServices(work: () => void): void {
  const ours = !existsSync(policyFile);
  if (ours) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(policyFile);
  }
}

function main(): void {
  const missing = hostPackages.filter((each) => !isPresent(each)).map(({ name }) => name);
  if (missing.length === 0) {
    console.log('host packages: everything is there');
    return;
  }
  const command = ['install', '--yes', '--no-install-recommends', ...missing];
  if (process.argv.includes('--look') || process.getuid?.() !== 0 || !existsSync(aptGet)) {
    console.log(`host packages missing: ${missing.join(', ')}. What would help (as root, on Debian): apt-get ${command.join(' ')}`);
    process.exitCode = 1;
    return;
  }
  console.log(`host packages: installing ${missing.join(', ')}`);
  withoutServices(() => {
    // Another apt-get may be at work: wait for it rather than fail.
    const patient = ['-q', '-o', `DPkg::Lock::Timeout=${aptMs / 1000}`];
    apt(['update', ...patient]);
    apt([...command, ...patient]);
  });
  const still = hostPackages.filter((each) => !isPresent(each)).map(({ name }) => name);
  if (still.length > 0) throw new Error(`installed, but not found: ${still.join(', ')}`);
  console.log('host packages: installed');
}

main();
