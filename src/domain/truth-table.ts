/**
 * The switch in all places, and what a promoted row is worth against it (design S2): a failover never turns the switch off.
 * Doubt is resolved on the side of *engaged*, because engaging wrongly costs trades and disengaging wrongly costs the firm.
 */
import { formatInstant } from './duration.js';
import type { AdminReading, NodeAnswer, Observation, Row, RowReading, Snapshot } from './facts.js';
import { compareLsn } from './lsn.js';
import { relate } from './timeline.js';

/** One word about the switch that somebody gave. */
export interface Testimony {
  readonly source: 'snapshot' | 'replica' | 'instance' | 'admin';
  /** Node or instance name. */
  readonly from: string;
  readonly engaged: boolean;
  readonly reason?: string;
  /** The row's `updated_at`, where the witness saw the row. */
  readonly updatedAtMs?: number;
  /** WAL position at which the witness saw the row. */
  readonly lsn?: string;
  /** True when this WAL position is proven to be part of the promoted node's stream. Absent = not known, which is taken for no. */
  readonly onLineage?: boolean;
  /** When it was said, epoch milliseconds. */
  readonly atMs: number;
}

/** What the testimony is held against. */
export interface PromotedRow {
  /** The row as it was read on the promoted node before this run refreshed it. */
  readonly row: Row;
  /** WAL position of that read. */
  readonly lsn: string;
  /** False: the node's lineage is not proven, so nothing a witness saw can be ordered against its row. */
  readonly lineageProven: boolean;
  readonly testimonies: readonly Testimony[];
}

/** `agreed`: nobody contradicts. `newer`: somebody said engaged, earlier on the same lineage. `disputed`: engaged must be written. */
export interface TruthJudgement {
  readonly state: 'agreed' | 'disputed' | 'newer';
  readonly sentence: string;
  /** The switch in all places, one line each. */
  readonly table: readonly string[];
}

const word = (engaged: boolean): string => (engaged ? 'ENGAGED' : 'disengaged');

function testimonyLine(testimony: Testimony): string {
  const details = [
    ...(testimony.updatedAtMs === undefined ? [] : [`updated_at ${formatInstant(testimony.updatedAtMs)}`]),
    ...(testimony.lsn === undefined ? [] : [`at ${testimony.lsn}`]),
    `seen ${formatInstant(testimony.atMs)}`,
    ...(testimony.reason === undefined || testimony.reason === '' ? [] : [`reason: ${testimony.reason}`]),
  ];
  return `${testimony.source} ${testimony.from}: ${word(testimony.engaged)} (${details.join(', ')})`;
}

function describe(row: Row, lsn: string): string {
  return `${word(row.engaged)} (updated_at ${formatInstant(row.updatedAtMs)}, at ${lsn}${row.reason === '' ? '' : `, reason: ${row.reason}`})`;
}

/**
 * Whether an engaged testimony is provably older than a disengaged promoted row: `updated_at` and LSN are both earlier, and its LSN is part
 * of the promoted node's stream. Without the last, an *engaged* that was lost with the old primary would look older than a *disengaged*
 * that somebody merely kept fresh on the new one. An instance's or admin's answer has no LSN and is never provably older: the time at
 * which it was given says nothing about the row it was given from. So it is a dispute, by decision.
 */
function isProvablyOlder(testimony: Testimony, promoted: PromotedRow): boolean {
  if (!promoted.lineageProven || testimony.onLineage !== true || testimony.updatedAtMs === undefined || testimony.lsn === undefined)
    return false;
  return testimony.updatedAtMs < promoted.row.updatedAtMs && compareLsn(testimony.lsn, promoted.lsn) < 0;
}

/** Holds the promoted row against all testimony. An engaged promoted row is always `agreed`: engaged is the safe side. */
export function judgeTestimony(promoted: PromotedRow): TruthJudgement {
  const { row, testimonies } = promoted;
  const table = [`promoted row: ${describe(row, promoted.lsn)}`, ...testimonies.map(testimonyLine)];
  if (row.engaged) {
    const others = testimonies.filter((each) => !each.engaged).length;
    return {
      state: 'agreed',
      table,
      sentence: `The promoted row is engaged; ${others} of ${testimonies.length} witnesses said disengaged, and engaged stands.`,
    };
  }
  const engaged = testimonies.filter((each) => each.engaged);
  const against = engaged.find((each) => !isProvablyOlder(each, promoted));
  if (against !== undefined) {
    return {
      state: 'disputed',
      table,
      sentence: `Disputed: ${against.source} ${against.from} says engaged, the promoted row says disengaged, and nothing proves that the row is newer.`,
    };
  }
  if (engaged.length > 0) {
    return {
      state: 'newer',
      table,
      sentence: `${engaged.length} witnesses saw engaged earlier on the same lineage; the promoted row was disengaged after that, at ${formatInstant(row.updatedAtMs)}.`,
    };
  }
  return { state: 'agreed', table, sentence: `The promoted row is disengaged and none of ${testimonies.length} witnesses says engaged.` };
}

