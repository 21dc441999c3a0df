import type { RowReading } from '../../domain/facts.js';
import type { Session } from './connection.js';
import { PostgresFailure } from './postgres-failure.js';
import type { ApplicationTable } from './settings.js';
import { quotedTable } from './settings.js';

/** The node's position: what is replayed on a standby, what is written on a primary. */
const LSN = '(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text';

/**
 * `updated_at` in whole epoch milliseconds, cut and not rounded, exact also where `extract` is a float (before PostgreSQL 14). The column
 * has microseconds: two timestamps are compared in this form only.
 */
export const UPDATED_AT_MS = `round(extract(epoch from date_trunc('milliseconds', kept.updated_at)) * 1000)::float8`;

interface ReadRow {
  readonly lsn: string | null;
  readonly found: boolean;
  readonly engaged: unknown;
  readonly reason: unknown;
  readonly updatedAtMs: unknown;
}

function toReading({ lsn, found, engaged, reason, updatedAtMs }: ReadRow): RowReading {
  const at = lsn ?? '0/0';
  if (!found) return { state: 'row-missing', lsn: at };
  if (typeof engaged !== 'boolean' || typeof reason !== 'string' || typeof updatedAtMs !== 'number' || !Number.isFinite(updatedAtMs)) {
    return { state: 'unreadable', failure: { kind: 'invalid', text: 'the row does not have the columns of the contract' } };
  }
  return { state: 'present', row: { engaged, reason, updatedAtMs }, lsn: at };
}

/**
 * The runbook's SELECT with the position it was read at, in one round trip. A missing row or table and a statement the server refused
 * are readings; only a lost connection is thrown (PostgresFailure).
 */
export async function readRow(session: Session, table: ApplicationTable): Promise<RowReading> {
  const text = `select ${LSN} as lsn, kept.id is not null as found, kept.engaged, kept.reason, ${UPDATED_AT_MS} as "updatedAtMs"
    from (select 1) as always left join ${quotedTable(table)} as kept on kept.id = 1`;
  try {
    const [row] = await session.query<ReadRow>(text);
    if (row === undefined) return { state: 'unreadable', failure: { kind: 'invalid', text: 'the server answered without a row' } };
    return toReading(row);
  } catch (error) {
    if (!(error instanceof PostgresFailure) || error.stage !== 'answered') throw error;
    if (error.failure.code !== '42P01') return { state: 'unreadable', failure: error.failure };
    const [row] = await session.query<{ lsn: string | null }>(`select ${LSN} as lsn`);
    return { state: 'table-missing', lsn: row?.lsn ?? '0/0' };
  }
}
