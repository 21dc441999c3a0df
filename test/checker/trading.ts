/** S1 and S7: what may be said and done about trading. */
import { gateProblem } from './gates.js';
import { broken, configuredNode, GRACE_MS, lastingProblems, ours } from './lookup.js';
import type { ChaosRecord, JournalEntry, Truth, Violation } from './types.js';

/** The node that the sessions of the instances are on; a quarantined or stopped instance has none that counts. */
function sessionNode(truth: Truth): string | undefined {
  return Object.values(truth.instances).find((instance) => instance.sessionOn !== undefined)?.sessionOn;
}

function resumeProblems(truth: Truth): readonly string[] {
  const target = sessionNode(truth);
  const node = target === undefined ? undefined : truth.nodes[target];
  if (target === undefined || node === undefined) return [`the instances had their sessions on ${target ?? 'nothing'}`];
  const problems: string[] = [];
  if (!node.up || !node.outOfRecovery || node.readOnly) problems.push(`${target} could not be written`);
  for (const [name, other] of Object.entries(truth.nodes)) {
    if (name !== target && other.up && other.outOfRecovery && other.visible) problems.push(`${name} could be written as well as ${target}`);
  }
  if (node.row.state !== 'present') problems.push(`the row on ${target} is ${node.row.state}`);
  if (node.row.engaged === true) problems.push(`the row on ${target} is engaged`);
  for (const [name, instance] of Object.entries(truth.instances)) {
    if (!instance.running || instance.quarantined || instance.sessionOn !== target)
      problems.push(`instance ${name} is ${instance.running ? `on ${instance.sessionOn ?? 'nothing'}` : 'not running'}, not on ${target}`);
  }
  const configured = configuredNode(truth);
  if (configured !== target)
    problems.push(`the configuration points at ${configured ?? 'nothing'}: the next instance that restarts leaves ${target}`);
  return problems;
}

/** S1: trading is resumed only when everything holds in truth and two people said so; and only a pause of our own is lifted. */
export function checkS1(record: ChaosRecord): readonly Violation[] {
  return ours(record, 'resume').flatMap((entry) => {
    const made = record.journal.some(
      (e) => e.what === 'pause' && e.by === 'holdfast' && e.changed && e.key === entry.key && e.atMs <= entry.atMs,
    );
    const problems = [
      ...lastingProblems(record, entry, resumeProblems),
      gateProblem(record, 'resume', 'resume', entry.askedAtMs),
      made ? undefined : `the pause of key ${entry.key} was not made by the run`,
    ];
    return problems.flatMap((problem) =>
      problem === undefined ? [] : [broken('S1', entry.atMs, `trading was resumed although ${problem}`)],
    );
  });
}

/** Sentences that claim a pause: not those that deny, doubt, or speak of what would be. */
export function claimsPaused(text: string): boolean {
  return text
    .split(/(?<=[.!?;])\s+|\n+/)
    .some(
      (sentence) =>
        /\btrading\b/i.test(sentence) &&
        /\bpaused\b/i.test(sentence) &&
        !/\b(not|never|unproven|unless|until|before|if|when|would|will|cannot|could|must|should|ask(s|ed)?|be|leaves?|keeps?|stays?|nobody|whether|no)\b/i.test(
          sentence,
        ),
    );
}

function tradingAt(journal: readonly JournalEntry[], atMs: number): readonly Truth['trading'][] {
  const before = journal.filter((entry) => entry.atMs <= atMs - GRACE_MS).at(-1);
  const since = journal.filter((entry) => entry.atMs > atMs - GRACE_MS && entry.atMs <= atMs);
  return [...(before === undefined ? [] : [before]), ...since].map((entry) => entry.truth.trading);
}

/** S7: "paused" is only said when it is true; and after a silence it is made true, or people are paged that it could not be. */
export function checkS7(record: ChaosRecord, settleMs = 60_000): readonly Violation[] {
  const lies = record.texts
    .filter((text) => (text.where === 'card' || text.where === 'notice' || text.where === 'result') && claimsPaused(text.text))
    .filter((text) => {
      const states = tradingAt(record.journal, text.atMs);
      return states.length > 0 && states.every((state) => state === 'trading');
    })
    .map((text) => broken('S7', text.atMs, `a ${text.where} says that trading is paused; it was live`));
  const silences = record.runs.flatMap((run) => run.closings.filter((closing) => closing.silence).map((closing) => ({ run, closing })));
  const unpaused = silences.filter(({ run, closing }) => {
    const untilMs = Math.min(closing.atMs + settleMs, Math.max(run.endedAtMs ?? record.end.atMs, closing.atMs));
    const later = record.journal.filter((entry) => entry.atMs > closing.atMs && entry.atMs <= untilMs).map((entry) => entry.truth.trading);
    const paused = [
      ...tradingAt(record.journal, closing.atMs),
      ...later,
      ...(untilMs >= record.end.atMs ? [record.end.trading] : []),
    ].includes('paused');
    const paged = record.texts.some(
      (text) => text.where === 'notice' && text.atMs >= run.startedAtMs && text.atMs <= untilMs && /unproven|by hand/i.test(text.text),
    );
    return !paused && !paged;
  });
  return [
    ...lies,
    ...unpaused.map(({ closing }) =>
      broken(
        'S7',
        closing.atMs,
        `gate ${closing.gate} ended in silence (${closing.option}); trading was live, and nobody was paged about it`,
      ),
    ),
  ];
}
