// needs: temporal, patroni, kubernetes, prometheus
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FullLab } from '../../lab/full.js';
import { createFullLab } from '../../lab/full.js';
import { isAlive, readJournal } from '../../lab/journal.js';
import path from 'node:path';
import { request } from './support.js';

const LAB_MS = 180_000;
const progress: string[] = [];
let labs: readonly FullLab[] = [];

beforeAll(async () => {
  const starting = [createFullLab({ onProgress: (line) => progress.push(line), prometheus: true }), createFullLab({ name: 'second' })];
  const settled = await Promise.allSettled(starting);
  labs = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await Promise.all(starting);
}, LAB_MS);

afterAll(async () => {
  for (const lab of labs) await lab.close();
}, LAB_MS);

describe('two full labs side by side', { timeout: LAB_MS }, () => {
  test('each has its own cluster, its own API server, and three pods with sessions on its own leader', async () => {
    for (const lab of labs) {
      expect(await lab.cluster.primaries()).toEqual(['n1']);
      const pods = await lab.application.pods();
      expect(pods).toHaveLength(3);
      for (const { healthUrl } of pods)
        expect(await request(healthUrl, { headers: { host: lab.application.hostHeader } })).toMatchObject({ status: 200 });
      const sessions = await lab.cluster.sql<{ address: string }>(
        'n1',
        `select distinct host(client_addr) as address from pg_stat_activity where application_name = 'geosync-kill-switch' order by 1`,
      );
      expect(sessions.map(({ address }) => address)).toEqual(pods.map(({ address }) => address).sort());
    }
    const [one, two] = labs.map((lab) => lab.configValues());
    expect(one?.kubernetes.serverUrl).not.toBe(two?.kubernetes.serverUrl);
    expect(one?.temporal?.address).not.toBe(two?.temporal?.address);
  });

  test('progress is told part by part', () => {
    for (const part of ['Patroni', 'Kubernetes: API server', 'Temporal', 'application: 3 pods ready', 'Prometheus'])
      expect(progress.join('\n')).toContain(part);
  });

  test('the application can be led to another node, and Prometheus to the pods of now', async () => {
    const [lab] = labs;
    if (lab === undefined) throw new Error('no lab');
    await lab.cluster.switchover('n2');
    await lab.cluster.waitForLeader({ is: 'n2' });
    await lab.application.pointAt(lab.database('n2'));
    await lab.application.restart();
    await lab.application.waitRolledOut();
    await lab.scrapePods();
    await lab.prometheus.waitUntilScraped();
    const up = await lab.prometheus.query('up{job="geosync"} == 1');
    const names = (await lab.application.pods()).map(({ name }) => name);
    expect(up.map(({ labels }) => labels['instance'])).toEqual(expect.arrayContaining(names));
  });

  test('what the configuration is made of holds no secret', () => {
    for (const lab of labs) {
      const text = JSON.stringify(lab.configValues());
      for (const secret of lab.canaries) expect(text).not.toContain(secret);
    }
  });

  test('a lab made without network namespaces says so', () => {
    expect(() => labs[0]?.network).toThrow('made without network namespaces');
    expect(() => labs[1]?.prometheus).toThrow('made without Prometheus');
  });

  test('closing one leaves nothing of it and does not touch the other', async () => {
    const [one, two] = labs;
    if (one === undefined || two === undefined) throw new Error('no labs');
    const processes = readJournal(path.join(one.dir, 'journal'));
    expect(processes.length).toBeGreaterThan(10);
    await one.close();
    await one.close();
    expect(existsSync(one.dir)).toBe(false);
    expect(processes.filter((entry) => isAlive(entry))).toEqual([]);
    expect(await two.cluster.primaries()).toEqual(['n1']);
    expect(await two.application.pods()).toHaveLength(3);
  });
});
