// needs: namespaces
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { labEnvironment } from '../../lab/environment.js';
import { createLab, program } from '../../lab/index.js';
import type { Hosts } from '../../lab/hosts.js';
import { processFacts } from '../../lab/journal.js';
import { createRelay } from '../../lab/link.js';
import type { NetworkHosts } from '../../lab/network/index.js';
import { isFreeIn } from '../../lab/network/hub.js';
import { createNetworkHosts } from '../../lab/network/index.js';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGroundWith, startPair } from '../../lab/postgres/index.js';
import { launch } from '../../lab/process.js';
import { health, run, until } from './support.js';

const LAB_MS = 120_000;
/** How long nothing must come before a test calls it silence; an answer is waited for much longer. */
const SILENCE_MS = 700;
const ANSWER_MS = 20_000;

const makeGround = (name: string): Promise<Ground<NetworkHosts>> => breakGroundWith(name, os.tmpdir(), (dir) => createNetworkHosts(dir));

let ground: Ground<NetworkHosts>;
let hosts: NetworkHosts;
const ports: Record<string, number> = {};

beforeAll(async () => {
  ground = await makeGround('network');
  ({ hosts } = ground);
  await Promise.all(['app-1', 'app-2', 'app-3'].map(echoOn));
}, LAB_MS);

afterEach(() => hosts.healAll());

afterAll(async () => {
  await ground.guardian.release(false);
}, LAB_MS);

/** A server on a host that sends back what it is sent. */
async function echoOn(hostName: string): Promise<void> {
  const port = await hosts.port(hostName);
  const text = `require('node:net').createServer((s) => s.on('error', () => {}).pipe(s)).listen(${port}, '${hosts.place(hostName).address}', () => console.log('listens'))`;
  await launch(ground.guardian.journalFile, {
    name: `echo-${hostName}`,
    host: hosts.place(hostName),
    command: process.execPath,
    args: ['-e', text],
    env: labEnvironment(ground.dir),
    cwd: ground.dir,
    logFile: path.join(ground.dir, 'logs', `echo-${hostName}.log`),
    endSignal: 'TERM',
  }).waitFor(/^listens/);
  ports[hostName] = port;
}

/** What a client on one host hears from a server: its answer, the code of a refusal, or nothing. */
function hear(from: string, address: string, port: number, waitMs: number): Promise<string> {
  const text = `const s = require('node:net').connect(${port}, '${address}', () => s.write('hello'));
    const end = (what) => { console.log(what); process.exit(0); };
    s.on('data', (d) => end(String(d))); s.on('error', (e) => end(e.code)); setTimeout(() => end('silence'), ${waitMs});`;
  const { command, args } = hosts.enter(from, process.execPath, ['-e', text]);
  return new Promise((resolve, reject) =>
    execFile(command, args, (error, stdout) => (error === null ? resolve(stdout.trim()) : reject(error))),
  );
}

const said = (from: string, to: string): Promise<string> => hear(from, hosts.place(to).address, ports[to] ?? 0, ANSWER_MS);
const silent = (from: string, to: string): Promise<string> => hear(from, hosts.place(to).address, ports[to] ?? 0, SILENCE_MS);
const namespaces = (): readonly string[] => readdirSync('/var/run/netns');
const recorded = (dir: string): readonly string[] => readFileSync(path.join(dir, 'namespaces'), 'utf8').trim().split('\n');

