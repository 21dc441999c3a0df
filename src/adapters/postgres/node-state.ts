import type { SyncFacts, TimelineHistory, WalReceiver } from '../../domain/facts.js';
import { HoldfastError } from '../../domain/errors.js';
import { parseHistoryFile } from '../../domain/timeline.js';
import type { Session } from './connection.js';
import { PostgresFailure } from './postgres-failure.js';
import type { ApplicationFootprint } from './settings.js';

/** What PostgreSQL itself says about a node, apart from Holdfast's schema and the row. */
export interface NodeState {
  readonly systemIdentifier: string;
  readonly inRecovery: boolean;
  readonly serverVersion: number;
  readonly timeline: number;
  readonly receivedLsn: string;
  readonly replayedLsn: string;
  readonly replayPaused: boolean;
  readonly applyDelayMs: number;
  readonly lastReplayAtMs: number | undefined;
  readonly walReceiver: WalReceiver | undefined;
  readonly defaultReadOnly: boolean;
  readonly sync: SyncFacts;
  readonly settings: Readonly<Record<string, number>>;
  readonly applicationSessions: number;
}

/** Timeline of the WAL being written. `pg_control_checkpoint` still says the old one after a promotion, until the next checkpoint. */
export const WRITTEN_TIMELINE = `('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int`;

/** Sessions of the application: its name, or its name and a suffix that tells instances apart. `$1` is the name. */
export const APPLICATION_SESSION = `(application_name = $1 or starts_with(application_name, $1 || '-'))`;

/** A standby refuses to start hot standby, or stops replay, when one of these is lower than on its primary. */
const FOLLOWED_SETTINGS = [
  'max_connections',
  'max_wal_senders',
  'max_worker_processes',
  'max_prepared_transactions',
  'max_locks_per_transaction',
];

/**
 * `synchronous_commit` as the application's role gets it at login, in PostgreSQL's own order: role in this database, role, database, all,
 * server. `$2` is its role.
 */
const APPLICATION_COMMIT = `coalesce((
  select substr(entry, length('synchronous_commit=') + 1)
  from pg_db_role_setting as kept cross join unnest(kept.setconfig) as entry
  where starts_with(entry, 'synchronous_commit=')
    and kept.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and kept.setrole in (0, coalesce((select oid from pg_roles where rolname = $2), 0))
  order by kept.setrole <> 0 desc, kept.setdatabase <> 0 desc limit 1
), (select reset_val from pg_settings where name = 'synchronous_commit'))`;

// pg_is_in_recovery() is asked once (materialized): several functions fail with 55000 on the wrong side of a promotion.
const STATE = `
with node as materialized (select pg_is_in_recovery() as standby)
select
  node.standby as "inRecovery",
  current_setting('server_version_num')::int as "serverVersion",
  (select system_identifier::text from pg_control_system()) as "systemIdentifier",
  case when node.standby then greatest(
    (select timeline_id from pg_control_checkpoint()),
    (select min_recovery_end_timeline from pg_control_recovery()),
    (select received_tli from pg_stat_wal_receiver)
  ) else ${WRITTEN_TIMELINE} end as timeline,
  coalesce(case when node.standby then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end, '0/0')::text as "receivedLsn",
  coalesce(case when node.standby then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, '0/0')::text as "replayedLsn",
  case when node.standby then pg_is_wal_replay_paused() else false end as "replayPaused",
  coalesce((select setting::float8 from pg_settings where name = 'recovery_min_apply_delay'), 0) as "applyDelayMs",
  floor(extract(epoch from pg_last_xact_replay_timestamp()) * 1000)::float8 as "lastReplayAtMs",
  current_setting('default_transaction_read_only')::boolean as "defaultReadOnly",
  current_setting('synchronous_standby_names') as "standbyNames",
  ${APPLICATION_COMMIT} as "applicationCommit",
  array(select application_name from pg_stat_replication where sync_state in ('sync', 'quorum') order by 1) as "inSync",
  (select json_object_agg(name, setting::bigint) from pg_settings where name = any($3)) as settings,
  (select count(*)::int from pg_stat_activity where ${APPLICATION_SESSION}) as "applicationSessions",
  pg_has_role('pg_read_all_stats', 'USAGE') as "receiverVisible",
  receiver.status as "receiverStatus",
  receiver.flushed_lsn::text as "receiverLsn",
  receiver.received_tli as "receiverTimeline",
  floor(extract(epoch from receiver.last_msg_receipt_time) * 1000)::float8 as "receiverMessageAtMs",
  receiver.sender_host || ':' || receiver.sender_port as "receiverUpstream"
from node left join pg_stat_wal_receiver as receiver on true`;

