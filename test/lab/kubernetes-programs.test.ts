import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../lab/kubernetes/lock.js';
import { kubernetesPrograms } from '../../lab/kubernetes/programs.js';

let dir: string;
const assets = process.env['KUBEBUILDER_ASSETS'];

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'holdfast-lock-'));
});

afterEach(async () => {
  if (assets === undefined) delete process.env['KUBEBUILDER_ASSETS'];
  else process.env['KUBEBUILDER_ASSETS'] = assets;
  await rm(dir, { recursive: true });
});

test('two that want the same lock work one after the other, and nothing is left of it', async () => {
  const file = path.join(dir, 'build.lock');
  let inside = 0;
  const most: number[] = [];
  const work = async (): Promise<void> => {
    inside += 1;
    most.push(inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all([withLock(file, work), withLock(file, work)]);
  expect(most).toEqual([1, 1]);
  expect(await readdir(dir)).toEqual([]);
});

test('a lock whose owner is gone is nobody’s', async () => {
  const file = path.join(dir, 'build.lock');
  // This very pid, but a process that started at another time.
  await writeFile(file, `${process.pid} 1`);
  expect(await withLock(file, () => Promise.resolve('done'))).toBe('done');
  expect(existsSync(file)).toBe(false);
});

test('a lock is given back when the work fails', async () => {
  const file = path.join(dir, 'build.lock');
  await expect(withLock(file, () => Promise.reject(new Error('no compiler')))).rejects.toThrow('no compiler');
  expect(await readdir(dir)).toEqual([]);
});

test('a KUBEBUILDER_ASSETS without the programs is an error and not a step down', async () => {
  process.env['KUBEBUILDER_ASSETS'] = dir;
  await expect(kubernetesPrograms()).rejects.toThrow(/KUBEBUILDER_ASSETS=.* does not hold both kube-apiserver and kube-controller-manager/);
});
