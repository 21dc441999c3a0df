import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Ground } from '../postgres/index.js';
import { CERTIFICATE_ROLES } from '../postgres/index.js';
import { createPki } from '../postgres/pki.js';
import type { RowOption } from '../postgres/schema.js';
import { applicationSql, rolesSql } from '../postgres/schema.js';
import { databaseUser } from '../postgres/user.js';
import { PatroniCluster } from './cluster.js';
import { writePatroniControls } from './control.js';
import { startEtcd } from './etcd.js';
import type { PatroniNodeName } from './node.js';
import { PatroniNode } from './node.js';
import { patroniPrograms } from './programs.js';
import { until } from './until.js';
import type { PatroniProfile } from './settings.js';
import { patroniConfiguration } from './settings.js';

export type { PatroniCluster } from './cluster.js';
export type { PatroniNodeName } from './node.js';
export type { PatroniProfile } from './settings.js';

/** How a cluster is made. */
export interface PatroniOptions {
  /** Default `geosync`. */
  readonly scope?: string;
  /** Default `fast`. With `default` the start takes 25 s. */
  readonly profile?: PatroniProfile;
  /** Default `off`: there is no watchdog device on most machines, and `automatic` then does without. */
  readonly watchdog?: 'off' | 'automatic';
  /** Patroni's `synchronous_mode`. */
  readonly synchronous?: boolean;
  /** Further keys of the dynamic configuration from the start, such as `failsafe_mode`. */
  readonly dynamic?: Readonly<Record<string, unknown>>;
  /** Tags of nodes, such as `{ n3: { nofailover: true } }`. */
  readonly tags?: Readonly<Partial<Record<PatroniNodeName, Readonly<Record<string, unknown>>>>>;
  /** Default: disengaged and fresh. */
  readonly row?: RowOption | 'missing' | 'no-table';
}

const HOSTS = { n1: 'db-1', n2: 'db-2', n3: 'db-3' } as const;
const REST_USER = 'holdfast';
/** Behind Patroni's back nobody promotes: Holdfast's role has not even the right, in either database. */
const NO_PROMOTION = 'revoke execute on function pg_catalog.pg_promote(boolean, integer) from holdfast';
const LEADER_MS = 60_000;

/** Starts a cluster: etcd on host `etcd`, `n1` (leader) to `n3` on hosts `db-1` to `db-3`, service scripts `bin/patronictl-<node>`. */
export async function startPatroni(ground: Ground, options: PatroniOptions = {}): Promise<PatroniCluster> {
  const { dir, hosts, secrets } = ground;
  const { scope = 'geosync', profile = 'fast', watchdog = 'off', synchronous = false, dynamic = {}, tags = {} } = options;
  const user = databaseUser();
  const programs = await patroniPrograms(user);
  const [etcd, pki] = await Promise.all([
    startEtcd(ground, programs.etcd, user, scope),
    createPki(path.join(dir, 'pki'), CERTIFICATE_ROLES, user),
  ]);
  const { values } = secrets;
  const userFile = path.join(dir, 'secrets', 'patroni-user');
  await writeFile(userFile, REST_USER, { mode: 0o600 });
  const makeNode = async (name: PatroniNodeName): Promise<PatroniNode> => {
    const place = hosts.place(HOSTS[name]);
    const ports = { postgres: await hosts.port(place.name), rest: await hosts.port(place.name) };
    const node = new PatroniNode(name, place, ports, { ground, user, programs });
    const restName = `rest-${name}`;
    await Promise.all([pki.issueServer(name, place, 'lab-ca'), pki.issueServer(restName, place, 'lab-ca')]);
    await node.prepare(
      patroniConfiguration({
        scope,
        name,
        place,
        port: node.port,
        restPort: node.restPort,
        etcd: { address: etcd.place.address, port: etcd.port },
        dir: node.dir,
        data: node.dataDir,
        postgresBin: programs.postgresBin,
        caFile: pki.caFile,
        postgresCertificate: pki.server(name),
        restCertificate: pki.server(restName),
        restUser: REST_USER,
        passwords: {
          rest: values['patroni-password'],
          superuser: values['superuser-password'],
          replicator: values['replicator-password'],
        },
        profile,
        watchdog,
        synchronous,
        dynamic,
        tags: tags[name] ?? {},
      }),
    );
    return node;
  };
  const [n1, n2, n3] = await Promise.all([makeNode('n1'), makeNode('n2'), makeNode('n3')]);
  writePatroniControls(dir, [n1, n2, n3]);
  const cluster = new PatroniCluster({
    scope,
    nodes: { n1, n2, n3 },
    etcd,
    pki,
    labDir: dir,
    login: { caFile: pki.caFile, user: REST_USER, password: values['patroni-password'] },
    rest: { caFile: pki.caFile, userFile, passwordFile: secrets.files['patroni-password'] },
    superuserPassword: values['superuser-password'],
  });
  await bringUp(cluster, options.row ?? { engaged: false }, values['dsn-password']);
  if (synchronous) {
    await until('a synchronous standby', LEADER_MS, async () => (await cluster.call('n1', '/cluster')).body.includes('sync_standby'));
  }
  return cluster;
}

/** `n1` alone first, so that it is the leader; the others clone it while the application's tables are made. */
async function bringUp(cluster: PatroniCluster, row: RowOption | 'missing' | 'no-table', geosyncPassword: string): Promise<void> {
  const { n1, n2, n3 } = cluster.nodes;
  await n1.start();
  await until('n1 is the leader', LEADER_MS, async () => {
    if (n1.patroniPid() === undefined) throw new Error(`Patroni of n1 has ended, see ${n1.spec.logFile}`);
    return (await cluster.call('n1', '/primary')).status === 200;
  });
  await Promise.all([n2.start(), n3.start()]);
  await cluster.runAll('n1', 'postgres', [...rolesSql({ geosync: geosyncPassword }), NO_PROMOTION]);
  await cluster.runAll('n1', 'geosync', [...applicationSql(row), NO_PROMOTION]);
  await cluster.waitForStreaming();
}
