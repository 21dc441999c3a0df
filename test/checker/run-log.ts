/** S6, S8, S10, S11 and S12: what a run writes, and that it is always somewhere. */
import { broken } from './lookup.js';
import type { ChaosRecord, Violation } from './types.js';

/** S6: no secret in anything that is kept or shown. The secret itself is not repeated here. */
export function checkS6(record: ChaosRecord): readonly Violation[] {
  return record.texts.flatMap((text) =>
    record.canaries.flatMap((canary, n) =>
      text.text.includes(canary) ? [broken('S6', text.atMs, `canary ${n + 1} stands in a ${text.where}`)] : [],
    ),
  );
}

/** S8: no two acting runs of one cluster at the same time, and no act outside of one (a rehearsal only reads). */
export function checkS8(record: ChaosRecord): readonly Violation[] {
  const acting = record.runs.filter((run) => run.acting);
  const strays = record.journal
    .filter((entry) => entry.by === 'holdfast' && entry.what !== 'promoted')
    .filter((entry) => entry.what !== 'pause' || !record.pauseAskedAtMs.some((atMs) => atMs <= entry.askedAtMs))
    .filter((entry) => !acting.some((run) => run.startedAtMs <= entry.askedAtMs && entry.askedAtMs <= (run.endedAtMs ?? Infinity)))
    .map((entry) => broken('S8', entry.atMs, `${entry.what} of ${entry.target} while no acting run was open`));
  const twice = acting.flatMap((run, i) =>
    acting
      .slice(0, i)
      .filter((other) => other.cluster === run.cluster)
      .filter((other) => other.startedAtMs < (run.endedAtMs ?? Infinity) && run.startedAtMs < (other.endedAtMs ?? Infinity))
      .map((other) =>
        broken(
          'S8',
          run.startedAtMs,
          `${run.workflowId} (${run.runId}) and ${other.workflowId} (${other.runId}) acted on ${run.cluster} at the same time`,
        ),
      ),
  );
  return [...twice, ...strays];
}

/** S10: every alert that was answered 2xx is in the log of a run. */
export function checkS10(record: ChaosRecord): readonly Violation[] {
  const kept = new Set(record.runs.flatMap((run) => run.alerts));
  return record.posted
    .filter(({ identity }) => !kept.has(identity))
    .map(({ atMs, identity }) => broken('S10', atMs, `the alert ${identity} was answered 2xx and is in no run`));
}

/** S11: after whatever died, a run has ended or waits at a declared gate. */
export function checkS11(record: ChaosRecord): readonly Violation[] {
  return record.runs
    .filter((run) => run.status === 'failed' || run.status === 'stuck' || (run.status === 'waiting' && !record.gates.includes(run.detail)))
    .map((run) => broken('S11', run.endedAtMs ?? record.end.atMs, `${run.workflowId} is ${run.status}: ${run.detail}`));
}

/** Errors that are no refusal of ours but somebody's silence or absence: they carry what the other side said. */
const FAILURES = [
  'HF_NODE_UNREACHABLE',
  'HF_NODE_TLS',
  'HF_NODE_AUTH',
  'HF_NOTIFY_FAILED',
  'HF_ARCHIVE_FAILED',
  'HF_EFFECT_UNKNOWN',
  'HF_PROMOTE_UNKNOWN',
  'HF_CANCELLED',
  'HF_INTERNAL',
];

/** S12: every refusal names a rule, and a number, a node or an instance. */
export function checkS12(record: ChaosRecord): readonly Violation[] {
  const names = [...Object.keys(record.end.nodes), ...Object.keys(record.end.instances)];
  return record.runs
    .flatMap((run) => run.refusals)
    .filter((refusal) => !FAILURES.includes(refusal.code))
    .flatMap((refusal) => {
      const evidence = Object.entries(refusal.evidence);
      const words = `${refusal.message} ${evidence.map(([, value]) => value).join(' ')}`;
      const hasRule = evidence.some(([key, value]) => (key === 'rule' || key === 'step') && value !== '');
      const hasPlace =
        /\d/.test(words) || evidence.some(([key]) => key === 'file') || names.some((name) => words.split(/[^\w-]+/).includes(name));
      const missing = [...(hasRule ? [] : ['rule']), ...(hasPlace ? [] : ['number, node, instance or file'])];
      return missing.length === 0
        ? []
        : [broken('S12', refusal.atMs, `${refusal.code} names no ${missing.join(' and no ')}: ${refusal.message}`)];
    });
}
