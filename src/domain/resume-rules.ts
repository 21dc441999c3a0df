/** Promise S1 as a function: why trading may not be resumed. An empty answer is the only permission. */
import type { Observation, Row } from './facts.js';
import { instanceProof, missingInstances, type InstanceEvidence } from './instance-proof.js';
import type { PlannedNode } from './plan.js';

export interface ResumeEvidence {
  readonly observation: Observation;
  readonly instances: readonly InstanceEvidence[];
  /** How many instances must run at least. */
  readonly count: number;
  readonly target: PlannedNode;
  /** The row that was validated and shown at the gate. */
  readonly expected: Row;
  /** Every fence that must be in force, as read a moment ago. */
  readonly fences: readonly { readonly node: string; readonly state: 'in-force' | 'not-in-force' | 'unknown' }[];
}

/** Every reason against resuming, as sentences. */
export function resumeRefusals(evidence: ResumeEvidence): readonly string[] {
  const { observation, target, expected } = evidence;
  const refusals: string[] = [];
  const answer = observation.nodes.find((n) => n.node === target.name)?.answer;
  if (answer === undefined) refusals.push(`${target.name} did not answer.`);
  else {
    if (answer.inRecovery) refusals.push(`${target.name} is in recovery.`);
    const reading = answer.row;
    if (reading.state !== 'present') refusals.push(`The row on ${target.name} is ${reading.state}.`);
    else if (reading.row.engaged) refusals.push(`The row on ${target.name} is engaged: “${reading.row.reason}”.`);
    else if (reading.row.reason !== expected.reason) refusals.push(`The row's reason on ${target.name} changed.`);
  }
  for (const node of observation.nodes) {
    if (node.node !== target.name && node.answer !== undefined && !node.answer.inRecovery) {
      refusals.push(`${node.node} accepts writes too (timeline ${node.answer.history.timeline}).`);
    }
  }
  const { config } = observation;
  if (config === undefined) refusals.push('Where the application is pointed at could not be read.');
  else if (config.host !== target.host || config.port !== target.port) {
    refusals.push(
      `The DSN points at ${config.host}:${config.port}, not at ${target.name} (${target.host}:${target.port}): the next instance that restarts would leave it.`,
    );
  }
  for (const fence of evidence.fences) {
    if (fence.state !== 'in-force') refusals.push(`The fence on ${fence.node} is ${fence.state}.`);
  }
  if (evidence.instances.length === 0) refusals.push('No instance was looked at.');
  const missing = missingInstances(evidence.instances, evidence.count);
  if (missing !== undefined) refusals.push(missing);
  for (const instance of evidence.instances) {
    // Operational several times in a row was proven by verification; one look more is asked here.
    refusals.push(...instanceProof(instance, { target: target.name, row: expected, consecutive: 1, inARow: 1 }).problems);
  }
  return refusals;
}
