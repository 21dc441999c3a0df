import { rm, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { COLD_SKIP, ONLINE_SKIP, copyDataFolder } from './copy.js';
import type { NodeContext, NodeName, PostgresNode } from './node.js';
import type { RowOption } from './schema.js';
import { applicationSql, rolesSql, rowSql } from './schema.js';
import { primaryConninfo } from './settings.js';
import { removeLeftSegment } from './shared-memory.js';
import { give } from './user.js';

/** Who runs a statement, and where. */
export interface SqlOptions {
  /** Default `postgres` (password); other roles come with their client certificate. */
  readonly user?: 'postgres' | 'geosync' | 'holdfast' | 'holdfast_owner';
  /** Default `geosync`. */
  readonly database?: string;
  readonly values?: readonly unknown[];
}

/** What a pair needs besides its nodes. */
export interface PairPasswords {
  readonly superuser: string;
  readonly replicator: string;
  readonly geosync: string;
}

export interface PairOptions {
  readonly row?: RowOption | 'missing' | 'no-table';
  /** Makes a commit wait for the other node. */
  readonly synchronous?: boolean;
}

const CONNECT_MS = 3_000;
const STREAM_MS = 20_000;
const POLL_MS = 15;

/** The other node of the pair. */
export function otherNode(name: NodeName): NodeName {
  return name === 'a' ? 'b' : 'a';
}

/** Two PostgreSQL servers: at first `a` is the primary and `b` its streaming standby. */
export class Pair {
  readonly nodes: Readonly<Record<NodeName, PostgresNode>>;
  readonly context: NodeContext;
  readonly #passwords: PairPasswords;

  constructor(nodes: Readonly<Record<NodeName, PostgresNode>>, context: NodeContext, passwords: PairPasswords) {
    this.nodes = nodes;
    this.context = context;
    this.#passwords = passwords;
  }

  /** From empty folders to a streaming pair with the application's database in it. */
  async create(options: PairOptions): Promise<void> {
    const { a, b } = this.nodes;
    await Promise.all([a.prepare(), b.prepare()]);
    await a.initdb(this.#passwords.superuser);
    // Copied before its first start: same system identifier, and no backup needed.
    await this.#cloneCold('a', 'b');
    await a.start();
    await this.#runAll('a', 'postgres', rolesSql(this.#passwords));
    await this.createSlot('a', 'b');
    await Promise.all([b.start(), this.#runAll('a', 'geosync', applicationSql(options.row ?? { engaged: false }))]);
    await this.streaming('a', 'b');
    if (options.synchronous === true) await this.setSynchronous(true);
  }

  /** Sets synchronous_standby_names on both nodes, so that it also holds after a promotion (and blocks commits there). */
  async setSynchronous(on: boolean): Promise<void> {
    await Promise.all(
      Object.values(this.nodes).map(async (node) => {
        const file = path.join(node.data, 'postgresql.conf');
        await writeFile(file, `synchronous_standby_names = '${on ? 'ANY 1 (a, b)' : ''}'\n`, { flag: 'a' });
        await node.reload();
      }),
    );
  }

  /** A connected client; the caller ends it. Certificate chain and name are checked against the host's address. */
  async connect(name: NodeName, options: SqlOptions = {}): Promise<pg.Client> {
    const { user = 'postgres', database = 'geosync' } = options;
    const node = this.nodes[name];
    const certificate = user === 'postgres' ? undefined : this.context.pki.client(user);
    const client = new pg.Client({
      host: node.place.address,
      port: node.port,
      user,
      database,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'lab',
      ...(certificate === undefined ? { password: this.#passwords.superuser } : {}),
      ssl: {
        ca: await readFile(this.context.pki.caFile, 'utf8'),
        ...(certificate === undefined
          ? {}
          : { cert: await readFile(certificate.cert, 'utf8'), key: await readFile(certificate.key, 'utf8') }),
      },
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Runs one statement and returns its rows. */
  async sql<Row extends pg.QueryResultRow = Record<string, unknown>>(
    name: NodeName,
    text: string,
    options: SqlOptions = {},
  ): Promise<Row[]> {
    const client = await this.connect(name, options);
    try {
      return (await client.query<Row>(text, options.values === undefined ? [] : [...options.values])).rows;
    } finally {
      await client.end();
    }
  }

  async #runAll(name: NodeName, database: string, statements: readonly string[]): Promise<void> {
    const client = await this.connect(name, { database });
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Writes the application's row on a (writable) node. */
  async writeRow(name: NodeName, row: RowOption): Promise<void> {
    await this.sql(name, rowSql(row));
  }

  /** Makes the physical slot that keeps WAL for the other node; an existing one is kept. */
  async createSlot(on: NodeName, slot: string): Promise<void> {
    await this.sql(
      on,
      `select pg_create_physical_replication_slot($1, true) where not exists (select from pg_replication_slots where slot_name = $1)`,
      { database: 'postgres', values: [slot] },
    );
  }

  async #asStandby(name: NodeName, upstream: NodeName): Promise<void> {
    const { place, port } = this.nodes[upstream];
    await this.nodes[name].configure();
    await this.nodes[name].becomeStandby(
      primaryConninfo({ ...place, port }, name, this.#passwords.replicator, this.context.pki.caFile, name),
    );
  }

  async #cloneCold(from: NodeName, to: NodeName): Promise<void> {
    await copyDataFolder(this.nodes[from].data, this.nodes[to].data, COLD_SKIP, this.context.user);
    await this.#asStandby(to, from);
  }

  /** Replaces the (stopped) node's data by a backup of the running one and makes it its standby. */
  async cloneOnline(from: NodeName, to: NodeName): Promise<void> {
    const target = this.nodes[to];
    await removeLeftSegment(target.data);
    await rm(target.data, { recursive: true, force: true });
    await this.createSlot(from, to);
    const client = await this.connect(from, { database: 'postgres' });
    try {
      // Start and stop must be calls of one session.
      await client.query(`select pg_backup_start('lab', true)`);
      await copyDataFolder(this.nodes[from].data, target.data, ONLINE_SKIP, this.context.user);
      const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
      const label = path.join(target.data, 'backup_label');
      await writeFile(label, rows[0]?.labelfile ?? '', { mode: 0o600 });
      await give(this.context.user, label);
    } finally {
      await client.end();
    }
    await this.#asStandby(to, from);
  }

  /**
   * Brings an old primary back as a standby of `upstream`: stop, re-clone, start, stream. A rewind is not in the package; a plain
   * follow of a diverged node looks healthy and never streams. Also ends a `disable` of its service.
   */
  async rejoin(name: NodeName, upstream: NodeName): Promise<void> {
    const node = this.nodes[name];
    await node.kill();
    await this.cloneOnline(upstream, name);
    await rm(path.join(node.dir, 'disabled'), { force: true });
    await node.start();
    await this.streaming(upstream, name);
  }

  /**
   * Waits until the standby has replayed past the primary's present position, on the primary's timeline; `state = 'streaming'` alone
   * is no proof (a diverged standby shows it for a moment, on the old timeline).
   */
  async streaming(primary: NodeName, standby: NodeName): Promise<void> {
    const [up, down] = await Promise.all([
      this.connect(primary, { database: 'postgres' }),
      this.connect(standby, { database: 'postgres' }),
    ]);
    try {
      const now = (
        await up.query<{ lsn: string; tli: number }>(
          `select pg_current_wal_lsn()::text as lsn, ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as tli`,
        )
      ).rows[0];
      for (const deadline = Date.now() + STREAM_MS; Date.now() < deadline; await sleep(POLL_MS)) {
        const replayed = await up.query(
          `select from pg_stat_replication where application_name = $1 and state = 'streaming' and replay_lsn >= $2`,
          [standby, now?.lsn],
        );
        if (replayed.rowCount === 0) continue;
        const received = await down.query(`select from pg_stat_wal_receiver where status = 'streaming' and received_tli = $1`, [now?.tli]);
        if (received.rowCount !== 0) return;
      }
      throw new Error(`Node ${standby} does not stream from ${primary} after ${STREAM_MS} ms.`);
    } finally {
      await Promise.all([up.end(), down.end()]);
    }
  }

  /** Waits until the standby has replayed all that is committed on the primary now. Needed before a kill: replication is asynchronous. */
  async waitReplayed(primary: NodeName, standby: NodeName = otherNode(primary)): Promise<void> {
    await this.streaming(primary, standby);
  }

  /** Promotes a standby and waits for it. */
  async promote(name: NodeName): Promise<boolean> {
    const [row] = await this.sql<{ ok: boolean }>(name, 'select pg_promote(true, 60) as ok', { database: 'postgres' });
    return row?.ok === true;
  }

  /** True while the node is a standby. */
  async inRecovery(name: NodeName): Promise<boolean> {
    const [row] = await this.sql<{ standby: boolean }>(name, 'select pg_is_in_recovery() as standby', { database: 'postgres' });
    return row?.standby === true;
  }

  /** Gives the node a server certificate of a CA nobody trusts; new connections that check it fail. */
  async issueWrongCertificate(name: NodeName): Promise<void> {
    await this.#issue(name, 'other-ca');
  }

  /** Ends issueWrongCertificate. */
  async issueRightCertificate(name: NodeName): Promise<void> {
    await this.#issue(name, 'lab-ca');
  }

  async #issue(name: NodeName, by: 'lab-ca' | 'other-ca'): Promise<void> {
    const node = this.nodes[name];
    await this.context.pki.issueServer(name, node.place, by);
    await node.reload();
  }
}
