import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { HoldfastError } from '../../domain/errors.js';
import type { Session } from './connection.js';
import { withSession } from './connection.js';
import { failureOf } from './failure-of.js';
import type { MigrationWishes } from './migration-facts.js';
import { migrationWarnings, readMigrationFacts, unmetPreconditions } from './migration-facts.js';
import { PostgresFailure, toHoldfastError } from './postgres-failure.js';
import type { ApplicationTable, PostgresDeps, PostgresLogin } from './settings.js';
import { DEFAULT_LIMITS } from './settings.js';

/** What to do to which database. */
export interface MigrationRequest {
  readonly direction: 'up' | 'down' | 'status';
  /** The primary, and the role that migrates; not Holdfast's own login. */
  readonly connection: { readonly host: string; readonly port: number; readonly login: PostgresLogin };
  /** Environment and store that the marker will carry. */
  readonly environment: string;
  readonly store: string;
  /** Default `public.kill_switch_state`. */
  readonly table?: ApplicationTable;
  /** Role that owns the application's table. Default: its present owner; needed when the table is missing. */
  readonly applicationRole?: string;
  /** Login that becomes a member of `holdfast_run`. Absent: the DBA grants it. */
  readonly grantTo?: string;
  /** Creates the application's table, empty, when it is missing. */
  readonly withApplicationTable?: boolean;
  readonly signal?: AbortSignal;
}

/** One migration and where it stands after the call. */
export interface MigrationStatus {
  readonly name: string;
  /** `applied` and `reverted`: by this call. `was-applied`: before it. */
  readonly state: 'applied' | 'was-applied' | 'reverted' | 'pending';
}

/** What a call found and did. */
export interface MigrationResult {
  readonly direction: 'up' | 'down' | 'status';
  readonly migrations: readonly MigrationStatus[];
  readonly table: 'present' | 'created' | 'missing';
  /** Preconditions of `up` that do not hold (status only: `up` refuses with them). */
  readonly problems: readonly string[];
  /** What works, yet leaves something unproven. */
  readonly warnings: readonly string[];
}

const DEFAULT_TABLE: ApplicationTable = { schema: 'public', table: 'kill_switch_state' };
const STATEMENT_MS = 30_000;
const LOCK_MS = 10_000;
const DEADLINE_MS = 120_000;
const NO_NODE = 'the migrated node';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The folder `migrations` beside the package's manifest: found from the sources and from `dist/` alike. */
export function migrationsFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new HoldfastError('HF_INTERNAL', 'The package has no manifest above its code.');
    folder = parent;
  }
  return path.join(folder, 'migrations');
}

