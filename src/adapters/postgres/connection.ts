import net from 'node:net';
import pg from 'pg';
import { HoldfastError } from '../../domain/errors.js';
import type { Failure } from '../../domain/failure.js';
import { failureOf, isSqlState } from './failure-of.js';
import { PostgresFailure } from './postgres-failure.js';
import type { PostgresLogin, SecretResolver } from './settings.js';

/** Where and how one connection is made: to one node, under its own address, never through a pooler. */
export interface ConnectionRequest {
  readonly host: string;
  readonly port: number;
  readonly login: PostgresLogin;
  readonly resolveSecret: SecretResolver;
  readonly signal: AbortSignal;
  readonly connectMs: number;
  readonly statementMs: number;
  readonly lockMs: number;
  /** The connection ends after this, whatever it is doing. */
  readonly deadlineMs: number;
}

/** One open connection. */
export interface Session {
  /** Rows of one statement. Rejects with PostgresFailure, which says how far the statement came. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Called for each notice of the server; `routine` names the place in its source, in no language. */
  onNotice(listener: (routine: string | undefined) => void): void;
  /** The library's own client, for the migration runner alone. */
  readonly client: pg.Client;
}

/** How long a polite goodbye may take before the socket is cut. */
const GOODBYE_MS = 250;
/** Frees locks of a session whose worker froze in the middle of a transaction. */
const IDLE_IN_TRANSACTION_MS = 5_000;
/**
 * The session was ended from outside, at a point that says nothing about the statement: shutdown, crash, connection trouble,
 * "completion unknown".
 */
const INDEFINITE = /^(57P0[125]|08...|40003)$/;

const CANCELLED: Failure = { kind: 'cancelled', text: 'the call was cancelled' };

async function resolveMaterial(login: PostgresLogin, resolveSecret: SecretResolver) {
  const resolve = async (reference: string | undefined): Promise<string | undefined> => {
    if (reference === undefined) return undefined;
    try {
      return await resolveSecret(reference);
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      throw new HoldfastError('HF_SECRET_UNRESOLVED', reference, { reference });
    }
  };
  const [ca, cert, key, password] = await Promise.all([
    resolve(login.tls.ca),
    resolve(login.tls.cert),
    resolve(login.tls.key),
    resolve(login.password),
  ]);
  return { ca, cert, key, password };
}

async function createClient(request: ConnectionRequest, socket: net.Socket): Promise<pg.Client> {
  const { host, port, login, statementMs, lockMs } = request;
  const { ca, cert, key, password } = await resolveMaterial(login, request.resolveSecret);
  return new pg.Client({
    host,
    port,
    database: login.database,
    user: login.role,
    password,
    stream: () => socket,
    // Values, never a DSN: a DSN's own ssl parameters would replace this object and lose the CA (measured).
    ssl: { ca, cert, key, minVersion: 'TLSv1.2', ...(login.sslmode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}) },
    application_name: 'holdfast',
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // Every name is written in full; nothing of another schema may slip in between.
    options: '-c search_path=pg_catalog',
  });
}

async function open(request: ConnectionRequest) {
  const { signal } = request;
  const socket = new net.Socket();
  const client = await createClient(request, socket);
  if (signal.aborted) throw new PostgresFailure(CANCELLED, 'not-sent');
  client.on('error', () => undefined);
  let cut: Failure | undefined;
  const end = (failure: Failure): void => {
    cut ??= failure;
    socket.destroy();
  };
  const onAbort = (): void => end(CANCELLED);
  signal.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => end({ kind: 'timeout', text: `no answer within ${request.deadlineMs} ms` }), request.deadlineMs);
  const forget = (): void => {
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
  };
  const patience = setTimeout(() => end({ kind: 'timeout', text: `no login within ${request.connectMs} ms` }), request.connectMs);
  try {
    await client.connect();
  } catch (error) {
    forget();
    socket.destroy();
    throw new PostgresFailure(cut ?? failureOf(error), 'not-sent');
  } finally {
    clearTimeout(patience);
  }

  const query: Session['query'] = async <Row extends object>(text: string, values: readonly unknown[] = []) => {
    if (cut !== undefined || socket.destroyed)
      throw new PostgresFailure(cut ?? { kind: 'other', text: 'the connection is closed' }, 'not-sent');
    try {
      return (await client.query<Row & pg.QueryResultRow>(text, [...values])).rows;
    } catch (error) {
      const failure = failureOf(error);
      const answered = isSqlState(failure.code) && !INDEFINITE.test(failure.code);
      throw new PostgresFailure(answered ? failure : (cut ?? failure), answered ? 'answered' : 'unanswered');
    }
  };
  const onNotice: Session['onNotice'] = (listener) => void client.on('notice', (notice) => listener(notice.routine));
  const close = async (): Promise<void> => {
    forget();
    const hurry = setTimeout(() => socket.destroy(), GOODBYE_MS);
    if (!socket.destroyed) await client.end().catch(() => undefined);
    clearTimeout(hurry);
    socket.destroy();
  };
  return { query, onNotice, client, close };
}

/**
 * Opens a connection, hands it to `use` and closes it. TLS is verified, the secrets live inside this call, and the signal cuts the socket.
 *
 * Errors: PostgresFailure (connect: `not-sent`), HF_SECRET_UNRESOLVED.
 */
export async function withSession<T>(request: ConnectionRequest, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await open(request);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
