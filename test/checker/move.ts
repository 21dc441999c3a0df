/** S3 and S4: where the application may be pointed, and what must not be able to serve beside it. */
import { gateProblem } from './gates.js';
import { broken, configuredNode, descends, lastingProblems, nodeAt, ours, startPrimary, unfencedOthers } from './lookup.js';
import type { ChaosRecord, JournalEntry, Truth, Violation } from './types.js';

function targetProblems(record: ChaosRecord, truth: Truth, address: string): readonly string[] {
  const name = nodeAt(truth, address);
  const node = name === undefined ? undefined : truth.nodes[name];
  const start = startPrimary(record);
  if (name === undefined || node === undefined) return [`${address} is no node`];
  const foreign = start !== undefined && !descends(start.node, node);
  return [
    ...(node.outOfRecovery ? [] : [`${name} was in recovery`]),
    ...(node.up ? [] : [`${name} was not up`]),
    ...(foreign ? [`${name} is of another lineage (timeline ${node.timeline})`] : []),
  ];
}

/** Starts that came before any instance had proven the target: only the canary may. */
function canaryViolations(record: ChaosRecord, point: JournalEntry): readonly Violation[] {
  const target = nodeAt(point.truth, point.target);
  const after = record.journal.filter((entry) => entry.atMs >= point.atMs);
  const starts = after.filter((entry) => entry.what === 'start' && entry.by === 'holdfast' && entry.changed);
  const canary = starts[0];
  return starts.slice(1).flatMap((start) => {
    const proven = after.some(
      (entry) => entry.atMs <= start.atMs && Object.values(entry.truth.instances).some((i) => i.running && i.sessionOn === target),
    );
    return proven || start.target === canary?.target
      ? []
      : [
          broken(
            'S3',
            start.atMs,
            `${start.target} was started before the canary ${canary?.target ?? ''} had a session on ${target ?? point.target}`,
          ),
        ];
  });
}

/** S3: the application is pointed only at a proven node, and one instance tries it first. */
export function checkS3(record: ChaosRecord): readonly Violation[] {
  return ours(record, 'point').flatMap((entry) => {
    const problems = lastingProblems(record, entry, (truth) => targetProblems(record, truth, entry.target));
    return [
      ...problems.map((problem) => broken('S3', entry.atMs, `the application was pointed at ${entry.target} although ${problem}`)),
      ...canaryViolations(record, entry),
    ];
  });
}

/** S4: neither moved nor resumed while an unfenced old primary could serve, unless two people said so at the gate `unfenced`. */
export function checkS4(record: ChaosRecord): readonly Violation[] {
  return ours(record, 'point', 'resume').flatMap((entry) => {
    const sessions = Object.values(entry.truth.instances).find((instance) => instance.sessionOn !== undefined)?.sessionOn;
    const target = entry.what === 'point' ? nodeAt(entry.truth, entry.target) : (sessions ?? configuredNode(entry.truth));
    const problems = lastingProblems(record, entry, (truth) => unfencedOthers(record, truth, target));
    if (problems.length === 0 || gateProblem(record, 'unfenced', 'proceed', entry.askedAtMs) === undefined) return [];
    return [
      broken(
        'S4',
        entry.atMs,
        `${entry.what} to ${target ?? '?'} while ${problems.join(', ')} was not fenced and the gate unfenced was not decided`,
      ),
    ];
  });
}
