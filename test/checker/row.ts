/** S2 and S14: the switch is never turned off by a failover, nor by the product. */
import { broken, configuredNode, ours, startOf, startPrimary } from './lookup.js';
import type { ChaosRecord, JournalEntry, Violation } from './types.js';

/** The last promise made to a client: engaged since `atMs`, unless a person reset it later. */
function engagedSince(record: ChaosRecord, untilMs: number): number | undefined {
  let since = startPrimary(record)?.node.row.engaged === true ? startOf(record).atMs : undefined;
  for (const entry of record.journal) {
    if (entry.atMs > untilMs) break;
    if (entry.acknowledged !== true || entry.after?.state !== 'present' || entry.by === 'holdfast') continue;
    if (entry.after.engaged === true) since ??= entry.atMs;
    else if (entry.by === 'person') since = undefined;
  }
  return since;
}

function problemAt(record: ChaosRecord, entry: Pick<JournalEntry, 'truth' | 'askedAtMs'>): string | undefined {
  const since = engagedSince(record, entry.askedAtMs);
  if (since === undefined) return undefined;
  const known = record.runs.flatMap((run) => run.testimony).some((t) => t.engaged && t.atMs >= since && t.atMs < entry.askedAtMs);
  const target = configuredNode(entry.truth);
  const row = target === undefined ? undefined : entry.truth.nodes[target]?.row;
  if (!known || row === undefined || row.engaged === true) return undefined;
  return `the switch was engaged (acknowledged ${new Date(since).toISOString()}, and the run had been told), the row on ${target} is ${row.state === 'present' ? 'disengaged' : row.state}`;
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
    .map((entry) => broken('S14', entry.atMs, `${entry.what} (${entry.key}) left the row on ${entry.target} disengaged; before it was ${entry.before?.engaged === true ? 'engaged' : (entry.before?.state ?? 'unknown')}`));
}
