import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import type { SqlOptions } from '../postgres/pair.js';
import type { Pki } from '../postgres/pki.js';
import type { RowOption } from '../postgres/schema.js';
import { rowSql } from '../postgres/schema.js';
import type { Etcd } from './etcd.js';
import type { PatroniNode, PatroniNodeName } from './node.js';
import type { RestAnswer, RestCall, RestLogin } from './rest.js';
import { callRest } from './rest.js';
import { connectTo, runSql } from './sql.js';
import type { Reach } from './state.js';
import { clusterView, isStreaming, leaderOf, sqlViews } from './state.js';
import { until } from './until.js';
import type { PatroniValues, RestReferences } from './values.js';
import { collectPatroniValues } from './values.js';

/** What a cluster is made of. */
export interface PatroniParts {
  readonly scope: string;
  readonly nodes: Readonly<Record<PatroniNodeName, PatroniNode>>;
  readonly etcd: Etcd;
  readonly pki: Pki;
  readonly labDir: string;
  readonly login: RestLogin;
  readonly rest: RestReferences;
  readonly superuserPassword: string;
}

const LOOK_MS = 1_000;
const PAUSE_MS = 25_000;
const POST_MS = 45_000;
const SETTLE_MS = 90_000;

/** Three PostgreSQL servers under Patroni, with one etcd. At first `n1` is the leader. Faults of one host are methods of its node. */
export class PatroniCluster {
  readonly scope: string;
  readonly etcd: Etcd;
  readonly pki: Pki;
  readonly nodes: Readonly<Record<PatroniNodeName, PatroniNode>>;
  /** References of the REST API's login and the CA of its certificates. */
  readonly rest: RestReferences;
  readonly #parts: PatroniParts;
  readonly #reach: Reach;
  readonly #wrongCertificates = new Set<PatroniNodeName>();

  constructor(parts: PatroniParts) {
    this.scope = parts.scope;
    this.etcd = parts.etcd;
    this.pki = parts.pki;
    this.nodes = parts.nodes;
    this.rest = parts.rest;
    this.#parts = parts;
    this.#reach = {
      nodes: Object.values(parts.nodes),
      call: (node, url, call) => this.call(node, url, call),
      look: async (node, text) => runSql(await this.#superuser(node, LOOK_MS), text),
    };
  }

  #superuser(name: PatroniNodeName, timeoutMs: number): Promise<pg.Client> {
    return connectTo(this.nodes[name], this.pki, this.#parts.superuserPassword, { database: 'postgres' }, timeoutMs);
  }

