// needs: kubernetes
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { program } from '../../lab/index.js';
import { isAlive, readJournal } from '../../lab/journal.js';
import { until } from './support.js';

/** The programs are built once for a machine when there is no KUBEBUILDER_ASSETS. */
const BUILD_MS = 30 * 60_000;

test('kill -9 of its process leaves nothing of a cluster, not even a pod that is deaf', { timeout: BUILD_MS }, async () => {
  const text = `
    const [{ breakGround }, { startKubernetes }] = await Promise.all([import(process.argv[1]), import(process.argv[2])]);
    const ground = await breakGround('doomed');
    const { api, namespace } = await startKubernetes(ground);
    await namespace('doomed');
    const command = [process.execPath, '-e', "process.on('SIGTERM', () => undefined); console.log('deaf'); setInterval(() => undefined, 1000)"];
    const body = { metadata: { name: 'deaf' }, spec: { containers: [{ name: 'deaf', image: 'none', command }] } };
    await api.core.createNamespacedPod({ namespace: 'doomed', body });
    const running = () => api.core.readNamespacedPod({ namespace: 'doomed', name: 'deaf' }).then(({ status }) => status.phase === 'Running');
    while (!(await running())) await new Promise((resolve) => setTimeout(resolve, 100));
    console.log(ground.dir);
    setInterval(() => undefined, 1000);
  `;
  const programs = [program('lab/postgres/index'), program('lab/kubernetes/index')];
  const child = spawn(process.execPath, ['--input-type=module', '-e', text, ...programs], { stdio: ['ignore', 'pipe', 'inherit'] });
  const dir = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const journal = readJournal(`${dir}/journal`);
  expect(
    journal
      .filter(isAlive)
      .map(({ name }) => name.replace(/@.*/, ''))
      .toSorted(),
  ).toEqual(['kube-api', 'kube-controller-manager', 'kube-etcd', 'kubelet', 'pod-deaf']);
  child.kill('SIGKILL');
  await until('the folder is gone', () => !existsSync(dir));
  expect(journal.filter(isAlive)).toEqual([]);
});
