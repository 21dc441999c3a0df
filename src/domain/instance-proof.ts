/** What must hold before an instance counts as moved (design step 5). Pure: the activity collects, this judges. */
import type { AdminReading, HealthReport, Row } from './facts.js';
import type { Failure } from './failure.js';

/** Everything seen of one instance in one look. */
export interface InstanceEvidence {
  readonly instance: string;
  /** True when its sessions are told apart by its own client address; else they are counted, not matched. */
  readonly matched: boolean;
  /** How many sessions it takes: 1, or as many as there are instances when they can only be counted together. */
  readonly needed: number;
  readonly state: 'running' | 'stopped' | 'unknown';
  readonly incarnation?: string;
  /** Whether it was made from the newest template, where its platform knows templates. */
  readonly revision?: 'current' | 'old';
  /** Its platform's own words. */
  readonly detail?: string;
  readonly health?: HealthReport;
  readonly failure?: Failure;
  readonly admin?: AdminReading;
  readonly adminFailure?: Failure;
  /** Its sessions by node; `count` is undefined for a node that did not answer. */
  readonly sessions: readonly { readonly node: string; readonly count: number | undefined }[];
}

export interface InstanceExpectation {
  readonly target: string;
  readonly row: Row;
  readonly consecutive: number;
  /** How often in a row, this look included, it would have said so. */
  readonly inARow: number;
  /** Incarnation before the stop: the instance may not be that old process. */
  readonly before?: string;
}

export interface InstanceProof {
  readonly instance: string;
  readonly proven: boolean;
  readonly matched: boolean;
  /** Health alone is as expected in this look. */
  readonly operational: boolean;
  /** All but the admin API's answer holds: now it is worth one of its four calls a minute. */
  readonly onlyAdminMissing: boolean;
  /** Each rule that does not hold, as a sentence with number and node. Empty when proven. */
  readonly problems: readonly string[];
}

const words = (row: { readonly engaged: boolean; readonly reason: string }): string =>
  row.engaged ? `engaged (“${row.reason}”)` : 'disengaged';

function healthProblem(evidence: InstanceEvidence, row: Row): string | undefined {
  const { health, instance } = evidence;
  if (health === undefined) return `${instance} gives no answer: ${evidence.failure?.text ?? 'not asked'}.`;
  if (row.engaged) {
    // An engaged switch answers 503 and never becomes ready: that is the correct end, not a failure.
    return health.engaged === true
      ? undefined
      : `${instance} does not say that the switch is engaged (HTTP ${health.httpStatus}: ${health.detail}).`;
  }
  if (health.engaged === true) return `${instance} says engaged, the row says disengaged.`;
  if (!health.ready || health.storeOperational === false)
    return `${instance} is not operational (HTTP ${health.httpStatus}: ${health.detail}).`;
  return undefined;
}

function sessionProblems(evidence: InstanceEvidence, target: string): readonly string[] {
  const problems: string[] = [];
  const own = evidence.sessions.find((s) => s.node === target)?.count;
  if (own === undefined) problems.push(`The sessions on ${target} could not be read.`);
  else if (own < evidence.needed) {
    const elsewhere = evidence.sessions.some(({ node, count }) => node !== target && count !== undefined && count > 0);
    const fallback =
      evidence.health?.ready === true && !elsewhere ? ' It says it is ready: it runs on a fallback store (HF_INSTANCE_ON_FALLBACK).' : '';
    const found =
      evidence.needed === 1
        ? `${evidence.instance} has no session on ${target}.`
        : `${own} session(s) on ${target}; ${evidence.needed} instances need one each.`;
    problems.push(`${found}${fallback}`);
  }
  for (const other of evidence.sessions) {
    if (other.node !== target && other.count !== undefined && other.count > 0) {
      problems.push(`${evidence.instance} has ${other.count} session(s) on ${other.node} (HF_INSTANCE_WRONG_NODE).`);
    }
  }
  return problems;
}

/** Judges one instance in one look. */
export function instanceProof(evidence: InstanceEvidence, expected: InstanceExpectation): InstanceProof {
  const { instance } = evidence;
  const health = healthProblem(evidence, expected.row);
  const problems: string[] = [];
  if (evidence.state !== 'running') {
    const words = evidence.detail === undefined || evidence.detail === '' ? '' : ` (${evidence.detail})`;
    problems.push(`${instance} is ${evidence.state} by its platform${words}.`);
  }
  if (expected.before !== undefined && evidence.incarnation === expected.before) {
    problems.push(`${instance} is still the process from before the move (${expected.before}).`);
  }
  if (expected.before !== undefined && evidence.state === 'running' && evidence.incarnation === undefined) {
    problems.push(`${instance}: its platform does not tell it apart from the process from before the move (${expected.before}).`);
  }
  if (evidence.revision === 'old') problems.push(`${instance} was made from an older template of its workload.`);
  if (health !== undefined) problems.push(health);
  else if (!expected.row.engaged && expected.inARow < expected.consecutive) {
    problems.push(`${instance} was operational ${expected.inARow} time(s) in a row, ${expected.consecutive} are asked for.`);
  }
  problems.push(...sessionProblems(evidence, expected.target));
  const others = problems.length;
  const { admin } = evidence;
  if (admin === undefined) {
    problems.push(
      `${instance}: the admin API has not confirmed the row${evidence.adminFailure === undefined ? '' : ` (${evidence.adminFailure.text})`}.`,
    );
  } else if (admin.engaged !== expected.row.engaged || (expected.row.engaged && admin.reason !== expected.row.reason)) {
    problems.push(`${instance}: the admin API says ${words(admin)}, the row says ${words(expected.row)} (HF_VERIFY_DISAGREE).`);
  }
  return {
    instance,
    proven: problems.length === 0,
    matched: evidence.matched,
    operational: health === undefined,
    onlyAdminMissing: others === 0 && admin === undefined,
    problems,
  };
}

/** Fewer instances run than are asked for: how many, and what is said of those that do not run. Undefined when enough do. */
export function missingInstances(seen: readonly InstanceEvidence[], count: number): string | undefined {
  const running = seen.filter((each) => each.state !== 'stopped');
  if (running.length >= count) return undefined;
  const stopped = seen.filter((each) => each.state === 'stopped').map((each) => `${each.instance}: ${each.detail ?? 'stopped'}`);
  return `${running.length} of ${count} instances run${stopped.length === 0 ? '' : ` (${stopped.join('; ')})`}.`;
}
