/**
 * Builders of facts with quiet defaults: a healthy pair `a` (primary) and `b` (standby), three instances, a disengaged fresh row.
 * A test names only what it is about.
 */
import type {
  ClockReading,
  HealthReport,
  InstanceFacts,
  ManagerFacts,
  NodeAnswer,
  NodeFacts,
  Observation,
  Row,
  RowReading,
  Snapshot,
  SyncFacts,
  TimelineHistory,
} from '../../src/domain/facts.js';
import type { Failure, FailureKind } from '../../src/domain/failure.js';
import type { Plan, PlannedInstance, PlannedNode, PlanTimes, RowRules } from '../../src/domain/plan.js';

/** The instant at which every default fact was seen, epoch milliseconds. */
export const NOW_MS = Date.UTC(2026, 10, 23, 3, 0, 0);
export const SYSTEM_IDENTIFIER = '7711436714004561126';
export const ENVIRONMENT = 'production';
/** WAL position of the default primary and of its standby. */
export const NOW_LSN = '0/5000060';
/** WAL position of the default snapshot, one minute earlier. */
export const SNAPSHOT_LSN = '0/5000000';

export const TIMELINE_1: TimelineHistory = { timeline: 1, switches: [] };
/** What the standby carries once it was promoted at the default position. */
export const TIMELINE_2: TimelineHistory = { timeline: 2, switches: [{ timeline: 1, endLsn: NOW_LSN }] };

const clock: ClockReading = { offsetMs: 0, errorMs: 1 };
const asynchronous: SyncFacts = { standbyNames: '', applicationCommit: 'on', inSync: [] };
const settings: Readonly<Record<string, number>> = { max_connections: 100, max_wal_senders: 10 };

/** Address under which the plan knows a node. */
export function hostOf(node: string): string {
  return `db-${node}.test`;
}

/** A fresh disengaged row. */
export function row(over: Partial<Row> = {}): Row {
  return { engaged: false, reason: '', updatedAtMs: NOW_MS - 30_000, ...over };
}

/** A fresh engaged row with a reason. */
export function engagedRow(over: Partial<Row> = {}): Row {
  return row({ engaged: true, reason: 'drawdown limit', ...over });
}

/** A reading that found the row. */
export function present(found: Row = row(), lsn: string = NOW_LSN): Extract<RowReading, { state: 'present' }> {
  return { state: 'present', row: found, lsn };
}

/** A failure of this kind with a text of its own. */
export function failure(kind: FailureKind, code?: string): Failure {
  return { kind, ...(code === undefined ? {} : { code }), text: `the call ended: ${kind}` };
}

const answer: NodeAnswer = {
  systemIdentifier: SYSTEM_IDENTIFIER,
  inRecovery: false,
  serverVersion: 180004,
  history: TIMELINE_1,
  receivedLsn: NOW_LSN,
  replayedLsn: NOW_LSN,
  replayPaused: false,
  applyDelayMs: 0,
  defaultReadOnly: false,
  clock,
  sync: asynchronous,
  settings,
  marker: ENVIRONMENT,
  row: present(),
  probe: { state: 'committed', lsn: NOW_LSN, tookMs: 8 },
  applicationSessions: 3,
};

/** A node out of recovery that commits. */
export function primaryFacts(node: string, over: Partial<NodeAnswer> = {}): NodeFacts {
  return { node, atMs: NOW_MS, answer: { ...answer, ...over } };
}

/** A standby that streams from `a` and has everything. */
export function standbyFacts(node: string, over: Partial<NodeAnswer> = {}): NodeFacts {
  return {
    node,
    atMs: NOW_MS,
    answer: {
      ...answer,
      inRecovery: true,
      lastReplayAtMs: NOW_MS - 500,
      walReceiver: {
        visible: true,
        status: 'streaming',
        receivedLsn: NOW_LSN,
        receivedTimeline: 1,
        lastMessageAtMs: NOW_MS - 500,
        upstream: `${hostOf('a')}:5432`,
      },
      probe: { state: 'not-tried', why: 'in recovery' },
      applicationSessions: 0,
      ...over,
    },
  };
}

/** A standby whose WAL receiver is gone: its primary closed the stream or died. */
export function orphanFacts(node: string, over: Partial<NodeAnswer> = {}): NodeFacts {
  return standbyFacts(node, { walReceiver: { visible: true }, ...over });
}

/** A node that did not answer. */
export function failedNode(node: string, kind: FailureKind = 'timeout', code?: string): NodeFacts {
  return { node, atMs: NOW_MS, failure: failure(kind, code) };
}

const ready: HealthReport = { shape: 'geosync', httpStatus: 200, storeOperational: true, ready: true, engaged: false, detail: '' };

/** An instance that is ready and says that its store is operational. */
export function instanceFacts(instance: string, health: Partial<HealthReport> = {}, over: Partial<InstanceFacts> = {}): InstanceFacts {
  return { instance, atMs: NOW_MS, health: { ...ready, ...health }, running: true, ...over };
}