  /** What a Holdfast configuration of this cluster is made of. No secret: paths of files only. */
  configValues(): PatroniValues {
    return collectPatroniValues(this.#parts.labDir, this.scope, this.#reach.nodes, this.pki, this.rest);
  }

  /** A connected client; the caller ends it. */
  connect(name: PatroniNodeName, options: SqlOptions = {}): Promise<pg.Client> {
    return connectTo(this.nodes[name], this.pki, this.#parts.superuserPassword, options);
  }

  /** Runs one statement and returns its rows. Default: superuser, database `geosync`, by the Unix socket. */
  async sql<Row extends pg.QueryResultRow = Record<string, unknown>>(
    name: PatroniNodeName,
    text: string,
    options: SqlOptions = {},
  ): Promise<Row[]> {
    return runSql<Row>(await this.connect(name, options), text, options.values);
  }

  /** Runs statements as superuser, one after the other in one session. */
  async runAll(name: PatroniNodeName, database: string, statements: readonly string[]): Promise<void> {
    const client = await this.connect(name, { database });
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Writes the application's row on a (writable) node. */
  async writeRow(name: PatroniNodeName, row: RowOption): Promise<void> {
    await this.sql(name, rowSql(row));
  }

  /** True while the node is a standby. */
  async inRecovery(name: PatroniNodeName): Promise<boolean> {
    const [row] = await this.sql<{ standby: boolean }>(name, 'select pg_is_in_recovery() as standby', { database: 'postgres' });
    return row?.standby === true;
  }

  /** Calls a node's REST API, with the lab's login for unsafe verbs. */
  call(name: PatroniNodeName, url: string, call: RestCall = {}): Promise<RestAnswer> {
    return callRest(`${this.nodes[name].restUrl}${url}`, this.#parts.login, call);
  }

  /** Patroni's leader by `/cluster`; undefined when nobody holds the lock, or nobody can tell. A killed one is shown until its ttl ends. */
  leader(): Promise<PatroniNodeName | undefined> {
    return leaderOf(this.#reach);
  }

  /** Nodes that say in SQL that they are out of recovery: one, none, or two. */
  async primaries(): Promise<readonly PatroniNodeName[]> {
    return (await sqlViews(this.#reach)).filter(({ standby }) => !standby).map(({ name }) => name);
  }

  /**
   * Waits for a leader by Patroni's word that is also out of recovery by its own: the one that is named, or any but the one excluded.
   * After the loss of a host it takes the ttl, 20 s with profile fast.
   */
  async waitForLeader(
    which: { readonly is?: PatroniNodeName; readonly not?: PatroniNodeName } = {},
    timeoutMs = SETTLE_MS,
  ): Promise<PatroniNodeName> {
    return until(`a leader (${JSON.stringify(which)})`, timeoutMs, async () => {
      const name = await this.leader();
      if (name === undefined || name === which.not || (which.is !== undefined && name !== which.is)) return undefined;
      return (await this.inRecovery(name)) ? undefined : name;
    });
  }

  /** Waits until all three are one cluster again: one primary, everybody else streaming on its timeline with all replayed, seen by Patroni too. */
  async waitForStreaming(timeoutMs = SETTLE_MS): Promise<void> {
    await until('everybody streams on one timeline', timeoutMs, () => isStreaming(this.#reach));
  }

  /** The first node whose REST API answers. */
  async #answering(): Promise<PatroniNodeName> {
    const asked = this.#reach.nodes.map(async ({ name }) => {
      await this.call(name, '/patroni');
      return name;
    });
    return Promise.any(asked);
  }

  /** Changes the cluster's dynamic configuration, as a person would: `PATCH /config`. A null removes a key. */
  async configure(change: Readonly<Record<string, unknown>>): Promise<RestAnswer> {
    return this.call(await this.#answering(), '/config', { method: 'PATCH', body: change });
  }

  /** Takes Patroni's hands off the cluster, and waits until every Patroni that answers says so. */
  async pause(): Promise<void> {
    await this.#setPause(true);
  }

  /** Ends a pause. */
  async resume(): Promise<void> {
    await this.#setPause(false);
  }

  async #setPause(on: boolean): Promise<void> {
    const { status, body } = await this.configure({ pause: on ? true : null });
    if (status !== 200) throw new Error(`PATCH /config was answered ${status}: ${body}`);
    await until(on ? 'paused' : 'resumed', PAUSE_MS, async () => {
      const said = await Promise.allSettled(this.#reach.nodes.map(({ name }) => this.call(name, '/patroni')));
      return said.every((one) => one.status === 'rejected' || one.value.body.includes('"pause": true') === on);
    });
  }

  /** A person's planned change of leader: `POST /switchover`. Patroni's answer as it came; ask `waitForLeader` what became of it. */
  async switchover(to: PatroniNodeName, from?: PatroniNodeName): Promise<RestAnswer> {
    const leader = from ?? (await this.leader());
    return this.call(to, '/switchover', { method: 'POST', body: { leader, candidate: to }, timeoutMs: POST_MS });
  }

  /** Gives PostgreSQL on a node a certificate of a CA nobody trusts: new connections that check it fail. REST keeps its own. */
  async issueWrongCertificate(name: PatroniNodeName): Promise<void> {
    this.#wrongCertificates.add(name);
    await this.pki.issueServer(name, this.nodes[name].place, 'other-ca');
    this.nodes[name].reload();
  }

  /** Ends issueWrongCertificate. */
  async issueRightCertificate(name: PatroniNodeName): Promise<void> {
    this.#wrongCertificates.delete(name);
    await this.pki.issueServer(name, this.nodes[name].place, 'lab-ca');
    this.nodes[name].reload();
  }

  /** Makes the node's service script fail as a command does whose way to the host is gone: exit 255. */
  async setControlReachable(name: PatroniNodeName, on: boolean): Promise<void> {
    const mark = path.join(this.nodes[name].dir, 'unreachable');
    await (on ? rm(mark, { force: true }) : writeFile(mark, ''));
  }

  /** Ends every fault of hosts, etcd, certificates, services and pause, starts what is down, and waits until everybody streams. */
  async heal(): Promise<void> {
    await this.etcd.start();
    for (const name of this.#wrongCertificates) await this.issueRightCertificate(name);
    await Promise.all(
      this.#reach.nodes.map(async (node) => {
        await Promise.all([node.enable(), this.setControlReachable(node.name, true)]);
        node.thaw();
        await node.start();
      }),
    );
    const cluster = await until('Patroni answers', SETTLE_MS, () => clusterView(this.#reach));
    if (cluster.pause === true) await this.resume();
    await this.call(await this.#answering(), '/switchover', { method: 'DELETE' });
    await this.waitForStreaming();
  }

  /** Heals, then gives the leadership to a node if another has it (about 5 s): the state at the start, but for the timeline and the row. */
  async resetBySwitchover(to: PatroniNodeName): Promise<void> {
    await this.heal();
    await until(`${to} is the leader`, SETTLE_MS, async () => {
      if ((await this.leader()) === to) return true;
      const { status, body } = await this.switchover(to);
      if (status !== 200) throw new Error(`${status}: ${body}`);
      return undefined;
    });
    await this.waitForStreaming();
  }
}
