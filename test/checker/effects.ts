/** S5, S9 and S15: acts happen once, on a decision, and only on an armed store. */
import { gateProblem, shownField } from './gates.js';
import { broken, nodeAt, ours, startOf } from './lookup.js';
import type { ChaosRecord, JournalEntry, Violation } from './types.js';

/** Acts that are neither guarded nor repeatable. */
const SENT_ONCE = ['promote', 'resume'] as const;

function sentAgainBetween(record: ChaosRecord, first: JournalEntry, second: JournalEntry): boolean {
  return record.sent.some(
    (d) => d.gate === 'inconclusive' && d.option === 'send-again' && d.genuine && d.atMs >= first.atMs && d.atMs <= second.askedAtMs,
  );
}

/** S5: nothing that must be sent once is sent twice under one key; no second node is promoted beside a first that still serves. */
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
  return [...twice, ...beside];
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
