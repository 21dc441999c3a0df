/** S5, S9 and S15: acts happen once, on a decision, and only on an armed store. */
import { gateProblem, shownField } from './gates.js';
import { broken, nodeAt, ours, startOf } from './lookup.js';
import type { CallRecord, ChaosRecord, JournalEntry, Violation } from './types.js';

/** Acts that are neither guarded nor repeatable. */
const SENT_ONCE = ['promote', 'resume'] as const;

function sentAgainBetween(record: ChaosRecord, first: JournalEntry, second: JournalEntry): boolean {
  return record.sent.some(
    (d) => d.gate === 'inconclusive' && d.option === 'send-again' && d.genuine && d.atMs >= first.atMs && d.atMs <= second.askedAtMs,
  );
}

/** The run that was open when a call was made: one epoch. */
function epochAt(record: ChaosRecord, atMs: number): string | undefined {
  return record.runs.find((run) => run.startedAtMs <= atMs && atMs <= (run.endedAtMs ?? Infinity))?.runId;
}

/** Whether somebody decided on a card that was first shown between two calls, or asked for the pause meanwhile. */
function personBetween(record: ChaosRecord, first: CallRecord, second: CallRecord): boolean {
  const shown = record.runs.flatMap((run) => run.openings).filter((o) => o.atMs >= first.askedAtMs && o.atMs <= second.askedAtMs);
  const wished = first.call === 'tradingPause.pause' && record.pauseAskedAtMs.some((ms) => ms >= first.askedAtMs && ms <= second.askedAtMs);
  return (
    wished || record.sent.some((d) => d.genuine && d.atMs <= second.askedAtMs && shown.some((o) => o.gate === d.gate && o.code === d.code))
  );
}

/** The read that tells how a pause ended. A pause is the safe side: when it is read that trading goes on, it may be asked for again. */
function readBetween(record: ChaosRecord, first: CallRecord, second: CallRecord): boolean {
  return (
    first.call === 'tradingPause.pause' &&
    record.calls.some(
      (read) =>
        read.call === 'tradingPause.state' &&
        read.end === 'answered' &&
        read.askedAtMs > first.askedAtMs &&
        read.askedAtMs <= second.askedAtMs,
    )
  );
}

/** Acts that were sent again in one epoch, whatever their keys, although nobody knew how they had ended and nobody was asked. */
function sentAgainUnasked(record: ChaosRecord): readonly Violation[] {
  const acts = record.calls.filter(({ call }) => record.sentOnce.includes(call));
  return acts.flatMap((second, i) => {
    const first = acts.slice(0, i).findLast(({ call }) => call === second.call);
    const again =
      first?.end === 'unknown' &&
      epochAt(record, first.askedAtMs) === epochAt(record, second.askedAtMs) &&
      !personBetween(record, first, second) &&
      !readBetween(record, first, second);
    return again
      ? [
          broken(
            'S5',
            second.askedAtMs,
            `${second.call} of ${second.target} was sent again ${second.askedAtMs - first.askedAtMs} ms after one of unknown outcome, and nobody had been asked`,
          ),
        ]
      : [];
  });
}

/**
 * S5: nothing that must be sent once is sent twice under one key, nor again under another while the outcome of the first is unknown and
 * nobody was asked; no second node is promoted beside a first that still serves.
 */
export function checkS5(record: ChaosRecord): readonly Violation[] {
  const sent = record.journal.filter((e) => e.by === 'holdfast' && SENT_ONCE.some((what) => what === e.what));
  const twice = sent.flatMap((second, i) => {
    const first = sent.slice(0, i).find((e) => e.what === second.what && e.key === second.key);
    return first === undefined || sentAgainBetween(record, first, second)
      ? []
      : [broken('S5', second.atMs, `${second.what} of ${second.target} was sent twice under the key ${second.key}`)];
  });
  const promoted = ours(record, 'promoted');
  const beside = ours(record, 'promote').flatMap((second) => {
    const first = promoted.find((e) => e.atMs <= second.askedAtMs && e.target !== second.target);
    const node = first === undefined ? undefined : second.truth.nodes[first.target];
    return first !== undefined && node?.outOfRecovery === true && !node.fenced && (node.up || node.frozen)
      ? [broken('S5', second.atMs, `${second.target} was promoted while ${first.target}, promoted before, still serves`)]
      : [];
  });
  return [...twice, ...sentAgainUnasked(record), ...beside];
}

const firstOf = (entries: readonly JournalEntry[], key: string): JournalEntry | undefined => entries.find((e) => e.key === key);

/** S9: each irreversible act follows a decision on the card in force, about this very target. */
export function checkS9(record: ChaosRecord): readonly Violation[] {
  const gated = (what: 'promote' | 'restore-table' | 'reaffirm', gate: string, option: string): readonly Violation[] =>
    ours(record, what).flatMap((entry) => {
      // Keeping an engaged switch engaged is the safe side and needs nobody.
      if (entry.after?.engaged === true) return [];
      const problem = gateProblem(record, gate, option, entry.askedAtMs);
      const others = ['topic', 'candidate', 'target']
        .map((name) => shownField(record, gate, entry.askedAtMs, [name]))
        .filter((shown) => typeof shown === 'string' && shown !== entry.target)
        .map((shown) => `the card in force was about ${shown}`);
      return [problem, ...others].flatMap((why) =>
        why === undefined ? [] : [broken('S9', entry.atMs, `${what} of ${entry.target}: ${why}`)],
      );
    });
  const promoted = ours(record, 'promote');
  const adopted = ours(record, 'point').flatMap((entry) => {
    const node = nodeAt(entry.truth, entry.target);
    const known =
      promoted.some((p) => p.target === node) ||
      node === nodeAt(startOf(record), `${startOf(record).configured.host}:${startOf(record).configured.port}`);
    const byHand = record.journal.some((e) => e.what === 'promoted' && e.target === node && e.by !== 'holdfast');
    // Somebody may promote the very node that people approve at the same time: their yes to it is a yes.
    const approved =
      gateProblem(record, 'promote', 'approve', entry.askedAtMs) === undefined &&
      shownField(record, 'promote', entry.askedAtMs, ['topic']) === node;
    const problem = known || !byHand || approved ? undefined : gateProblem(record, 'accept', 'accept', entry.askedAtMs);
    return problem === undefined
      ? []
      : [broken('S9', entry.atMs, `point to ${node ?? entry.target}, which somebody else promoted: ${problem}`)];
  });
  const sentOnce = promoted.filter((entry) => firstOf(promoted, entry.key) === entry);
  return [
    ...gated('promote', 'promote', 'approve').filter((v) => sentOnce.some((e) => e.atMs === v.atMs)),
    ...gated('restore-table', 'restore-row', 'restore-engaged'),
    ...gated('reaffirm', 'reaffirm', 'reaffirm'),
    ...adopted,
  ];
}

/** S15: on a disarmed store nothing that adds risk is done; what was on its way when the word came is forgiven. */
export function checkS15(record: ChaosRecord, graceMs = 3_000): readonly Violation[] {
  return ours(record, 'promote', 'point', 'reaffirm', 'resume').flatMap((entry) => {
    const words = record.journal.filter((e) => e.what === 'start-of-record' || e.what === 'arming');
    const inForce = words.filter((e) => e.atMs <= entry.askedAtMs).at(-1);
    const disarmed =
      inForce !== undefined && !inForce.truth.armed && (inForce.what === 'start-of-record' || inForce.atMs + graceMs < entry.askedAtMs);
    return disarmed ? [broken('S15', entry.atMs, `${entry.what} of ${entry.target} on a disarmed store`)] : [];
  });
}
