/** Arbitrary facts for property tests: every combination the rules could meet, the absurd ones included. */
import fc from 'fast-check';
import type {
  HealthReport,
  InstanceFacts,
  ManagerFacts,
  NodeAnswer,
  NodeFacts,
  Observation,
  RowReading,
  TimelineHistory,
} from '../../src/domain/facts.js';
import type { FailureKind } from '../../src/domain/failure.js';
import { formatLsn } from '../../src/domain/lsn.js';
import {
  engagedInstance,
  ENVIRONMENT,
  erringInstance,
  failedNode,
  hostOf,
  instanceFacts,
  INSTANCES,
  instances,
  NOW_MS,
  orphanFacts,
  primaryFacts,
  silentInstance,
  standbyFacts,
  SYSTEM_IDENTIFIER,
  TIMELINE_1,
  TIMELINE_2,
} from './build-facts.js';

const KINDS: readonly FailureKind[] = [
  'refused',
  'timeout',
  'unreachable',
  'tls',
  'auth',
  'starting',
  'too-many',
  'readonly',
  'missing',
  'invalid',
  'cancelled',
  'other',
];

export const anyFailure = fc.constantFrom(...KINDS).map((kind) => ({ kind, text: `ended: ${kind}` }));
export const anyLsn = fc.integer({ min: 0x4f00000, max: 0x5100000 }).map((value) => formatLsn(BigInt(value)));

export const anyHistory: fc.Arbitrary<TimelineHistory> = fc.constantFrom(
  TIMELINE_1,
  TIMELINE_2,
  { timeline: 2, switches: [{ timeline: 1, endLsn: '0/4FFFF00' }] },
  { timeline: 3, switches: [...TIMELINE_2.switches, { timeline: 2, endLsn: '0/5001000' }] },
);

const anyReading: fc.Arbitrary<RowReading> = fc.oneof(
  fc.record({
    state: fc.constant('present' as const),
    row: fc.record({
      engaged: fc.boolean(),
      reason: fc.constantFrom('', 'limit', 'x'.repeat(600), 'a\u0000b'),
      updatedAtMs: fc.constantFrom(NOW_MS - 30_000, NOW_MS - 400_000, NOW_MS + 60_000),
    }),
    lsn: anyLsn,
  }),
  fc.record({ state: fc.constantFrom('row-missing' as const, 'table-missing' as const), lsn: anyLsn }),
  fc.record({ state: fc.constant('unreadable' as const), failure: anyFailure }),
);

const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const anyReceiver = fc.record(
  {
    visible: fc.boolean(),
    status: fc.constantFrom('streaming', 'stopping'),
    receivedLsn: anyLsn,
    lastMessageAtMs: fc.constantFrom(NOW_MS - 500, NOW_MS - 90_000),
    upstream: fc.constantFrom(`${hostOf('a')}:5432`, `${hostOf('b')}:5432`),
  },
  { requiredKeys: ['visible'] },
);

const quiet = primaryFacts('a').answer!;

export const anyAnswer: fc.Arbitrary<NodeAnswer> = fc
  .record({
    systemIdentifier: fc.constantFrom(SYSTEM_IDENTIFIER, SYSTEM_IDENTIFIER, SYSTEM_IDENTIFIER, '1'),
    inRecovery: fc.boolean(),
    history: anyHistory,
    receivedLsn: anyLsn,
    replayedLsn: anyLsn,
    replayPaused: fc.boolean(),
    applyDelayMs: fc.constantFrom(0, 0, 60_000),
    defaultReadOnly: fc.boolean(),
    clock: fc.record({ offsetMs: fc.constantFrom(0, 3_000, -1_500), errorMs: fc.constantFrom(1, 200) }),
    sync: fc.record({
      standbyNames: fc.constantFrom('', 'b', 'ANY 1 (b, c)'),
      applicationCommit: fc.constantFrom('on', 'local'),
      inSync: fc.constantFrom([], ['b']),
    }),
    row: anyReading,
    probe: fc.oneof(
      fc.record({ state: fc.constant('committed' as const), lsn: anyLsn, tookMs: fc.constantFrom(5, 5_000) }),
      fc.record({ state: fc.constant('failed' as const), failure: anyFailure }),
      fc.record({ state: fc.constant('not-tried' as const), why: fc.constant('rehearsal') }),
    ),
    applicationSessions: fc.nat(3),
  })
  .chain((answer) =>
    fc
      .record({ marker: fc.constantFrom(ENVIRONMENT, ENVIRONMENT, 'staging', undefined), walReceiver: sometimes(anyReceiver) })
      .map(({ marker, walReceiver }) => {
        const { marker: _marker, ...rest } = quiet;
        return { ...rest, ...answer, ...(marker === undefined ? {} : { marker }), ...(walReceiver === undefined ? {} : { walReceiver }) };
      }),
  );

