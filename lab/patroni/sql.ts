import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { SqlOptions } from '../postgres/pair.js';
import type { Pki } from '../postgres/pki.js';
import type { PatroniNode } from './node.js';

const CONNECT_MS = 3_000;

/**
 * A connected client; the caller ends it. The superuser (default) comes through the node's Unix socket, which no partition of the network
 * cuts and no certificate concerns; the other roles come over TLS with their client certificate, as Holdfast and the application do.
 */
export async function connectTo(
  node: PatroniNode,
  pki: Pki,
  superuserPassword: string,
  { user = 'postgres', database = 'geosync' }: SqlOptions,
  timeoutMs = CONNECT_MS,
): Promise<pg.Client> {
  const common = {
    port: node.port,
    user,
    database,
    application_name: 'lab',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: Math.max(timeoutMs, CONNECT_MS) * 10,
  };
  const own = async () => {
    const { cert, key } = pki.client(user);
    const [ca, certificate, privateKey] = await Promise.all([pki.caFile, cert, key].map((file) => readFile(file, 'utf8')));
    return { host: node.place.address, ssl: { ca, cert: certificate, key: privateKey } };
  };
  const client = new pg.Client({
    ...common,
    ...(user === 'postgres' ? { host: node.dir, password: superuserPassword } : await own()),
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs one statement in a session of its own and returns its rows. */
export async function runSql<Row extends pg.QueryResultRow>(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
