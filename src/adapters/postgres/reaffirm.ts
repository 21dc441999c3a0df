import { HoldfastError } from '../../domain/errors.js';
import type { Row } from '../../domain/facts.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { Reaffirmed } from '../../ports/row-store.js';
import type { Session } from './connection.js';
import { WRITTEN_TIMELINE } from './node-state.js';
import { UPDATED_AT_MS } from './row-reading.js';
import type { ApplicationTable } from './settings.js';
import { quotedTable } from './settings.js';

/** What a re-affirmation is bound to. */
export interface ReaffirmOrder {
  readonly expected: Row;
  readonly timeline: number;
  /** The slowest verified clock and the lease's end, whichever is earlier. */
  readonly notAfterMs: number;
}

/**
 * One statement is one transaction: all that was approved is checked where it is written. The new timestamp has whole milliseconds, so
 * that the next compare-and-set sees exactly what this one wrote. `$1` engaged, `$2` reason, `$3` seen, `$4` not after, `$5` timeline.
 */
const reaffirmSql = (table: ApplicationTable): string => `
update ${quotedTable(table)} as kept
set updated_at = greatest(kept.updated_at, date_trunc('milliseconds', least(clock_timestamp(), to_timestamp($4::float8 / 1000))))
where kept.id = 1 and kept.engaged = $1 and kept.reason = $2 and ${UPDATED_AT_MS} = $3
  and kept.updated_at <= to_timestamp($4::float8 / 1000)
  and case when pg_is_in_recovery() then false else ${WRITTEN_TIMELINE} = $5::int end
returning ${UPDATED_AT_MS} as "updatedAtMs"`;

const differencesSql = (table: ApplicationTable): string => `
select kept.engaged = $1 as engaged, kept.reason = $2 as reason, ${UPDATED_AT_MS} = $3 as "updatedAt",
  kept.updated_at <= to_timestamp($4::float8 / 1000) as "notAfter",
  case when pg_is_in_recovery() then false else ${WRITTEN_TIMELINE} = $5::int end as timeline
from (select 1) as always left join ${quotedTable(table)} as kept on kept.id = 1`;

interface Differences {
  readonly engaged: boolean | null;
  readonly reason: boolean | null;
  readonly updatedAt: boolean | null;
  readonly notAfter: boolean | null;
  readonly timeline: boolean;
}

const RULES: readonly (readonly [keyof Differences, string])[] = [
  ['timeline', 'the node is not a primary on the approved timeline'],
  ['engaged', 'engaged differs'],
  ['reason', 'the reason differs'],
  ['updatedAt', 'updated_at is not the one last seen'],
  ['notAfter', 'the row is already later than the latest timestamp allowed'],
];

function whatDiffers(found: Differences | undefined): string {
  if (found === undefined) return 'it cannot be said what differs';
  if (found.engaged === null)
    return found.timeline ? 'the row is missing' : 'the row is missing and the node is not a primary on the approved timeline';
  const broken = RULES.filter(([name]) => found[name] !== true).map(([, sentence]) => sentence);
  return broken.length === 0 ? 'it changed and changed back meanwhile' : broken.join('; ');
}

/** Writes the fresh timestamp or throws HF_CONFLICT naming every rule that did not hold. */
export async function reaffirmRow(session: Session, table: ApplicationTable, node: PlannedNode, order: ReaffirmOrder): Promise<Reaffirmed> {
  const { expected, timeline, notAfterMs } = order;
  const values = [expected.engaged, expected.reason, expected.updatedAtMs, notAfterMs, timeline];
  const [written] = await session.query<Reaffirmed>(reaffirmSql(table), values);
  if (written !== undefined) return { updatedAtMs: written.updatedAtMs };
  const found = await session.query<Differences>(differencesSql(table), values).catch(() => []);
  throw new HoldfastError('HF_CONFLICT', `Node ${node.name}: ${whatDiffers(found[0])}.`, {
    node: node.name,
    timeline: String(timeline),
    seenUpdatedAtMs: String(expected.updatedAtMs),
    notAfterMs: String(notAfterMs),
  });
}
