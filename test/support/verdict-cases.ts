/** One observation for each way a verdict comes up: the table of `verdict.test.ts`. */
import type { NodeAnswer, NodeFacts, Observation, TimelineHistory } from '../../src/domain/facts.js';
import {
  deadPrimaryObservation,
  engagedInstance,
  engagedRow,
  erringInstance,
  failedNode,
  failure,
  hostOf,
  instanceFacts,
  instances,
  manager,
  NOW_MS,
  observation,
  orphanFacts,
  planContext,
  plannedNode,
  present,
  primaryFacts,
  row,
  silentInstance,
  snapshot,
  standbyFacts,
  TIMELINE_2,
} from './build-facts.js';
import { MANAGER_CASES } from './manager-cases.js';
import type { VerdictCase } from './verdict-case.js';

const probeFailed = (kind: Parameters<typeof failure>[0], code?: string) => ({
  probe: { state: 'failed' as const, failure: failure(kind, code) },
});
const erring = instances((name) => erringInstance(name));
const hung = instances((name) => silentInstance(name));
const streaming = standbyFacts('b').answer!.walReceiver!;
const stalled = standbyFacts('b', { walReceiver: { ...streaming, lastMessageAtMs: NOW_MS - 61_000 } });
const blind = standbyFacts('b', { walReceiver: { visible: false } });
const sync = { standbyNames: 'b', applicationCommit: 'on', inSync: [] };
const forked: TimelineHistory = { timeline: 2, switches: [{ timeline: 1, endLsn: '0/4000000' }] };
const sites = { nodes: [plannedNode('a', { site: 'one' }), plannedNode('b', { site: 'two' })] };
const moved = [failedNode('a', 'refused'), primaryFacts('b', { history: TIMELINE_2 })];
const pointedAtB = { config: { host: hostOf('b'), port: 5432, version: 'v1' } };
const throughName = { config: { host: 'vip.test', port: 5432, version: 'v1' } };
const engaged = primaryFacts('a', { row: present(engagedRow()) });

/** Everything well but for the primary's own answer. */
const primary = (over: Partial<NodeAnswer>): Observation => observation({ nodes: [primaryFacts('a', over)] });
/** The runbook's lost primary with these nodes. */
const dead = (...nodes: readonly NodeFacts[]): Observation => deadPrimaryObservation({ nodes });

