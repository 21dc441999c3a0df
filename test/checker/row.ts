/** S2 and S14: the switch is never turned off by a failover, nor by the product. */
import { broken, configuredNode, ours, startOf, startPrimary } from './lookup.js';
import type { ChaosRecord, JournalEntry, RowTruth, Violation } from './types.js';

/** The switch as engaged: when, and by which timestamp. */
interface Engaged {
  readonly atMs: number;
  readonly updatedAtMs: number;
}

/** A person's reset ends a promise when that person saw it done, or when it is what the row in question shows. */
function isReset(entry: JournalEntry, row: RowTruth): boolean {
  if (entry.by !== 'person' || entry.after?.state !== 'present' || entry.after.engaged === true) return false;
  return entry.acknowledged === true || (row.updatedAtMs ?? 0) >= (entry.after.updatedAtMs ?? Number.POSITIVE_INFINITY);
}

/** The last promise made to a client: engaged, unless a person reset it later. */
function promised(record: ChaosRecord, row: RowTruth, untilMs: number): Engaged | undefined {
  const first = startPrimary(record)?.node.row;
  let engaged: Engaged | undefined =
    first?.engaged === true ? { atMs: startOf(record).atMs, updatedAtMs: first.updatedAtMs ?? 0 } : undefined;
  const writes = record.journal
    .filter((entry) => entry.by !== 'holdfast' && entry.after !== undefined && entry.atMs <= untilMs)
    .sort((a, b) => a.askedAtMs - b.askedAtMs);
  for (const entry of writes) {
    if (isReset(entry, row)) engaged = undefined;
    else if (entry.acknowledged === true && entry.after?.engaged === true)
      engaged ??= { atMs: entry.askedAtMs, updatedAtMs: entry.after.updatedAtMs ?? 0 };
  }
  return engaged;
}

/** Whether something the run had read before was about this engaged switch, and not about an earlier one. */
function wasTold(record: ChaosRecord, engaged: Engaged, untilMs: number): boolean {
  return record.runs
    .flatMap((run) => run.testimony)
    .some(
      (t) => t.engaged && t.atMs < untilMs && (t.updatedAtMs === undefined ? t.atMs >= engaged.atMs : t.updatedAtMs >= engaged.updatedAtMs),
    );
}

function problemAt(record: ChaosRecord, entry: Pick<JournalEntry, 'truth' | 'askedAtMs'>): string | undefined {
  const target = configuredNode(entry.truth);
  const row = target === undefined ? undefined : entry.truth.nodes[target]?.row;
  if (row === undefined || row.engaged === true) return undefined;
  const engaged = promised(record, row, entry.askedAtMs);
  if (engaged === undefined || !wasTold(record, engaged, entry.askedAtMs)) return undefined;
  return `the switch was engaged (acknowledged ${new Date(engaged.atMs).toISOString()}, and the run had been told), the row on ${target} is ${row.state === 'present' ? 'disengaged' : row.state}`;
}

/** S2: with testimony of an engaged switch, nothing starts on, ends on, or trades on a row that says otherwise. */
export function checkS2(record: ChaosRecord): readonly Violation[] {
  const acts = ours(record, 'start', 'resume').flatMap((entry) => {
    const problem = problemAt(record, entry);
    return problem === undefined ? [] : [broken('S2', entry.atMs, `${entry.what} of ${entry.target}: ${problem}`)];
  });
  const moved = ours(record, 'point').some((entry) => entry.target === `${record.end.configured.host}:${record.end.configured.port}`);
  const ended = record.runs.length > 0 && record.runs.every((run) => run.status === 'ended');
  const atEnd = moved && ended ? problemAt(record, { truth: record.end, askedAtMs: record.end.atMs }) : undefined;
  return atEnd === undefined ? acts : [...acts, broken('S2', record.end.atMs, `at the end ${atEnd}`)];
}

/** S14: no write of ours makes an engaged, absent or lost row disengaged. */
export function checkS14(record: ChaosRecord): readonly Violation[] {
  return record.journal
    .filter((entry) => entry.by === 'holdfast' && entry.after?.state === 'present' && entry.after.engaged === false)
    .filter((entry) => entry.before?.state !== 'present' || entry.before.engaged === true)
    .map((entry) =>
      broken(
        'S14',
        entry.atMs,
        `${entry.what} (${entry.key}) left the row on ${entry.target} disengaged; before it was ${entry.before?.engaged === true ? 'engaged' : (entry.before?.state ?? 'unknown')}`,
      ),
    );
}
