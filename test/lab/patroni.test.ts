// needs: patroni
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, processFacts, readJournal } from '../../lab/journal.js';
import { processesIn } from '../../lab/patroni/host-processes.js';
import type { PatroniCluster, PatroniNodeName } from '../../lab/patroni/index.js';
import { startPatroni } from '../../lab/patroni/index.js';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGround } from '../../lab/postgres/index.js';
import { run, until } from './support.js';

const LAB_MS = 150_000;
const NAMES = ['n1', 'n2', 'n3'] as const;
let ground: Ground;
let cluster: PatroniCluster;

beforeAll(async () => {
  ground = await breakGround('patroni');
  cluster = await startPatroni(ground);
}, LAB_MS);

afterAll(() => ground.guardian.release(false), LAB_MS);

type Verb = 'fence' | 'read' | 'lift' | 'start' | 'stop' | 'status';
const control = (node: PatroniNodeName, verb: Verb) =>
  run(cluster.configValues().nodes.find(({ name }) => name === node)?.commands[verb] ?? []);
const get = async (node: PatroniNodeName, path: string) => {
  const { status, body } = await cluster.call(node, path);
  return { status, body: JSON.parse(body) as Record<string, unknown> };
};
const post = (node: PatroniNodeName, path: string, body: unknown) => cluster.call(node, path, { method: 'POST', body, timeoutMs: 45_000 });
const write = (node: PatroniNodeName, reason: string) => cluster.writeRow(node, { engaged: false, reason });
const reason = async (node: PatroniNodeName) =>
  (await cluster.sql<{ reason: string }>(node, 'select reason from kill_switch_state'))[0]?.reason;

describe('a cluster at rest', { timeout: LAB_MS }, () => {
  test('n1 leads, the row is on all three, and roles log in by certificate alone', async () => {
    expect(await cluster.leader()).toBe('n1');
    expect(await cluster.primaries()).toEqual(['n1']);
    await write('n1', 'seen on all');
    await cluster.waitForStreaming();
    expect(await Promise.all(NAMES.map(reason))).toEqual(['seen on all', 'seen on all', 'seen on all']);
    for (const user of ['geosync', 'holdfast', 'holdfast_owner'] as const) {
      expect(
        await cluster.sql('n2', 'select current_user::text as who', { user, database: user === 'geosync' ? 'geosync' : 'postgres' }),
      ).toEqual([{ who: user }]);
    }
    await expect(cluster.sql('n1', 'select * from kill_switch_state', { user: 'holdfast' })).rejects.toThrow('permission denied');
    await expect(cluster.sql('n2', 'select pg_promote(true, 1)', { user: 'holdfast' })).rejects.toThrow('permission denied');
    await cluster.sql('n1', 'create schema owned_by_migrations', { user: 'holdfast_owner' });
  });

  test('REST tells roles as measured', async () => {
    const status = async (path: string) => Promise.all(NAMES.map(async (name) => (await cluster.call(name, path)).status));
    expect(await status('/primary')).toEqual([200, 503, 503]);
    expect(await status('/replica')).toEqual([503, 200, 200]);
    expect(await status('/readiness')).toEqual([200, 200, 200]);
    expect((await get('n1', '/patroni')).body).toMatchObject({
      role: 'primary',
      state: 'running',
      patroni: { scope: 'geosync', name: 'n1' },
    });
    expect((await get('n2', '/patroni')).body).toMatchObject({ role: 'replica', replication_state: 'streaming' });
    expect((await get('n3', '/config')).body).toMatchObject({ ttl: 20, loop_wait: 1, retry_timeout: 3 });
    expect((await get('n3', '/cluster')).body).toMatchObject({
      scope: 'geosync',
      members: [
        { name: 'n1', role: 'leader', state: 'running', host: cluster.nodes.n1.place.address, port: cluster.nodes.n1.port },
        { name: 'n2', role: 'replica', state: 'streaming', lag: 0 },
        { name: 'n3', role: 'replica', state: 'streaming', lag: 0 },
      ],
    });
  });

  test('REST refuses as measured', async () => {
    expect(await post('n2', '/switchover', { leader: 'n3', candidate: 'n2' })).toEqual({ status: 412, body: 'leader name does not match' });
    expect(await post('n2', '/failover', { candidate: 'nope' })).toEqual({ status: 412, body: 'candidate does not exists' });
    expect(await post('n1', '/switchover', {})).toMatchObject({ status: 400 });
    expect(await post('n1', '/reinitialize', {})).toEqual({ status: 503, body: 'I am the leader, can not reinitialize' });
    await expect(
      run(['curl', '-s', '--cacert', cluster.rest.caFile, '-X', 'POST', `${cluster.nodes.n1.restUrl}/switchover`]),
    ).resolves.toMatchObject({ stdout: 'no auth header received' });
    await expect(cluster.call('n1', '/nosuch')).resolves.toMatchObject({ status: 503 });
  });
});

