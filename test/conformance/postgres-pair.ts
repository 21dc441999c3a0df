import net from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { breakGround, startPair } from '../../lab/postgres/index.js';
import type { NodeName } from '../../lab/postgres/node.js';
import type { Pair, PairOptions } from '../../lab/postgres/pair.js';
import type { MigrationRequest, MigrationResult } from '../../src/adapters/postgres/migrations.js';
import { migrate } from '../../src/adapters/postgres/migrations.js';
import type { PostgresLimits, PostgresLogin, PostgresSettings, SecretResolver } from '../../src/adapters/postgres/settings.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import { CANARY } from './harness.js';

export const ENVIRONMENT = 'lab';
export const APPLICATION_NAME = 'geosync-kill-switch';
/** What a superuser gives the migrating role, so that it can read `.history` files (docs/reference/database.md). */
export const HISTORY_GRANT = 'grant execute on function pg_catalog.pg_read_file(text, bigint, bigint, boolean) to holdfast_owner';

/** A lab pair with everything the adapters are made from. */
export interface PostgresPair {
  readonly pair: Pair;
  readonly resolveSecret: SecretResolver;
  readonly canaries: readonly string[];
  readonly node: (name: NodeName) => PlannedNode;
  readonly login: (role: 'holdfast' | 'holdfast_owner' | 'geosync') => PostgresLogin;
  readonly settings: (limits?: Partial<PostgresLimits>) => PostgresSettings;
  readonly migrate: (direction: MigrationRequest['direction'], over?: Partial<MigrationRequest>) => Promise<MigrationResult>;
  readonly close: () => Promise<void>;
}

/** Starts a pair without Holdfast's schema. */
export async function openBarePair(options: PairOptions = {}): Promise<PostgresPair> {
  const ground = await breakGround('conformance');
  const close = (): Promise<void> => ground.guardian.release(false);
  try {
    const pair = await startPair(ground, options);
    const { pki } = pair.context;
    const holdfastPassword = `${CANARY}-of-the-holdfast-login`;
    const resolveSecret: SecretResolver = async (reference) => {
      if (reference === 'env:HOLDFAST_PASSWORD') return holdfastPassword;
      if (!reference.startsWith('file:')) throw new Error(`a canary is here: ${holdfastPassword}`);
      return readFile(reference.slice('file:'.length), 'utf8');
    };
    const login: PostgresPair['login'] = (role) => ({
      database: 'geosync',
      role,
      tls: { ca: `file:${pki.caFile}`, cert: `file:${pki.client(role).cert}`, key: `file:${pki.client(role).key}` },
      password: role === 'geosync' ? `file:${ground.secrets.files['dsn-password']}` : 'env:HOLDFAST_PASSWORD',
    });
    const node: PostgresPair['node'] = (name) => ({
      name,
      host: pair.nodes[name].place.address,
      port: pair.nodes[name].port,
      candidate: true,
      managed: false,
    });
    const keys = await Promise.all(
      ['holdfast', 'geosync'].map(async (role) => (await readFile(pki.client(role).key, 'utf8')).split('\n')[1] ?? ''),
    );
    return {
      pair,
      resolveSecret,
      node,
      login,
      close,
      canaries: [holdfastPassword, ground.secrets.values['dsn-password'], ...keys],
      settings: (limits = {}) => ({
        login: login('holdfast'),
        prober: 'conformance',
        limits,
        application: {
          table: { schema: 'public', table: 'kill_switch_state' },
          applicationName: APPLICATION_NAME,
          login: login('geosync'),
        },
      }),
      migrate: (direction, over = {}) =>
        migrate(
          {
            direction,
            environment: ENVIRONMENT,
            store: 'kill-switch',
            grantTo: 'holdfast',
            connection: { host: node('a').host, port: node('a').port, login: login('holdfast_owner') },
            ...over,
          },
          { resolveSecret },
        ),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts a pair as `holdfast migrate up` leaves it, replayed on both nodes. */
export async function openPair(options: PairOptions = {}): Promise<PostgresPair> {
  const opened = await openBarePair(options);
  try {
    await opened.pair.sql('a', HISTORY_GRANT);
    await opened.migrate('up');
    await opened.pair.waitReplayed('a');
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Polls until the question is answered with true; the test's own time limit ends a wait that never is. */
export async function until(question: () => Promise<boolean>): Promise<void> {
  while (!(await question())) await sleep(20);
}

/** True while a session of Holdfast's role on the node is in a statement like this and, if asked, waits for a lock. */
export async function holdfastIsIn(pair: Pair, node: NodeName, statement: string, waitEventType?: string): Promise<boolean> {
  const rows = await pair.sql(
    node,
    `select from pg_stat_activity where usename = 'holdfast' and state = 'active' and query like $1 and ($2::text is null or wait_event_type = $2)`,
    {
      values: [`%${statement}%`, waitEventType ?? null],
    },
  );
  return rows.length > 0;
}

/** Holds the application's row of a node until the returned function is called. */
export async function lockRow(pair: Pair, node: NodeName): Promise<() => Promise<void>> {
  const client: pg.Client = await pair.connect(node);
  await client.query('begin');
  await client.query('select from public.kill_switch_state where id = 1 for update');
  return async () => {
    await client.query('commit');
    await client.end();
  };
}

/** A line to a node that can be cut: same address, so that the certificate still fits. */
export interface CuttableLine {
  readonly node: PlannedNode;
  cut(): void;
  close(): Promise<void>;
}

/** Puts a line in front of a node. */
export async function openLine(node: PlannedNode): Promise<CuttableLine> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(node.port, node.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => other.destroy())
        .pipe(other);
    }
  });
  server.listen(0, node.host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    node: { ...node, port: address.port },
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