/** Whether a position on some history is part of the promoted node's stream. */
function isOnLineage(witness: Pick<NodeAnswer, 'systemIdentifier' | 'history'>, lsn: string, promoted: NodeAnswer | undefined): boolean {
  if (promoted === undefined || promoted.systemIdentifier !== witness.systemIdentifier) return false;
  const { relation, lostBytes } = relate({ ...witness.history, lsn }, promoted.history);
  return relation === 'same' || (relation === 'extends' && lostBytes === 0);
}

/**
 * What an observation, the last snapshot and the admin API say about the switch.
 * @param promoted the node whose row they are held against; its own reading is left out.
 */
export function testimoniesOf(
  observation: Observation,
  snapshot: Snapshot | undefined,
  promoted: string,
  admin: Readonly<Record<string, AdminReading>> = {},
): readonly Testimony[] {
  const target = observation.nodes.find((facts) => facts.node === promoted)?.answer;
  const fromRow = (
    source: 'snapshot' | 'replica',
    from: string,
    witness: Pick<NodeAnswer, 'systemIdentifier' | 'history' | 'row'>,
    atMs: number,
  ): readonly Testimony[] => {
    if (witness.row.state !== 'present') return [];
    const { row, lsn } = witness.row;
    return [
      {
        source,
        from,
        engaged: row.engaged,
        reason: row.reason,
        updatedAtMs: row.updatedAtMs,
        lsn,
        onLineage: isOnLineage(witness, lsn, target),
        atMs,
      },
    ];
  };
  return [
    ...(snapshot === undefined ? [] : fromRow('snapshot', snapshot.primary, snapshot, snapshot.atMs)),
    ...observation.nodes.flatMap(({ node, answer, atMs }) =>
      answer === undefined || node === promoted ? [] : fromRow('replica', node, answer, atMs),
    ),
    ...observation.instances.flatMap(({ instance, health, atMs }): readonly Testimony[] =>
      health?.engaged === undefined
        ? []
        : [
            {
              source: 'instance',
              from: instance,
              engaged: health.engaged,
              ...(health.reason === undefined ? {} : { reason: health.reason }),
              atMs,
            },
          ],
    ),
    ...Object.entries(admin).map(([from, reading]): Testimony => ({
      source: 'admin',
      from,
      engaged: reading.engaged,
      reason: reading.reason,
      atMs: observation.atMs,
    })),
  ];
}

function rowLine(place: string, reading: RowReading, atMs: number): string {
  switch (reading.state) {
    case 'present':
      return `${place}: ${describe(reading.row, reading.lsn)}`;
    case 'row-missing':
      return `${place}: NO ROW at ${reading.lsn}`;
    case 'table-missing':
      return `${place}: NO TABLE at ${reading.lsn}`;
    case 'unreadable':
      return `${place}: could not be read (${reading.failure.kind}, ${formatInstant(atMs)})`;
  }
}

/**
 * The switch in all places for the card: the last snapshot, every node, instance and admin answer; silence is said.
 * @param target the node the application is, or will be, pointed at; marked in its line.
 */
export function truthTable(
  observation: Observation,
  snapshot: Snapshot | undefined,
  target: string | undefined,
  admin: Readonly<Record<string, AdminReading>> = {},
): readonly string[] {
  return [
    snapshot === undefined
      ? 'last snapshot: none on record'
      : rowLine(`last snapshot, ${snapshot.primary}, ${formatInstant(snapshot.atMs)}`, snapshot.row, snapshot.atMs),
    ...observation.nodes.map(({ node, answer, failure, atMs }) => {
      const name = node === target ? `node ${node} (target)` : `node ${node}`;
      if (answer === undefined) return `${name}: no answer (${failure?.kind ?? 'not asked'})`;
      return rowLine(`${name}, ${answer.inRecovery ? 'standby' : 'out of recovery'}`, answer.row, atMs);
    }),
    ...observation.instances.map(({ instance, health, failure }) => {
      if (health === undefined) return `instance ${instance}: no answer (${failure?.kind ?? 'not asked'})`;
      return `instance ${instance}: ${health.engaged === undefined ? `does not say (HTTP ${health.httpStatus})` : word(health.engaged)}`;
    }),
    ...Object.entries(admin).map(([instance, reading]) => `admin API of ${instance}: ${word(reading.engaged)}`),
  ];
}
