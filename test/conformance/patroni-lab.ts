import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PatroniCluster, PatroniNodeName } from '../../lab/patroni/index.js';
import { startPatroni } from '../../lab/patroni/index.js';
import { breakGround } from '../../lab/postgres/index.js';
import { createPatroniCluster } from '../../src/adapters/patroni/cluster.js';
import type { PatroniSettings } from '../../src/adapters/patroni/settings.js';
import { createPostgresCluster } from '../../src/adapters/postgres/cluster.js';
import { migrate } from '../../src/adapters/postgres/migrations.js';
import type { PostgresLogin } from '../../src/adapters/postgres/settings.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import type { ClusterPort } from '../../src/ports/cluster.js';
import { APPLICATION_NAME, ENVIRONMENT, HISTORY_GRANT } from './postgres-pair.js';

/** The lab’s three nodes under Patroni, as `holdfast migrate up` leaves them, with the adapter over them. */
export interface PatroniLab {
  readonly lab: PatroniCluster;
  readonly nodes: readonly PlannedNode[];
  node(name: PatroniNodeName): PlannedNode;
  /** An adapter of its own: what it remembers begins now. */
  adapter(over?: Partial<PatroniSettings>): ClusterPort;
  readonly canaries: readonly string[];
  close(): Promise<void>;
}

const resolveSecret = (reference: string): Promise<string> => readFile(reference.slice('file:'.length), 'utf8');

/** Starts the lab; about 10 s. */
export async function openPatroniLab(): Promise<PatroniLab> {
  const ground = await breakGround('conformance');
  const close = (): Promise<void> => ground.guardian.release(false);
  try {
    const lab = await startPatroni(ground);
    const values = lab.configValues();
    const login = (role: 'holdfast' | 'holdfast_owner' | 'geosync'): PostgresLogin => {
      const { cert, key } = lab.pki.client(role);
      return { database: 'geosync', role, tls: { ca: `file:${values.caFile}`, cert: `file:${cert}`, key: `file:${key}` } };
    };
    const nodes = values.nodes.map(({ name, host, port }): PlannedNode => ({ name, host, port, candidate: true, managed: true }));
    const node: PatroniLab['node'] = (name) =>
      nodes.find((each) => each.name === name) ?? { name, host: '', port: 0, candidate: true, managed: true };
    await lab.sql('n1', HISTORY_GRANT);
    await migrate(
      {
        direction: 'up',
        environment: ENVIRONMENT,
        store: 'kill-switch',
        grantTo: 'holdfast',
        connection: { host: node('n1').host, port: node('n1').port, login: login('holdfast_owner') },
      },
      { resolveSecret },
    );
    await lab.waitForStreaming();
    const sql = createPostgresCluster(
      {
        login: login('holdfast'),
        prober: 'conformance',
        application: {
          table: { schema: 'public', table: 'kill_switch_state' },
          applicationName: APPLICATION_NAME,
          login: login('geosync'),
        },
      },
      { resolveSecret },
    );
    const adapter: PatroniLab['adapter'] = (over = {}) =>
      createPatroniCluster(
        {
          scope: lab.scope,
          members: values.nodes.map(({ name, restUrl }) => ({ node: name, member: name, url: restUrl })),
          tls: { caRef: `file:${values.rest.caFile}` },
          login: { usernameRef: `file:${values.rest.userFile}`, passwordRef: `file:${values.rest.passwordFile}` },
          settleMs: 60_000,
          ...over,
        },
        { sql, nodes },
      );
    return { lab, nodes, node, adapter, close, canaries: [await readFile(values.rest.passwordFile, 'utf8')] };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Polls until the question has an answer; the test’s own time limit ends a wait that never is. */
export async function untilSeen<T>(question: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await question();
    if (seen !== undefined) return seen;
    await sleep(100);
  }
}
