// needs: patroni, namespaces
import os from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { NetworkHosts } from '../../lab/network/index.js';
import { createNetworkHosts } from '../../lab/network/index.js';
import type { PatroniCluster } from '../../lab/patroni/index.js';
import { startPatroni } from '../../lab/patroni/index.js';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGroundWith } from '../../lab/postgres/index.js';
import { run, until } from './support.js';

const LAB_MS = 150_000;
let ground: Ground<NetworkHosts>;
let cluster: PatroniCluster;

beforeAll(async () => {
  ground = await breakGroundWith('patroni-network', os.tmpdir(), (dir) => createNetworkHosts(dir));
  cluster = await startPatroni(ground);
}, LAB_MS);

afterEach(() => ground.hosts.healAll());

afterAll(() => ground.guardian.release(false), LAB_MS);

test('a leader that is cut off steps down before another takes its place, and follows it when healed', { timeout: LAB_MS }, async () => {
  ground.hosts.cut('db-1');
  await expect(cluster.call('n1', '/patroni', { timeoutMs: 700 })).rejects.toThrow(/abort|timeout/i);
  // Through the Unix socket: the file system is not cut.
  expect(await cluster.inRecovery('n1')).toBe(false);
  await until('n1 takes no writes', async () => !(await cluster.primaries()).includes('n1'), 60_000);
  const seen: number[] = [];
  await until(
    'another primary',
    async () => {
      const { length } = await cluster.primaries();
      seen.push(length);
      return length > 0;
    },
    60_000,
  );
  expect(Math.max(...seen)).toBe(1);
  const leader = await cluster.waitForLeader({ not: 'n1' });
  ground.hosts.heal('db-1');
  await cluster.waitForStreaming();
  expect(await cluster.leader()).toBe(leader);
});

test('a service script reaches a host that is cut off, and its fence keeps it from serving', { timeout: LAB_MS }, async () => {
  const leader = await cluster.waitForLeader();
  ground.hosts.cut(cluster.nodes[leader].place.name);
  const fence = await run([`${ground.dir}/bin/patronictl-${leader}`, 'fence']);
  expect(fence).toMatchObject({ code: 0 });
  ground.hosts.healAll();
  await cluster.heal();
});