/** A node that answered or failed. */
export function anyNode(node: string): fc.Arbitrary<NodeFacts> {
  return fc.oneof(
    anyAnswer.map((answer) => ({ node, atMs: NOW_MS, answer })),
    anyFailure.map((failure) => ({ node, atMs: NOW_MS, failure })),
  );
}

const anyHealth: fc.Arbitrary<HealthReport> = fc.record(
  {
    shape: fc.constantFrom('geosync' as const, 'error-body' as const, 'unknown' as const),
    httpStatus: fc.constantFrom(200, 500, 503),
    ready: fc.boolean(),
    detail: fc.constant(''),
    storeOperational: fc.boolean(),
    engaged: fc.boolean(),
  },
  { requiredKeys: ['shape', 'httpStatus', 'ready', 'detail'] },
);

export function anyInstance(instance: string): fc.Arbitrary<InstanceFacts> {
  return fc
    .record({
      told: fc.oneof(
        anyHealth.map((health) => ({ health })),
        anyFailure.map((failure) => ({ failure })),
      ),
      running: fc.constantFrom(true, false, undefined),
    })
    .map(({ told, running }) => ({ instance, atMs: NOW_MS, ...told, ...(running === undefined ? {} : { running }) }));
}

const anyManager: fc.Arbitrary<ManagerFacts> = fc
  .record({
    answered: fc.boolean(),
    dcsLost: fc.boolean(),
    paused: fc.boolean(),
    failoverInProgress: fc.boolean(),
    leader: fc.constantFrom('a', 'b', undefined),
    leaderSource: fc.constantFrom('confirmed' as const, 'listed' as const, 'renewed' as const, 'claimed' as const),
    members: fc.constantFrom(undefined, [{ node: 'a', answered: true, failsafeActive: true }], [{ node: 'a', answered: false }]),
  })
  .map(({ leader, leaderSource, members, ...rest }) => ({
    ...rest,
    ...(leader === undefined ? {} : { leader, leaderSource }),
    ...(members === undefined ? {} : { members }),
  }));

/** Usual states beside any state: without them a property about healthy or dead primaries would hardly ever meet one. */
const mixedNodes = fc.tuple(
  fc.oneof(
    fc.constantFrom(primaryFacts('a'), primaryFacts('a'), failedNode('a', 'refused'), failedNode('a'), standbyFacts('a')),
    anyNode('a'),
    anyAnswer.map((answer) => primaryFacts('a', { row: answer.row })),
    anyAnswer.map((answer) => primaryFacts('a', { probe: answer.probe, sync: answer.sync })),
  ),
  fc.oneof(fc.constantFrom(standbyFacts('b'), orphanFacts('b'), primaryFacts('b', { history: TIMELINE_2 })), anyNode('b')),
  fc.oneof(fc.constantFrom(standbyFacts('c'), orphanFacts('c'), failedNode('c')), anyNode('c')),
);
const mixedInstances = fc.oneof(
  fc.constantFrom(
    instances((name) => instanceFacts(name)),
    instances((name) => erringInstance(name)),
    instances((name) => silentInstance(name)),
    instances((name) => engagedInstance(name)),
  ),
  fc.tuple(...INSTANCES.map((name) => anyInstance(name))),
);

/** Any observation of the nodes a, b and c. */
export const anyObservation: fc.Arbitrary<Observation> = fc
  .record({
    nodes: mixedNodes,
    told: mixedInstances,
    answered: fc.boolean(),
    config: sometimes(
      fc.record({ host: fc.constantFrom(hostOf('a'), hostOf('b'), 'vip.test'), port: fc.constant(5432), version: fc.constant('v1') }),
    ),
    manager: fc.option(anyManager, { nil: undefined, freq: 3 }),
  })
  .map(({ nodes, told, answered, config, manager }) => ({
    atMs: NOW_MS,
    nodes,
    instances: told,
    platform: { answered },
    ...(config === undefined ? {} : { config }),
    ...(manager === undefined ? {} : { manager }),
  }));