async function known(): Promise<readonly string[]> {
  const files = await readdir(migrationsFolder());
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

async function appliedBefore(session: Session): Promise<ReadonlySet<string>> {
  const [there] = await session.query<{ there: boolean }>(
    `select exists (select from pg_class where relnamespace = to_regnamespace('holdfast') and relname = 'migrations') as there`,
  );
  if (there?.there !== true) return new Set();
  return new Set((await session.query<{ name: string }>('select name from holdfast.migrations')).map(({ name }) => name));
}

function failed(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (error instanceof PostgresFailure && error.stage === 'not-sent') return toHoldfastError(error, NO_NODE, 'read');
  // The runner's own rules (an unknown or a skipped migration) come as plain errors whose first line names the migration.
  const rule = error instanceof Error && !('code' in error) ? /^.*migration.*$/im.exec(error.message)?.[0] : undefined;
  if (rule !== undefined && !(error instanceof PostgresFailure)) return new HoldfastError('HF_MIGRATION_FAILED', rule);
  const failure = error instanceof PostgresFailure ? error.failure : failureOf(error);
  return new HoldfastError('HF_MIGRATION_FAILED', `${failure.text}.`, failure.code === undefined ? {} : { code: failure.code });
}

/** Runs the SQL files in one transaction under an advisory lock; a second migrator waits for the first. Returns their names. */
async function run(session: Session, direction: 'up' | 'down', count: number): Promise<ReadonlySet<string>> {
  const done = await runner({
    dbClient: session.client,
    dir: migrationsFolder(),
    direction,
    count,
    migrationsTable: 'migrations',
    migrationsSchema: 'holdfast',
    createMigrationsSchema: direction === 'up',
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: silent,
  });
  return new Set(done.map(({ name }) => name));
}

async function up(
  session: Session,
  request: MigrationRequest,
  owner: string,
  table: ApplicationTable,
): Promise<{ readonly ran: ReadonlySet<string>; readonly created: boolean }> {
  const ran = await run(session, 'up', Number.POSITIVE_INFINITY);
  const [bound] = await session.query<{ created: boolean }>('select holdfast.bind($1, $2, $3, $4, $5, $6, $7) as created', [
    request.environment,
    request.store,
    owner,
    table.schema,
    table.table,
    request.grantTo ?? null,
    request.withApplicationTable === true,
  ]);
  return { ran, created: bound?.created === true };
}

async function down(session: Session, applied: number): Promise<ReadonlySet<string>> {
  if (applied === 0) return new Set();
  const ran = await run(session, 'down', applied);
  // Without CASCADE: what somebody else put there stops it.
  await session.query('drop table holdfast.migrations');
  await session.query('drop schema holdfast');
  return ran;
}

function stateOf(
  name: string,
  before: ReadonlySet<string>,
  ran: ReadonlySet<string>,
  direction: 'up' | 'down' | 'status',
): MigrationStatus['state'] {
  if (ran.has(name)) return direction === 'down' ? 'reverted' : 'applied';
  return before.has(name) ? 'was-applied' : 'pending';
}

async function perform(session: Session, request: MigrationRequest): Promise<MigrationResult> {
  const { direction, applicationRole, grantTo } = request;
  const table = request.table ?? DEFAULT_TABLE;
  const wishes: MigrationWishes = {
    table: `${table.schema}.${table.table}`,
    applicationRole,
    grantTo,
    withTable: request.withApplicationTable === true,
  };
  const facts = await readMigrationFacts(session, table, applicationRole, grantTo);
  if (facts === undefined) throw new HoldfastError('HF_MIGRATION_FAILED', 'The server did not answer what is there.');
  const problems = unmetPreconditions(facts, wishes);
  const owner = applicationRole ?? facts.tableOwner;
  if (direction === 'up' && problems.length > 0)
    throw new HoldfastError('HF_MIGRATION_FAILED', problems.join(' '), { problems: problems.join('\n') });
  const before = await appliedBefore(session);

  let ran: ReadonlySet<string> = new Set();
  let created = false;
  if (direction === 'up' && owner !== null) {
    ({ ran, created } = await up(session, request, owner, table));
  } else if (direction === 'down') {
    if (facts.standby) throw new HoldfastError('HF_MIGRATION_FAILED', problems.join(' '));
    ran = await down(session, before.size);
  }
  const present = facts.tableOwner === null ? 'missing' : 'present';
  return {
    direction,
    migrations: (await known()).map((name) => ({ name, state: stateOf(name, before, ran, direction) })),
    table: created ? 'created' : present,
    problems: direction === 'status' ? problems : [],
    warnings: direction === 'down' ? [] : migrationWarnings(facts),
  };
}

/**
 * Creates, removes or inspects what Holdfast has in the protected database. Repeatable: `up` on an up-to-date database renews marker and
 * grants and changes nothing else. The application's table is a precondition, and is created only on demand.
 *
 * Errors: HF_MIGRATION_FAILED (unmet preconditions, or the server's own words), HF_NODE_*, HF_SECRET_UNRESOLVED.
 */
export async function migrate(request: MigrationRequest, deps: PostgresDeps): Promise<MigrationResult> {
  const { host, port, login } = request.connection;
  try {
    return await withSession(
      {
        host,
        port,
        login,
        resolveSecret: deps.resolveSecret,
        signal: request.signal ?? new AbortController().signal,
        connectMs: DEFAULT_LIMITS.connectMs,
        statementMs: STATEMENT_MS,
        lockMs: LOCK_MS,
        deadlineMs: DEADLINE_MS,
      },
      (session) => perform(session, request),
    );
  } catch (error) {
    throw failed(error);
  }
}