describe('faults', { timeout: LAB_MS }, () => {
  afterEach(() => cluster.resetBySwitchover('n1'), LAB_MS);

  test('a person switches over', async () => {
    expect(await cluster.switchover('n2')).toEqual({ status: 200, body: 'Successfully switched over to "n2"' });
    await cluster.waitForLeader({ is: 'n2' });
    await write('n2', 'on n2');
  });

  test('only PostgreSQL dies: Patroni starts it again on the same node', async () => {
    const before = cluster.nodes.n1.postmasterPid();
    await cluster.nodes.n1.killPostgres();
    await until('another postmaster', () => ![undefined, before].includes(cluster.nodes.n1.postmasterPid()), 60_000);
    await cluster.waitForStreaming();
    expect(await cluster.leader()).toBe('n1');
  });

  test('etcd hangs: nobody writes, /cluster does not answer, and a leader comes back', async () => {
    await cluster.etcd.freeze();
    await until('read-only', async () => (await cluster.primaries()).length === 0, 60_000);
    // A replica tells the old leader out of its cache for some seconds more.
    const unheard = (name: PatroniNodeName) =>
      cluster.call(name, '/cluster', { timeoutMs: 10_000 }).then(
        () => false,
        (error: Error) => error.message === 'socket hang up',
      );
    await until('no answer to /cluster', async () => (await Promise.all(NAMES.map(unheard))).every(Boolean), 60_000);
    // The same words as when the leader is lost: the age of dcs_last_seen tells the two apart.
    const said = await Promise.all(NAMES.map((name) => get(name, '/patroni')));
    for (const { body } of said) {
      expect(body).toMatchObject({ role: 'replica', cluster_unlocked: true });
      expect(Number(body['dcs_last_seen'])).toBeLessThan(Date.now() / 1000 - 3);
    }
    expect(await cluster.leader()).toBeUndefined();
    cluster.etcd.thaw();
    await cluster.waitForLeader();
  });

  test('only Patroni dies on the leader: two nodes take writes, and the old one is rewound when it is healed', async () => {
    await cluster.nodes.n1.killPatroni();
    await cluster.etcd.expireLeader();
    const leader = await cluster.waitForLeader({ not: 'n1' });
    await Promise.all([write('n1', 'on the old one'), write(leader, 'on the new one')]);
    expect((await cluster.primaries()).toSorted()).toEqual(['n1', leader]);
    await cluster.heal();
    expect(await reason('n1')).toBe('on the new one');
  });

  test('a frozen leader answers nothing, and steps down when it thaws', async () => {
    await cluster.nodes.n1.freeze();
    await expect(cluster.call('n1', '/patroni', { timeoutMs: 500 })).rejects.toThrow(/abort|timeout/i);
    await cluster.etcd.expireLeader();
    const leader = await cluster.waitForLeader({ not: 'n1' });
    cluster.nodes.n1.thaw();
    await cluster.waitForStreaming();
    expect(await cluster.leader()).toBe(leader);
  });

  test('while paused nothing happens by itself, but a person may fail over', async () => {
    await cluster.pause();
    expect((await get('n2', '/cluster')).body).toMatchObject({ pause: true });
    await cluster.nodes.n1.kill();
    await cluster.etcd.expireLeader();
    await until('no leader', async () => (await cluster.leader()) === undefined);
    expect(await post('n2', '/failover', { candidate: 'n2' })).toEqual({ status: 200, body: 'Successfully failed over to "n2"' });
    await cluster.waitForLeader({ is: 'n2' });
  });

  test('a fence stops and disables the service, and is read back', async () => {
    expect(await control('n1', 'status')).toMatchObject({ code: 0, stdout: 'patroni active enabled, postgres running' });
    expect(await control('n1', 'read')).toMatchObject({ code: 1 });
    expect(await control('n1', 'fence')).toMatchObject({ code: 0, stdout: 'db-1: patroni inactive disabled, postgres stopped' });
    await cluster.waitForLeader({ not: 'n1' });
    expect(await control('n1', 'start')).toMatchObject({ code: 1, stderr: 'db-1 is disabled' });
    await expect(cluster.nodes.n1.start()).rejects.toThrow('disabled');
    await cluster.setControlReachable('n1', false);
    expect(await control('n1', 'read')).toMatchObject({ code: 255 });
    await cluster.setControlReachable('n1', true);
    expect(await control('n1', 'lift')).toMatchObject({ code: 0 });
    expect(await control('n1', 'start')).toMatchObject({ code: 0 });
    await cluster.waitForStreaming();
  });

  test('a fence ends what a paused, dead or frozen Patroni left behind', async () => {
    await cluster.pause();
    expect(await control('n3', 'fence')).toMatchObject({ code: 0 });
    await cluster.resume();
    await cluster.nodes.n1.killPatroni();
    expect(await control('n1', 'status')).toMatchObject({ code: 3, stdout: 'patroni inactive enabled, postgres running' });
    expect(await control('n1', 'fence')).toMatchObject({ code: 0 });
    await cluster.nodes.n2.freeze();
    expect(await control('n2', 'fence')).toMatchObject({ code: 0 });
    expect(processesIn(cluster.nodes.n1.dir)).toEqual([]);
  });

  test('a wrong certificate concerns new sessions of others, not Patroni', async () => {
    const connect = () => cluster.sql('n2', 'select 1', { user: 'holdfast' });
    await cluster.issueWrongCertificate('n2');
    await expect.poll(() => connect().catch((error: Error) => error.message), { timeout: 10_000 }).toMatch(/self-signed|unable to/);
    expect(await cluster.inRecovery('n2')).toBe(true);
    expect((await get('n2', '/patroni')).body).toMatchObject({ state: 'running' });
    await cluster.issueRightCertificate('n2');
    await until('trusted again', () =>
      connect().then(
        () => true,
        () => false,
      ),
    );
  });

  test('the leader’s host is lost: Patroni promotes another node when the ttl is over', async () => {
    await cluster.nodes.n1.kill();
    expect(await cluster.leader()).toBe('n1');
    const leader = await cluster.waitForLeader({ not: 'n1' });
    await write(leader, 'after the loss');
  });
});

test('a second cluster stands beside, and all its processes end with it', { timeout: LAB_MS }, async () => {
  const second = await breakGround('patroni-two');
  const other = await startPatroni(second, { synchronous: true, tags: { n3: { nofailover: true } } });
  const journal = readJournal(second.guardian.journalFile);
  const processes = NAMES.flatMap((name) => processesIn(other.nodes[name].dir));
  expect(processes.length).toBeGreaterThan(NAMES.length * 2);
  await other.writeRow('n1', { engaged: true, reason: 'the other one' });
  expect(await cluster.sql('n1', 'select engaged from kill_switch_state')).toEqual([{ engaged: false }]);
  expect(JSON.parse((await other.call('n1', '/cluster')).body)).toMatchObject({ members: [{}, {}, { tags: { nofailover: true } }] });
  await other.nodes.n2.freeze();
  await second.guardian.release(false);
  expect(journal.filter(isAlive)).toEqual([]);
  expect(processes.filter((pid) => processFacts(pid) !== undefined)).toEqual([]);
  expect(existsSync(second.dir)).toBe(false);
  expect(await cluster.leader()).toBe('n1');
});