describe('hosts in network namespaces', { timeout: LAB_MS }, () => {
  test('each has an address of its own, and all reach each other and the lab’s own side', async () => {
    const places = ['app-1', 'app-2', 'app-3'].map((name) => hosts.place(name));
    expect(new Set(places.map(({ address }) => address)).size).toBe(3);
    for (const { address } of places) expect(address).toMatch(/^198\.1[89]\.\d+\.\d+$/);
    expect(hosts.place('people')).toEqual({ name: 'people', address: hosts.network.replace('.0/24', '.1') });
    expect(await Promise.all([said('app-1', 'app-2'), said('app-2', 'app-1'), said('people', 'app-1')])).toEqual([
      'hello',
      'hello',
      'hello',
    ]);
  });

  test('a port on which a program listens in a namespace is taken there, and there alone', async () => {
    const [one, other] = ['app-1', 'app-2'].map((name) => hosts.place(name).namespace ?? '');
    expect([isFreeIn(one ?? '', ports['app-1'] ?? 0), isFreeIn(other ?? '', ports['app-1'] ?? 0)]).toEqual([false, true]);
    const given = await Promise.all(Array.from({ length: 20 }, () => hosts.port('app-1')));
    expect(new Set([...given, ports['app-1']]).size).toBe(21);
    expect(await said('people', 'app-1')).toBe('hello');
  });

  test('a host that is cut off hangs to all, is not refused, and works again when healed', async () => {
    hosts.cut('app-1');
    expect(
      await Promise.all([silent('app-2', 'app-1'), silent('app-1', 'app-2'), silent('people', 'app-1'), said('app-1', 'app-1')]),
    ).toEqual(['silence', 'silence', 'silence', 'hello']);
    expect(await said('app-2', 'app-3')).toBe('hello');
    hosts.heal('app-1');
    expect(await Promise.all([said('app-2', 'app-1'), said('people', 'app-1')])).toEqual(['hello', 'hello']);
  });

  test('an open connection hangs while it is cut, and delivers afterwards', async () => {
    const socket = net.connect({ host: hosts.place('app-1').address, port: ports['app-1'] ?? 0 });
    await once(socket, 'connect');
    hosts.cut('app-1');
    socket.write('late');
    const answer = once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) });
    expect(await silent('people', 'app-1')).toBe('silence');
    hosts.healAll();
    expect(String((await answer)[0])).toBe('late');
    socket.destroy();
  });

  test('two hosts are cut off from each other and from nobody else', async () => {
    hosts.cutBetween('app-1', 'app-2');
    expect(
      await Promise.all([silent('app-1', 'app-2'), silent('app-2', 'app-1'), said('app-1', 'app-3'), said('people', 'app-2')]),
    ).toEqual(['silence', 'silence', 'hello', 'hello']);
    hosts.cutBetween('app-3', 'people');
    expect(await Promise.all([silent('people', 'app-3'), said('app-1', 'app-3')])).toEqual(['silence', 'hello']);
  });

  test('one direction to one port can be dropped', async () => {
    hosts.drop('app-1', 'app-2', ports['app-2']);
    expect(await Promise.all([silent('app-1', 'app-2'), said('app-2', 'app-1'), said('app-3', 'app-2')])).toEqual([
      'silence',
      'hello',
      'hello',
    ]);
    hosts.heal('app-2');
    hosts.drop('app-1', 'people');
    expect(await Promise.all([silent('people', 'app-1'), said('app-1', 'app-2')])).toEqual(['silence', 'hello']);
  });

  test('a host on the lab’s own side cannot be cut off alone, and the attempt changes nothing', async () => {
    expect(() => hosts.cut('people')).toThrow("Host people is on the lab's own side");
    expect(() => hosts.cutBetween('people', 'gateway')).toThrow('own side');
    hosts.cut('app-1');
    hosts.healAll();
    expect(await said('people', 'app-1')).toBe('hello');
  });

  test('nothing leads out of a namespace', async () => {
    const inside = (...command: readonly [string, ...string[]]) => {
      const entered = hosts.enter('app-1', command[0], command.slice(1));
      return run([entered.command, ...entered.args]);
    };
    expect((await inside('ip', '-4', 'route', 'show')).stdout).toMatch(/^198\.1[89]\.\d+\.0\/24 dev e0 proto kernel scope link src \S+$/);
    expect((await inside('ip', '-6', 'route', 'show', 'dev', 'e0')).stdout).toBe('');
    expect((await inside('ip', 'route', 'get', '192.0.2.1')).stderr).toMatch(/unreachable/);
    const [, second, third] = hosts.network.split('.');
    expect(readFileSync(`/proc/sys/net/ipv4/conf/hf-${second}-${third}/forwarding`, 'utf8').trim()).toBe('0');
  });

  test('a program runs there as another user, under the pid it was started with', async () => {
    const { command, args } = hosts.enter('app-1', 'id', [], { uid: 65_534, gid: 65_534 });
    expect((await run([command, ...args])).stdout).toMatch(/^uid=65534\S* gid=65534\S* groups=65534\S*$/);
  });

  test('a server bound to 127.0.0.1 is reached through a relay', async () => {
    const server = net.createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    server.listen({ host: '127.0.0.1', port: await hosts.port('temporal') });
    await once(server, 'listening');
    const relay = await createRelay(hosts, 'temporal', (server.address() as net.AddressInfo).port);
    expect(await hear('worker', relay.address, relay.port, ANSWER_MS)).toBe('hello');
    await relay.close();
    server.close();
  });

  test('the pair streams across namespaces, and a cut leaves both running and apart', async () => {
    const pair = await startPair(ground);
    const streams = async (): Promise<boolean> =>
      (await pair.sql('b', `select from pg_stat_wal_receiver where status = 'streaming'`)).length === 1;
    const [client] = await pair.sql('a', `select host(client_addr) as address from pg_stat_replication`, { database: 'postgres' });
    expect(client).toEqual({ address: hosts.place('db-b').address });
    hosts.cutBetween('db-a', 'db-b');
    await pair.sql('a', `update kill_switch_state set reason = 'written apart'`);
    await until('the standby has noticed', async () => !(await streams()), ANSWER_MS);
    expect(await pair.sql('b', 'select reason from kill_switch_state')).toEqual([{ reason: '' }]);
    hosts.cut('db-a');
    await expect(pair.sql('a', 'select 1')).rejects.toThrow(/timeout/);
    expect(await Promise.all([pair.nodes.a.pid(), pair.nodes.b.pid()])).toEqual([expect.any(Number), expect.any(Number)]);
    hosts.healAll();
    await pair.waitReplayed('a');
    expect(await pair.sql('b', 'select reason from kill_switch_state')).toEqual([{ reason: 'written apart' }]);
    // The service script starts it on its host, too.
    const control = path.join(ground.dir, 'bin', 'pgctl-b');
    expect(await run([control, 'stop'])).toMatchObject({ code: 0 });
    expect(await run([control, 'start'])).toMatchObject({ code: 0 });
    await pair.waitReplayed('a');
  });

  test('a whole lab stands on it: its worker’s host reaches Temporal, and close removes it', async () => {
    const lab = await createLab({ name: 'whole', network: {}, instances: 1 });
    const [instance] = lab.instances;
    expect((await health(instance!)).status).toBe(200);
    await lab
      .spawn('probe', 'worker', lab.temporal.cli, ['operator', 'cluster', 'health', '--address', lab.temporal.address])
      .waitFor(/SERVING/);
    lab.network.cut('app-1');
    await expect(health(instance!, AbortSignal.timeout(SILENCE_MS))).rejects.toThrow(/abort/i);
    const names = recorded(lab.dir);
    expect(names).toContain(`${path.basename(lab.dir)}.db-a`);
    expect(namespaces()).toEqual(expect.arrayContaining([...names]));
    await lab.close();
    expect(namespaces().filter((name) => names.includes(name))).toEqual([]);
    expect(await said('app-1', 'app-2')).toBe('hello');
  });

  test('kill -9 of its process leaves nothing of it, and its neighbour alone', async () => {
    const text = `
      const { breakGroundWith, startPair } = await import(process.argv[1]);
      const { createNetworkHosts } = await import(process.argv[2]);
      const ground = await breakGroundWith('doomed', process.argv[3], (dir) => createNetworkHosts(dir));
      const { command, args } = ground.hosts.enter('app-1', 'sleep', ['1000']);
      const { spawn } = await import('node:child_process');
      // Neither in the journal nor marked: known by its namespace alone.
      const stray = spawn(command, args, { detached: true, env: { PATH: process.env.PATH }, stdio: 'ignore' });
      ground.hosts.cut('app-1');
      console.log(JSON.stringify({ dir: ground.dir, network: ground.hosts.network, stray: stray.pid }));
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', text, program('lab/postgres/index'), program('lab/network/index'), os.tmpdir()],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const doomed = JSON.parse(line) as Pick<Hosts, 'network'> & { readonly dir: string; readonly stray: number };
    const names = recorded(doomed.dir);
    const [, second, third] = doomed.network.split('.');
    const link = `/sys/class/net/hf-${second}-${third}`;
    expect(names.map((name) => name.slice(path.basename(doomed.dir).length))).toEqual(['.hub', '.app-1']);
    expect(namespaces()).toEqual(expect.arrayContaining([...names]));
    expect([existsSync(link), processFacts(doomed.stray) !== undefined]).toEqual([true, true]);
    child.kill('SIGKILL');
    await until('the folder is gone', () => !existsSync(doomed.dir));
    expect(namespaces().filter((name) => names.includes(name))).toEqual([]);
    expect([existsSync(link), processFacts(doomed.stray) !== undefined]).toEqual([false, false]);
    expect(await said('app-1', 'app-2')).toBe('hello');
  });
});
