// needs: postgres, patroni, kubernetes
/** `holdfast demo --patroni --kubernetes` as a user runs it: a process of its own, in a folder of its own. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nothingIsLeft, startDemo } from '../support/demo-process.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-demo-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const FULL = ['--patroni', '--kubernetes'] as const;

test('demo --patroni --kubernetes --yes: the leader’s host dies, Patroni promotes, the pods are replaced, the run ends verified', async () => {
  const demo = startDemo(folder, [...FULL, '--yes'], { CI: '1' });
  expect(await demo.ended, demo.output()).toBe(0);
  expect(demo.lines().at(-1)).toMatch(/^verified: kill-switch on n[23] \(timeline 2\), the switch is clear, trading is resumed/);
  for (const part of [
    'three PostgreSQL servers under Patroni',
    'kill -9 to host n1',
    'Patroni has promoted',
    'Gate accept',
    'Worker killed',
    'New worker polls',
    'Patch the Secret',
    'Start one pod',
    'no database took writes',
    'Secret       points at',
    'nothing serves, service disabled',
  ])
    expect(demo.output()).toContain(part);
  expect(demo.output()).toMatch(/\/workflows\/failover%3Alab-patroni/);
  const [kept = ''] = readdirSync(path.join(folder, '.holdfast', 'demo'));
  for (const file of ['report.md', 'evidence.json', 'history.json'])
    expect(existsSync(path.join(folder, '.holdfast', 'demo', kept, file)), file).toBe(true);
  nothingIsLeft(demo);
});

test('demo --patroni --kubernetes interrupted while pods and servers start: said at once, and nothing is left', async () => {
  const demo = startDemo(folder, [...FULL, '--yes']);
  await demo.seen(/Kubernetes +API server/);
  demo.interrupt();
  expect(await demo.ended, demo.output()).toBe(1);
  expect(demo.output()).toContain('Ending everything that was started');
  expect(demo.output()).not.toContain('Primary killed');
  nothingIsLeft(demo);
});
