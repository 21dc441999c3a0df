import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from '../hosts.js';
import { labEnvironment } from '../environment.js';
import { isAlive, readJournal } from '../journal.js';
import type { ProcessSpec } from '../process.js';
import { launch } from '../process.js';
import type { Ground } from '../postgres/index.js';
import type { SystemUser } from '../postgres/user.js';
import { give } from '../postgres/user.js';
import { killAll, processesIn, signalAll, freezeAll } from './host-processes.js';
import { until } from './until.js';

/** Patroni's store: one etcd on host `etcd`. */
export interface Etcd {
  readonly place: Place;
  readonly port: number;
  readonly url: string;
  pid(): number | undefined;
  /** It accepts connections and answers nothing. */
  freeze(): Promise<void>;
  thaw(): void;
  /** SIGKILL; its data stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port with its data, and waits until it answers; found running it is thawed. */
  start(): Promise<void>;
  /**
   * Removes the leader's key at once, as its ttl would after 20 or 30 s. A shortcut of the lab for after `killHost`; while the old leader
   * lives it makes two.
   */
  expireLeader(): Promise<void>;
}

const READY_MS = 20_000;
const CALL_MS = 2_000;

/** Starts etcd for one cluster. */
export async function startEtcd(ground: Ground, command: string, user: SystemUser | undefined, scope: string): Promise<Etcd> {
  const { dir: labDir, hosts, guardian } = ground;
  const place = hosts.place('etcd');
  const [port, peerPort] = await Promise.all([hosts.port('etcd'), hosts.port('etcd')]);
  const url = `http://${place.address}:${port}`;
  const peerUrl = `http://${place.address}:${peerPort}`;
  const dir = path.join(labDir, place.name);
  const data = path.join(dir, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await give(user, dir, data);
  const spec: ProcessSpec = {
    name: place.name,
    host: place,
    command,
    // Names without the two dashes; the last three are for one member alone on a slow machine.
    args: Object.entries({
      name: 'lab',
      'data-dir': data,
      'listen-client-urls': url,
      'advertise-client-urls': url,
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': `lab=${peerUrl}`,
      'heartbeat-interval': '50',
      'election-timeout': '500',
      'auto-compaction-retention': '1',
    }).flatMap(([name, value]) => [`--${name}`, value]),
    env: labEnvironment(labDir, { HOME: dir }),
    cwd: dir,
    logFile: path.join(labDir, 'logs', 'etcd.log'),
    pidFile: path.join(labDir, 'run', 'etcd.pid'),
    endSignal: 'KILL',
    ...(user === undefined ? {} : { user }),
  };
  await writeFile(spec.logFile, '', { flag: 'a' });

  const pid = (): number | undefined => readJournal(guardian.journalFile).find((entry) => entry.name === spec.name && isAlive(entry))?.pid;
  const call = async (what: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/${what}`, {
      signal: AbortSignal.timeout(CALL_MS),
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`etcd answers ${response.status} to ${what}: ${await response.text()}`);
    return response.json();
  };
  const start = async (): Promise<void> => {
    const running = pid();
    if (running === undefined) launch(guardian.journalFile, spec);
    else signalAll([running], 'SIGCONT');
    await until('etcd answers', READY_MS, async () => ((await call('health')) as { readonly health: string }).health === 'true');
  };
  await start();
  return {
    place,
    port,
    url,
    pid,
    freeze: () => freezeAll(() => processesIn(dir)),
    thaw: () => signalAll(processesIn(dir), 'SIGCONT'),
    stop: () => killAll(() => processesIn(dir)),
    start,
    expireLeader: async () => {
      await call('v3/kv/deleterange', { key: Buffer.from(`/service/${scope}/leader`).toString('base64') });
    },
  };
}