/** An instance with the application's one body for every database trouble: refused, stale or quarantined. */
export function erringInstance(instance: string, over: Partial<InstanceFacts> = {}): InstanceFacts {
  const health: HealthReport = { shape: 'error-body', httpStatus: 500, ready: false, detail: 'ERR_INTERNAL Unexpected server error.' };
  return { instance, atMs: NOW_MS, health, running: true, ...over };
}

/** An instance that is unready because the switch is engaged. */
export function engagedInstance(instance: string, reason = 'drawdown limit'): InstanceFacts {
  return instanceFacts(instance, { httpStatus: 503, ready: false, engaged: true, reason, detail: reason });
}

/** An instance that did not answer; its platform says that it runs unless told otherwise. */
export function silentInstance(instance: string, kind: FailureKind = 'timeout', running: boolean | 'unknown' = true): InstanceFacts {
  return { instance, atMs: NOW_MS, failure: failure(kind), ...(running === 'unknown' ? {} : { running }) };
}

export const INSTANCES: readonly string[] = ['api-1', 'api-2', 'api-3'];

/** The same fact about each of the three instances. */
export function instances(build: (instance: string) => InstanceFacts): readonly InstanceFacts[] {
  return INSTANCES.map((instance) => build(instance));
}

/** One observation; by default everything is well. */
export function observation(over: Partial<Observation> = {}): Observation {
  return {
    atMs: NOW_MS,
    nodes: [primaryFacts('a'), standbyFacts('b')],
    instances: instances((name) => instanceFacts(name)),
    platform: { answered: true },
    config: { host: hostOf('a'), port: 5432, version: 'v1' },
    ...over,
  };
}

/** The lost primary of the runbook: refused, its standby orphaned, every instance erring. */
export function deadPrimaryObservation(over: Partial<Observation> = {}): Observation {
  return observation({
    nodes: [failedNode('a', 'refused', 'ECONNREFUSED'), orphanFacts('b')],
    instances: instances((name) => erringInstance(name)),
    ...over,
  });
}

/** What an HA manager says of a healthy cluster led by `a`. */
export function manager(over: Partial<ManagerFacts> = {}): ManagerFacts {
  return { answered: true, leader: 'a', dcsLost: false, paused: false, failoverInProgress: false, ...over };
}

/** The last credible snapshot, one minute old, with `a` as primary. */
export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    schema: 1,
    store: 'kill-switch',
    atMs: NOW_MS - 60_000,
    primary: 'a',
    systemIdentifier: SYSTEM_IDENTIFIER,
    history: TIMELINE_1,
    lsn: SNAPSHOT_LSN,
    row: present(row({ updatedAtMs: NOW_MS - 90_000 }), SNAPSHOT_LSN),
    sync: asynchronous,
    clocks: { a: clock, b: clock },
    settings,
    ...over,
  };
}

/** A planned node that may be promoted and can be fenced on its host. */
export function plannedNode(name: string, over: Partial<PlannedNode> = {}): PlannedNode {
  return { name, host: hostOf(name), port: 5432, candidate: true, fence: 'H', managed: false, ...over };
}

export const ROW_RULES: RowRules = { staleAfterMs: 300_000, futureToleranceMs: 5_000, reasonMaxLength: 512 };

/** The default durations of a plan. */
export function planTimes(over: Partial<PlanTimes> = {}): PlanTimes {
  return {
    holdOffMs: {},
    stalenessWindowMs: 300_000,
    observeEveryMs: 2_000,
    waitVerdictMs: 60_000,
    stopGraceMs: 30_000,
    stopLimitMs: 60_000,
    verifyBudgetMs: 60_000,
    verifyEveryMs: 1_000,
    pauseProofMs: 5_000,
    decisionTtlMs: 900_000,
    reopenMs: 30_000,
    leaseMs: 900_000,
    receiverStalledMs: 60_000,
    ...over,
  };
}

/** The part of a plan that the rules of this folder read. */
export type PlanPart = Pick<Plan, 'nodes' | 'instances' | 'rowRules' | 'environment' | 'expectedPrimary' | 'lastSnapshot' | 'times'>;

/** The plan's part for the default pair; a snapshot is there unless `lastSnapshot: undefined` is said. */
export function planPart(over: Partial<PlanPart> = {}): PlanPart {
  const planned: readonly PlannedInstance[] = INSTANCES.map((name) => ({ name }));
  return {
    nodes: [plannedNode('a'), plannedNode('b')],
    instances: planned,
    rowRules: ROW_RULES,
    environment: ENVIRONMENT,
    expectedPrimary: 'a',
    lastSnapshot: snapshot(),
    times: planTimes(),
    ...over,
  };
}

/** The context of `judge`: the plan's part and the nodes under a proven fence. */
export function planContext(
  over: Partial<PlanPart> = {},
  fenced: readonly string[] = [],
): { readonly plan: PlanPart; readonly fenced: readonly string[] } {
  return { plan: planPart(over), fenced };
}