interface StateRow extends Omit<NodeState, 'walReceiver' | 'sync' | 'lastReplayAtMs'> {
  readonly lastReplayAtMs: number | null;
  readonly standbyNames: string;
  readonly applicationCommit: string;
  readonly inSync: readonly string[];
  readonly receiverVisible: boolean;
  readonly receiverStatus: string | null;
  readonly receiverLsn: string | null;
  readonly receiverTimeline: number | null;
  readonly receiverMessageAtMs: number | null;
  readonly receiverUpstream: string | null;
}

function receiverOf(row: StateRow): WalReceiver | undefined {
  if (!row.inRecovery) return undefined;
  if (!row.receiverVisible) return { visible: false };
  return {
    visible: true,
    ...(row.receiverStatus === null ? {} : { status: row.receiverStatus }),
    ...(row.receiverLsn === null ? {} : { receivedLsn: row.receiverLsn }),
    ...(row.receiverTimeline === null ? {} : { receivedTimeline: row.receiverTimeline }),
    ...(row.receiverMessageAtMs === null ? {} : { lastMessageAtMs: row.receiverMessageAtMs }),
    ...(row.receiverUpstream === null ? {} : { upstream: row.receiverUpstream }),
  };
}

/**
 * The newest timeline that a standby has received a log of, by the names of its segments. Its control file tells of a switch only after the
 * next restart point, so that a standby whose primary is lost soon after a switchover would seem to be on the timeline before. Undefined
 * for a role without pg_monitor.
 */
async function receivedTimeline(session: Session): Promise<number | undefined> {
  const newest = `select max(('x' || left(name, 8))::bit(32)::int) as timeline from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'`;
  try {
    return (await session.query<{ timeline: number | null }>(newest))[0]?.timeline ?? undefined;
  } catch (error) {
    if (error instanceof PostgresFailure && error.stage === 'answered') return undefined;
    throw error;
  }
}

/** Reads the state, in one round trip for a primary and for a standby that streams. Throws PostgresFailure. */
export async function readNodeState(session: Session, application: ApplicationFootprint): Promise<NodeState> {
  const values = [application.applicationName, application.login.role, FOLLOWED_SETTINGS];
  const ask = async (): Promise<StateRow | undefined> => (await session.query<StateRow>(STATE, values))[0];
  const row = await ask().catch((error: unknown) => {
    // 55000: it was promoted in the middle of the statement. The second time it is a primary.
    if (error instanceof PostgresFailure && error.failure.code === '55000') return ask();
    throw error;
  });
  if (row === undefined) throw new PostgresFailure({ kind: 'invalid', text: 'the server answered without a row' }, 'answered');
  const { systemIdentifier, inRecovery, serverVersion, receivedLsn, replayedLsn, replayPaused, applyDelayMs, defaultReadOnly, settings } =
    row;
  const received = inRecovery && row.receiverTimeline === null ? await receivedTimeline(session) : undefined;
  const timeline = Math.max(row.timeline, received ?? 0);
  return {
    systemIdentifier,
    inRecovery,
    serverVersion,
    timeline,
    receivedLsn,
    replayedLsn,
    replayPaused,
    applyDelayMs,
    defaultReadOnly,
    settings,
    lastReplayAtMs: row.lastReplayAtMs ?? undefined,
    walReceiver: receiverOf(row),
    sync: { standbyNames: row.standbyNames, applicationCommit: row.applicationCommit, inSync: row.inSync },
    applicationSessions: row.applicationSessions,
  };
}

/**
 * Reads how the node came to its timeline, through Holdfast's own function. A node that cannot show it is no answer at all: an empty
 * history on a later timeline would look like a fork. Throws PostgresFailure.
 */
export async function readHistory(session: Session, timeline: number): Promise<TimelineHistory> {
  if (timeline === 1) return { timeline, switches: [] };
  const unread = (kind: 'auth' | 'missing' | 'invalid', why: string, code?: string): PostgresFailure =>
    new PostgresFailure(
      { kind, ...(code === undefined ? {} : { code }), text: `the history of timeline ${timeline} cannot be read: ${why}` },
      'answered',
    );
  try {
    const [row] = await session.query<{ history: string | null }>('select holdfast.timeline_history($1) as history', [timeline]);
    if (row === undefined || row.history === null) throw unread('missing', 'there is no such file');
    return parseHistoryFile(row.history, timeline);
  } catch (error) {
    if (error instanceof HoldfastError) throw unread('invalid', 'its file is malformed');
    if (!(error instanceof PostgresFailure) || error.stage !== 'answered' || error.failure.code === undefined) throw error;
    throw unread(
      error.failure.kind === 'missing' ? 'missing' : 'auth',
      'holdfast.timeline_history() is missing or may not read (run `holdfast migrate status`)',
      error.failure.code,
    );
  }
}
