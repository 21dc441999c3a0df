/** The verdict table as data: for each code its words, its predicate, what the run does with it, and how long it must hold. */
import type { VerdictCode, VerdictStep } from '../verdict-code.js';
import { applicationOnly, healthy, instancesQuarantined, pathFault, switchEngaged } from './application.js';
import { alreadyMoved, fork, splitBrain, wrongDatabase } from './lineage.js';
import { observerIsolated, primaryDead, primaryLost, primaryRecovering, primaryUnreachableFromHere, siteLost } from './loss.js';
import { dcsLost, failoverInProgress } from './manager.js';
import { rowInvalid, rowMissing, rowStale, tableMissing } from './row.js';
import { listed, type Predicate, type Scene } from './scene.js';
import { accessFailed, commitBlocked, connectionsExhausted, primaryFull, primaryReadonly, primarySlow } from './trouble.js';

/** One line of the table. */
export interface VerdictRule {
  /** What it means, one sentence for people. */
  readonly title: string;
  readonly matches: Predicate;
  readonly step: VerdictStep;
  /** Default hold-off; a plan may say otherwise by verdict. */
  readonly holdOffMs: number;
  /** What observation would change it, one sentence. */
  readonly wouldChange: string;
}

/** What was seen when nothing else matches. */
function inconclusive(scene: Scene): string {
  const failed = scene.observation.nodes
    .filter((facts) => facts.failure !== undefined)
    .map((facts) => `${facts.node} ${facts.failure?.kind ?? ''}`);
  const answered = scene.answered.map((node) => `${node.name} ${node.answer.inRecovery ? 'in recovery' : 'out of recovery'}`);
  const spoke = scene.observation.instances.filter((each) => each.health !== undefined).length;
  return `No rule fits: ${listed([...answered, ...failed])}; ${spoke} of ${scene.observation.instances.length} instances answered; the platform ${scene.observation.platform.answered ? 'answered' : 'did not answer'}.`;
}

const rule = (matches: Predicate, step: VerdictStep, holdOffMs: number, title: string, wouldChange: string): VerdictRule => ({
  title,
  matches,
  step,
  holdOffMs,
  wouldChange,
});

/** Every verdict, in the order of priority. Defaults of the hold-offs are milliseconds. */
export const VERDICT_TABLE: Readonly<Record<VerdictCode, VerdictRule>> = {
  'split-brain': rule(splitBrain, 'pause-first', 0, 'More than one unfenced node takes writes.', 'A proven fence on all but one of them.'),
  fork: rule(fork, 'pause-first', 0, 'A node left the known lineage.', 'A rewind of the node, or a fence on it.'),
  'observer-isolated': rule(
    observerIsolated,
    'ask',
    10_000,
    'The observer may be cut off: nobody answers it.',
    'An answer of the platform, of an instance or of the primary.',
  ),
  'dcs-lost': rule(dcsLost, 'wait', 0, 'The HA manager lost its consensus store.', 'The manager reaches its consensus store again.'),
  'failover-in-progress': rule(failoverInProgress, 'wait', 0, 'The HA manager is failing over by itself.', 'The manager names a leader.'),
  'already-moved': rule(
    alreadyMoved,
    'adopt',
    3_000,
    'Another node was promoted already.',
    'A second node out of recovery, or a history that forks.',
  ),
  'wrong-database': rule(
    wrongDatabase,
    'ask',
    0,
    'The node that answers is not of this store.',
    'The right system identifier and marker under that address.',
  ),
  'table-missing': rule(tableMissing, 'restore', 0, 'The table of the switch does not exist.', 'The table on the proven primary.'),
  'row-missing': rule(rowMissing, 'restore', 0, 'The row of the switch does not exist.', 'The row on the proven primary.'),
  'row-invalid': rule(rowInvalid, 'ask', 3_000, 'The row breaks a rule of the application.', 'A row within the rules.'),
  'row-stale': rule(
    rowStale,
    'restart',
    3_000,
    'The row is older than the application accepts.',
    'A fresh row, then a restart of what was quarantined.',
  ),
  'site-lost': rule(
    siteLost,
    'fail-over',
    30_000,
    'The whole site of the primary is silent.',
    'An answer of any node of the site, or an instance whose store is operational.',
  ),
  'primary-dead': rule(
    primaryDead,
    'fail-over',
    10_000,
    'The primary is dead.',
    'An answer of the primary, or an instance whose store is operational.',
  ),
  'primary-lost': rule(
    primaryLost,
    'fail-over',
    20_000,
    'The primary is lost: others lost it too.',
    'An answer of the primary, a leader, an advancing standby or an operational instance.',
  ),
  'primary-unreachable-from-here': rule(
    primaryUnreachableFromHere,
    'ask',
    10_000,
    'The primary does not answer us but serves others.',
    'Its answer to us, or the loss of those it serves.',
  ),
  'primary-recovering': rule(
    primaryRecovering,
    'wait',
    0,
    'The primary is starting or recovering.',
    'The primary out of recovery, or refusing connections.',
  ),
  'primary-readonly': rule(primaryReadonly, 'ask', 5_000, 'The primary refuses writes.', 'A committed probe.'),
  'commit-blocked': rule(
    commitBlocked,
    'ask',
    10_000,
    'Commits wait for a standby that is not there.',
    'A standby in sync, or a committed probe.',
  ),
  'connections-exhausted': rule(connectionsExhausted, 'ask', 10_000, 'The primary has no connection slot left.', 'A free connection slot.'),
  'primary-slow': rule(primarySlow, 'ask', 15_000, 'The primary is slow.', 'A probe committed in time.'),
  'primary-full': rule(primaryFull, 'ask', 5_000, 'The primary cannot write to its disk.', 'A committed probe.'),
  'access-failed': rule(
    accessFailed,
    'ask',
    5_000,
    'The primary answers but does not let Holdfast in.',
    'A working certificate, login and grant for Holdfast.',
  ),
  'path-fault': rule(
    pathFault,
    'ask',
    10_000,
    'The database is well; the path to it is not.',
    'Sessions of the application on the proven primary.',
  ),
  'instances-quarantined': rule(
    instancesQuarantined,
    'restart',
    5_000,
    'The database is well; instances quarantined themselves.',
    'The instances ready after a restart.',
  ),
  'application-only': rule(
    applicationOnly,
    'ask',
    10_000,
    'The database is well; the application is not.',
    'Every instance running, ready and of one mind with the row.',
  ),
  'switch-engaged': rule(
    switchEngaged,
    'close',
    3_000,
    'Everything is well and the switch is engaged.',
    'A failure of primary, row or instance.',
  ),
  healthy: rule(healthy, 'close', 3_000, 'Everything is well.', 'A failure of primary, row or instance.'),
  inconclusive: rule(inconclusive, 'ask', 20_000, 'The facts do not fit together.', 'An answer of one more observer.'),
};
