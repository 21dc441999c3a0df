import { chmod, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Guardian } from '../guardian.js';
import { startGuardian } from '../guardian.js';
import type { Hosts } from '../hosts.js';
import { createHosts } from '../hosts.js';
import { writePostgresControls } from '../scripts/service-scripts.js';
import type { Secrets } from '../secrets.js';
import { createSecrets } from '../secrets.js';
import { postgresBinaries } from './binaries.js';
import type { NodeContext } from './node.js';
import { PostgresNode } from './node.js';
import type { PairOptions } from './pair.js';
import { Pair } from './pair.js';
import { createPki } from './pki.js';
import { databaseUser } from './user.js';

/** Roles that log in by client certificate. */
export const CERTIFICATE_ROLES = ['geosync', 'holdfast', 'holdfast_owner'] as const;

/** What every lab has before anything is started in it. */
export interface Ground<LabHosts extends Hosts = Hosts> {
  readonly dir: string;
  readonly hosts: LabHosts;
  readonly secrets: Secrets;
  readonly guardian: Guardian;
}

/**
 * Makes the folder of a lab and its guardian. The folder can be entered by everybody: the database user must reach its data.
 * @param makeHosts makes the hosts, given the lab's folder: the guardian runs already, so that they may leave something to clean up.
 */
export async function breakGroundWith<LabHosts extends Hosts>(
  name: string,
  root: string,
  makeHosts: (labDir: string) => LabHosts,
): Promise<Ground<LabHosts>> {
  await mkdir(root, { recursive: true });
  const dir = await mkdtemp(path.join(await realpath(root), `holdfast-${name.replaceAll(/[^a-z0-9-]/gi, '-')}-`));
  const guardian = startGuardian(dir);
  try {
    await chmod(dir, 0o755);
    await Promise.all(['run', 'logs', 'archive'].map((folder) => mkdir(path.join(dir, folder))));
    return { dir, guardian, hosts: makeHosts(dir), secrets: await createSecrets(path.join(dir, 'secrets')) };
  } catch (error) {
    await guardian.release(false);
    throw error;
  }
}

/** The ground of a lab on loopback addresses. */
export function breakGround(name: string, root: string = os.tmpdir()): Promise<Ground> {
  return breakGroundWith(name, root, () => createHosts());
}

/** Starts the pair on hosts `db-a` and `db-b`, with service scripts `bin/pgctl-a` and `bin/pgctl-b`. */
export async function startPair(ground: Ground, options: PairOptions = {}): Promise<Pair> {
  const { dir, hosts, secrets, guardian } = ground;
  const user = databaseUser();
  const [binaries, pki, portA, portB] = await Promise.all([
    postgresBinaries(user),
    createPki(path.join(dir, 'pki'), CERTIFICATE_ROLES, user),
    hosts.port('db-a'),
    hosts.port('db-b'),
  ]);
  const context: NodeContext = { labDir: dir, journalFile: guardian.journalFile, network: hosts.network, user, binaries, pki };
  const nodes = {
    a: new PostgresNode('a', hosts.place('db-a'), portA, context),
    b: new PostgresNode('b', hosts.place('db-b'), portB, context),
  };
  const { values } = secrets;
  const pair = new Pair(nodes, context, {
    superuser: values['superuser-password'],
    replicator: values['replicator-password'],
    geosync: values['dsn-password'],
  });
  writePostgresControls(dir, [nodes.a, nodes.b]);
  await pair.create(options);
  return pair;
}
