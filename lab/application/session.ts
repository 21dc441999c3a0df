import { readFileSync } from 'node:fs';
import net from 'node:net';
import pg from 'pg';
import type { StoreSettings, Target } from './store-settings.js';

/** How a session is opened. */
export interface SessionOptions {
  /** The process's own address: tells instances apart by client address in pg_stat_activity. */
  readonly localAddress: string;
  /** 0 = wait for ever, as a driver without a timeout does. */
  readonly connectTimeoutMs: number;
  /** 0 = wait for ever. */
  readonly queryTimeoutMs: number;
}

/** application_name of the kept session. */
const APPLICATION_NAME = 'geosync-kill-switch';

function socketFrom(localAddress: string): net.Socket {
  const socket = new net.Socket();
  const connect = socket.connect.bind(socket);
  // The driver calls connect(port, host) and has no setting for the local end.
  socket.connect = ((port: number, host: string) => connect({ port, host, localAddress })) as typeof socket.connect;
  return socket;
}

async function openOne(settings: StoreSettings, { host, port }: Target, options: SessionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port,
    user: settings.user,
    password: settings.password,
    database: settings.database,
    application_name: APPLICATION_NAME,
    stream: () => socketFrom(options.localAddress),
    keepAlive: true,
    connectionTimeoutMillis: options.connectTimeoutMs,
    ...(options.queryTimeoutMs > 0 ? { query_timeout: options.queryTimeoutMs } : {}),
    ssl: {
      ca: readFileSync(settings.caFile, 'utf8'),
      cert: readFileSync(settings.certFile, 'utf8'),
      key: readFileSync(settings.keyFile, 'utf8'),
      // verify-ca checks the chain and not the name.
      ...(settings.sslmode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * Opens the session on the first host of the DSN that answers (and is writable, when the DSN asks for it), as libpq does.
 * @throws the last host's error.
 */
export async function openSession(
  settings: StoreSettings,
  options: SessionOptions,
): Promise<{ readonly client: pg.Client; readonly host: string }> {
  let last: unknown;
  for (const target of settings.targets) {
    try {
      const client = await openOne(settings, target, options);
      if (!settings.readWriteOnly) return { client, host: target.host };
      const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
      if (rows[0]?.standby === false) return { client, host: target.host };
      last = new Error('session is read-only');
      await client.end();
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
