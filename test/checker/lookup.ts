/** Small questions to a record that several promises ask. */
import type { ChaosRecord, JournalEntry, NodeTruth, Truth, Violation, What } from './types.js';

/** Between the last read of an act and its effect the world may change and nobody can know: changes younger than this are not held against it. */
export const GRACE_MS = 5_000;

/** The first entry: the world before anything happened. */
export function startOf(record: ChaosRecord): Truth {
  return record.journal[0]?.truth ?? record.end;
}

/** The one node that could be written at the start. */
export function startPrimary(record: ChaosRecord): { readonly name: string; readonly node: NodeTruth } | undefined {
  const found = Object.entries(startOf(record).nodes).find(([, node]) => node.outOfRecovery);
  return found === undefined ? undefined : { name: found[0], node: found[1] };
}

/** Effects of the product that changed something. */
export function ours(record: ChaosRecord, ...what: readonly What[]): readonly JournalEntry[] {
  return record.journal.filter((entry) => entry.by === 'holdfast' && entry.changed && what.includes(entry.what));
}

/** The node the application is configured for. */
export function configuredNode(truth: Truth): string | undefined {
  return nodeAt(truth, `${truth.configured.host}:${truth.configured.port}`);
}

/** The node behind host:port. */
export function nodeAt(truth: Truth, address: string): string | undefined {
  return Object.entries(truth.nodes).find(([, node]) => `${node.host}:${node.port}` === address)?.[0];
}

/** A run looks about once a second: what shows itself for so long, while a run is open, is seen. */
const SEEN_AFTER_MS = 3_000;

/** Whether a run could know that this node is, or was, a primary: from the start, by its own act, or because it once showed itself. */
function isKnownPrimary(record: ChaosRecord, name: string, untilMs: number): boolean {
  return record.journal.some(({ atMs, what, by, target, truth }, i) => {
    const node = truth.nodes[name];
    if (atMs > untilMs || node?.outOfRecovery !== true) return false;
    if (what === 'start-of-record' || (what === 'promoted' && by === 'holdfast' && target === name)) return true;
    const endMs = Math.min(record.journal[i + 1]?.atMs ?? untilMs, untilMs);
    return (
      node.visible && record.runs.some((run) => Math.min(endMs, run.endedAtMs ?? endMs) - Math.max(atMs, run.startedAtMs) >= SEEN_AFTER_MS)
    );
  });
}

/** Known primaries other than this node that are not kept from serving: up, frozen, or startable. */
export function unfencedOthers(record: ChaosRecord, truth: Truth, target: string | undefined): readonly string[] {
  return Object.entries(truth.nodes)
    .filter(([name, node]) => name !== target && node.outOfRecovery && !node.fenced && isKnownPrimary(record, name, truth.atMs))
    .map(([name]) => name);
}

/** Whether `node` descends from `start`: the same cluster, and every switch of the start's history is in its own. */
export function descends(start: NodeTruth, node: NodeTruth): boolean {
  if (node.systemIdentifier !== start.systemIdentifier) return false;
  const shared = start.switches.every((s, i) => node.switches[i]?.timeline === s.timeline && node.switches[i]?.endLsn === s.endLsn);
  if (!shared) return false;
  const next = node.switches[start.switches.length];
  return next === undefined ? node.timeline === start.timeline : next.timeline === start.timeline;
}

/**
 * Problems that hold at the effect and held all the time since before the act was asked for: ones that the act could have seen.
 * A problem younger than that is nobody's fault.
 */
export function lastingProblems(
  record: ChaosRecord,
  effect: JournalEntry,
  problems: (truth: Truth) => readonly string[],
): readonly string[] {
  const sinceMs = effect.askedAtMs - GRACE_MS;
  const before = record.journal.filter((entry) => entry.atMs <= sinceMs).at(-1);
  const between = record.journal.filter((entry) => entry.atMs > sinceMs && entry.atMs <= effect.atMs && entry !== effect);
  const earlier = (before === undefined ? between : [before, ...between]).map((entry) => problems(entry.truth));
  return problems(effect.truth).filter((problem) => earlier.every((found) => found.includes(problem)));
}

/** Makes violations of one promise. */
export function broken(promise: string, atMs: number, sentence: string): Violation {
  return { promise, atMs, sentence };
}
