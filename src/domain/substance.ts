/**
 * What counts as a change while a run waits: writers, lineages and the row, not clocks and LSNs.
 * A watcher returns only when this text differs, so that a flapping number fills no history.
 */
import type { InstanceFacts, ManagerFacts, NodeFacts, Observation, RowReading } from './facts.js';

function rowText(reading: RowReading): string {
  switch (reading.state) {
    case 'present':
      return `${reading.row.engaged ? 'engaged' : 'disengaged'}@${reading.row.updatedAtMs}`;
    case 'row-missing':
    case 'table-missing':
      return reading.state;
    case 'unreadable':
      return `unreadable:${reading.failure.kind}`;
  }
}

function nodeText(facts: NodeFacts): string {
  if (facts.answer === undefined) return `${facts.node}:silent`;
  const role = facts.answer.inRecovery ? 'standby' : 'primary';
  const lineage = facts.answer.history.switches.map((s) => `${s.timeline}<${s.endLsn}`).join(',');
  // A standby's row follows its primary's: reporting it again would double every change.
  const row = facts.answer.inRecovery ? '' : rowText(facts.answer.row);
  return `${facts.node}:${role}:${facts.answer.history.timeline}:${lineage}:${row}`;
}

function instanceText(facts: InstanceFacts): string {
  return `${facts.instance}:${facts.health?.storeOperational ?? '?'}:${facts.health?.engaged ?? '?'}`;
}

/** Who leads by the manager’s word, and what keeps it from acting. Its intervals and instants are no substance. */
function managerText(manager: ManagerFacts): string {
  const flags = [
    ...(manager.answered ? [] : ['silent']),
    ...(manager.dcsLost ? ['dcs-lost'] : []),
    ...(manager.paused ? ['paused'] : []),
    ...(manager.failoverInProgress ? ['failing-over'] : []),
  ];
  return `manager:${manager.leader ?? 'none'}:${flags.join(',')}`;
}

/** The observation reduced to what a decision could depend on. Equal texts mean: nothing changed in substance. */
export function substance(observation: Observation): string {
  const manager = observation.manager === undefined ? [] : [managerText(observation.manager)];
  return [...observation.nodes.map(nodeText), ...observation.instances.map(instanceText), ...manager].join(' | ');
}

/** Nodes that accept writes now: out of recovery and answering. */
export function writableNodes(observation: Observation): readonly string[] {
  return observation.nodes.filter((n) => n.answer !== undefined && !n.answer.inRecovery).map((n) => n.node);
}