export const VERDICT_CASES: readonly VerdictCase[] = [
  ['two primaries', observation({ nodes: [primaryFacts('a'), primaryFacts('b', { history: TIMELINE_2 })] }), 'split-brain'],
  ['two primaries of one timeline', observation({ nodes: [primaryFacts('a'), primaryFacts('b')] }), 'split-brain'],
  [
    'two primaries, the old one fenced',
    observation({ nodes: [primaryFacts('a'), primaryFacts('b', { history: TIMELINE_2 })] }),
    'already-moved',
    planContext({}, ['a']),
  ],
  [
    'a forked primary',
    observation({ nodes: [failedNode('a'), primaryFacts('b', { history: { timeline: 3, switches: [{ timeline: 2, endLsn: '0/1' }] } })] }),
    'fork',
  ],
  [
    'an old primary on a timeline that was left',
    observation({ nodes: [primaryFacts('a'), failedNode('b')] }),
    'fork',
    planContext({ expectedPrimary: 'b', lastSnapshot: snapshot({ primary: 'b', history: TIMELINE_2, lsn: '0/6000000' }) }),
  ],
  [
    'one number, two histories',
    deadPrimaryObservation({
      nodes: [failedNode('a', 'refused'), orphanFacts('b', { history: TIMELINE_2 }), orphanFacts('c', { history: forked })],
    }),
    'fork',
    planContext({ lastSnapshot: undefined }),
  ],
  [
    'nobody answers',
    observation({ nodes: [failedNode('a'), failedNode('b')], instances: hung, platform: { answered: false } }),
    'observer-isolated',
  ],
  [
    'only a standby answers',
    observation({ nodes: [failedNode('a', 'refused'), orphanFacts('b')], instances: hung, platform: { answered: false } }),
    'observer-isolated',
  ],
  ['consensus store lost', observation({ nodes: [standbyFacts('a'), standbyFacts('b')], manager: manager({ dcsLost: true }) }), 'dcs-lost'],
  ['manager at work', deadPrimaryObservation({ manager: manager({ failoverInProgress: true }) }), 'failover-in-progress'],
  ...MANAGER_CASES,
  ['somebody promoted b', observation({ nodes: moved, instances: erring }), 'already-moved'],
  [
    'b was promoted and a follows it, no snapshot',
    observation({ nodes: [standbyFacts('a', { history: TIMELINE_2 }), primaryFacts('b', { history: TIMELINE_2 })] }),
    'already-moved',
    planContext({ lastSnapshot: undefined }),
  ],
  ['b is out of recovery without a promotion', observation({ nodes: [failedNode('a'), primaryFacts('b')] }), 'inconclusive'],
  [
    'b was promoted and does not commit',
    observation({ nodes: [failedNode('a'), primaryFacts('b', { history: TIMELINE_2, ...probeFailed('timeout') })] }),
    'primary-slow',
  ],
  ['another system identifier', primary({ systemIdentifier: '1' }), 'wrong-database'],
  [
    'another system identifier, no snapshot',
    observation({ nodes: [primaryFacts('a', { systemIdentifier: '1' }), standbyFacts('b')] }),
    'wrong-database',
    planContext({ lastSnapshot: undefined }),
  ],
  ['another marker', primary({ marker: 'staging' }), 'wrong-database'],
  ['table lost', primary({ row: { state: 'table-missing', lsn: '0/1' } }), 'table-missing'],
  ['row lost', primary({ row: { state: 'row-missing', lsn: '0/1' } }), 'row-missing'],
  [
    'row lost on a standby only',
    observation({ nodes: [primaryFacts('a'), standbyFacts('b', { row: { state: 'row-missing', lsn: '0/1' } })] }),
    'healthy',
  ],
  ['row from the future', primary({ row: present(row({ updatedAtMs: NOW_MS + 60_000 })) }), 'row-invalid'],
  ['row that cannot be understood', primary({ row: { state: 'unreadable', failure: failure('invalid') } }), 'row-invalid'],
  [
    'row too old',
    observation({ nodes: [primaryFacts('a', { row: present(row({ updatedAtMs: NOW_MS - 400_000 })) })], instances: erring }),
    'row-stale',
  ],
  [
    'row too old by the worker, fresh by the node',
    primary({ row: present(row({ updatedAtMs: NOW_MS - 301_000 })), clock: { offsetMs: -1_500, errorMs: 5 } }),
    'healthy',
  ],
  [
    'site silent with its instances',
    observation({
      nodes: [failedNode('a'), orphanFacts('b')],
      instances: instances((name) => silentInstance(name, 'unreachable', 'unknown')),
    }),
    'site-lost',
    planContext(sites),
  ],
  [
    'site silent, an instance operational',
    observation({
      nodes: [failedNode('a'), orphanFacts('b')],
      instances: [silentInstance('api-1', 'unreachable', 'unknown'), instanceFacts('api-2')],
    }),
    'primary-unreachable-from-here',
    planContext(sites),
  ],
  ['killed', deadPrimaryObservation(), 'primary-dead'],
  [
    'killed, and nobody but the standby saw it',
    deadPrimaryObservation({ instances: instances((name) => silentInstance(name, 'refused', false)) }),
    'primary-dead',
  ],
  ['killed, blind standby, instances saw it', dead(failedNode('a', 'refused'), blind), 'primary-dead'],
  ['refuses us alone', deadPrimaryObservation({ instances: instances((name) => instanceFacts(name)) }), 'primary-unreachable-from-here'],
  [
    'refuses, nobody agrees',
    deadPrimaryObservation({
      nodes: [failedNode('a', 'refused'), blind],
      instances: instances((name) => silentInstance(name, 'refused', false)),
    }),
    'inconclusive',
  ],
  [
    'refuses, the stream stays open, nobody agrees',
    deadPrimaryObservation({ nodes: [failedNode('a', 'refused'), standbyFacts('b')], instances: [] }),
    'inconclusive',
  ],
  ['frozen: hung instances, stalled stream', observation({ nodes: [failedNode('a'), stalled], instances: hung }), 'primary-lost'],
  ['frozen, stream only open', observation({ nodes: [failedNode('a'), standbyFacts('b')], instances: hung }), 'inconclusive'],
  ['frozen, stream timed out', observation({ nodes: [failedNode('a'), orphanFacts('b')], instances: hung }), 'primary-lost'],
  [
    'silent host, instances erring',
    observation({ nodes: [failedNode('a', 'unreachable'), orphanFacts('b')], instances: erring }),
    'primary-lost',
  ],
  [
    'silent, but cascaded standby',
    observation({
      nodes: [failedNode('a'), standbyFacts('b', { walReceiver: { ...streaming, lastMessageAtMs: 0, upstream: `${hostOf('c')}:5432` } })],
      instances: hung,
    }),
    'inconclusive',
    planContext({ nodes: [plannedNode('a'), plannedNode('b'), plannedNode('c')] }),
  ],
  ['silent to everybody: silence alone', observation({ nodes: [failedNode('a'), failedNode('b')], instances: hung }), 'inconclusive'],
  [
    'no leader',
    observation({
      nodes: [failedNode('a'), blind],
      instances: [],
      manager: { answered: true, dcsLost: false, paused: false, failoverInProgress: false },
    }),
    'primary-lost',
  ],
  [
    'silent to us, operational for instances',
    observation({ nodes: [failedNode('a'), standbyFacts('b')] }),
    'primary-unreachable-from-here',
  ],
  [
    'silent to us, the stream advances',
    observation({ nodes: [failedNode('a'), standbyFacts('b')], instances: erring }),
    'primary-unreachable-from-here',
    {
      ...planContext(),
      previous: observation({ nodes: [failedNode('a'), standbyFacts('b', { walReceiver: { ...streaming, receivedLsn: '0/5000000' } })] }),
    },
  ],
  ['starting', dead(failedNode('a', 'starting', '57P03'), orphanFacts('b')), 'primary-recovering'],
  ['came back in recovery', dead(standbyFacts('a'), orphanFacts('b')), 'primary-recovering'],
  ['refuses writes', primary(probeFailed('readonly', '25006')), 'primary-readonly'],
  ['read-only by default', primary({ defaultReadOnly: true }), 'primary-readonly'],
  ['waits for a lost synchronous standby', primary({ ...probeFailed('timeout'), sync }), 'commit-blocked'],
  [
    'its synchronous standby hangs',
    primary({ ...probeFailed('timeout', 'commit-blocked'), sync: { ...sync, inSync: ['b'] } }),
    'commit-blocked',
  ],
  ['no probe table', primary(probeFailed('missing', '42P01')), 'access-failed'],
  [
    'slots used up',
    observation({ nodes: [failedNode('a', 'too-many', '53300'), standbyFacts('b')], instances: erring }),
    'connections-exhausted',
  ],
  ['commits after 3 s', primary({ probe: { state: 'committed', lsn: '0/1', tookMs: 3_000 } }), 'primary-slow'],
  [
    'does not commit in time, a standby is in sync',
    primary({ ...probeFailed('timeout'), sync: { ...sync, inSync: ['b'] } }),
    'primary-slow',
  ],
  ['disk full', primary(probeFailed('other', '53100')), 'primary-full'],
  ['disk error', primary(probeFailed('other', '58030')), 'primary-full'],
  ['our certificate expired', observation({ nodes: [failedNode('a', 'tls'), failedNode('b', 'tls')] }), 'access-failed'],
  ['our grant is gone', primary({ row: { state: 'unreadable', failure: failure('auth', '42501') } }), 'access-failed'],
  ['pointed at the standby, all say well', observation(pointedAtB), 'path-fault'],
  [
    'the name leads nowhere',
    observation({ ...throughName, nodes: [primaryFacts('a', { applicationSessions: 0 })], instances: erring }),
    'path-fault',
  ],
  ['the name leads to the primary, all well', observation(throughName), 'healthy'],
  [
    'the name leads to the primary, one quarantined',
    observation({ ...throughName, instances: [erringInstance('api-1'), instanceFacts('api-2'), instanceFacts('api-3')] }),
    'instances-quarantined',
  ],
  ['quarantined', observation({ instances: erring }), 'instances-quarantined'],
  [
    'one does not run',
    observation({ instances: [silentInstance('api-1', 'refused', false), instanceFacts('api-2'), instanceFacts('api-3')] }),
    'application-only',
  ],
  ['one was not seen', observation({ instances: [instanceFacts('api-1'), instanceFacts('api-2')] }), 'application-only'],
  [
    'one says engaged, the row does not',
    observation({ instances: [engagedInstance('api-1'), instanceFacts('api-2'), instanceFacts('api-3')] }),
    'application-only',
  ],
  [
    'engaged, and one instance on a fallback says it is not',
    observation({ nodes: [engaged], instances: [instanceFacts('api-1'), engagedInstance('api-2'), engagedInstance('api-3')] }),
    'application-only',
  ],
  [
    'engaged',
    observation({ nodes: [engaged, standbyFacts('b')], instances: instances((name) => engagedInstance(name)) }),
    'switch-engaged',
  ],
  ['well', observation(), 'healthy'],
  ['well, standby down', observation({ nodes: [primaryFacts('a'), failedNode('b', 'refused')] }), 'healthy'],
  ['well, but no write was tried', primary({ probe: { state: 'not-tried', why: 'no table' } }), 'inconclusive'],
  [
    'rehearsal: no write was tried',
    primary({ probe: { state: 'not-tried', why: 'rehearsal' } }),
    'healthy',
    { ...planContext(), withoutProbe: true },
  ],
  [
    'about to be stale',
    primary({ row: present(row({ updatedAtMs: NOW_MS - 299_900 })), clock: { offsetMs: 0, errorMs: 300 } }),
    'inconclusive',
  ],
  ['cancelled look', observation({ nodes: [failedNode('a', 'cancelled'), orphanFacts('b')], instances: erring }), 'inconclusive'],
];
