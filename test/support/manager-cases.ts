/** Observations with an HA manager: part of the table of `verdict.test.ts`. */
import {
  deadPrimaryObservation,
  failedNode,
  failure,
  manager,
  NOW_MS,
  observation,
  orphanFacts,
  primaryFacts,
  standbyFacts,
} from './build-facts.js';
import type { VerdictCase } from './verdict-case.js';

const blind = standbyFacts('b', { walReceiver: { visible: false } });
const agentDead = [
  { node: 'a', answered: false, failure: failure('refused') },
  { node: 'b', answered: true, role: 'replica' as const },
];
/** The agent holds the lock and answers while its server is gone. */
const agentMends = [
  { node: 'a', answered: true, seesDcs: true, state: 'starting' },
  { node: 'b', answered: true, seesDcs: true, role: 'replica' as const },
];
const leaderless = { answered: true, dcsLost: false, paused: false, failoverInProgress: false };

/** The cases. */
export const MANAGER_CASES: readonly VerdictCase[] = [
  [
    'consensus store lost, the primary not yet demoted',
    observation({ manager: manager({ dcsLost: true, leaderSource: 'claimed' }) }),
    'dcs-lost',
  ],
  [
    'consensus store lost, failsafe: the primary goes on and commits',
    observation({
      manager: manager({ dcsLost: true, leaderSource: 'claimed', members: [{ node: 'a', answered: true, failsafeActive: true }] }),
    }),
    'healthy',
  ],
  [
    'failsafe, but nothing was committed',
    observation({
      nodes: [primaryFacts('a', { probe: { state: 'failed', failure: failure('timeout') } }), standbyFacts('b')],
      manager: manager({ dcsLost: true, members: [{ node: 'a', answered: true, failsafeActive: true }] }),
    }),
    'dcs-lost',
  ],
  [
    'the leader’s host is lost and its lock not yet',
    deadPrimaryObservation({
      manager: manager({ leaderSource: 'listed', failoverInProgress: true, actsByItselfBeforeMs: NOW_MS + 30_000, members: agentDead }),
    }),
    'failover-in-progress',
  ],
  [
    'the leader’s agent is dead and its primary lives: a second one is near',
    observation({ manager: manager({ leaderSource: 'listed', failoverInProgress: true, members: agentDead }) }),
    'failover-in-progress',
  ],
  [
    'only the server died: its agent holds the lock and starts it again',
    deadPrimaryObservation({ manager: manager({ leaderSource: 'listed', members: agentMends }) }),
    'primary-recovering',
  ],
  [
    'only the server died, and its agent still takes it for running',
    deadPrimaryObservation({ manager: manager({ leaderSource: 'confirmed', members: agentMends }) }),
    'primary-recovering',
  ],
  [
    'only the server died, and a paused manager starts nothing',
    deadPrimaryObservation({ manager: manager({ leaderSource: 'listed', paused: true, members: agentMends }) }),
    'primary-dead',
  ],
  [
    'only the server died, and its agent cannot reach the consensus store',
    deadPrimaryObservation({
      manager: manager({ leaderSource: 'listed', members: agentMends.map((each) => ({ ...each, seesDcs: each.node !== 'a' })) }),
    }),
    'primary-dead',
  ],
  [
    'the manager is paused and its leader gone: nobody else acts',
    deadPrimaryObservation({ nodes: [failedNode('a'), orphanFacts('b')], manager: { ...leaderless, paused: true } }),
    'primary-lost',
  ],
  ['the manager found nobody to elect', deadPrimaryObservation({ nodes: [failedNode('a'), blind], manager: leaderless }), 'primary-lost'],
  [
    'silent to us, and its lock goes on being renewed',
    observation({ nodes: [failedNode('a'), blind], instances: [], manager: manager({ leaderSource: 'renewed' }) }),
    'primary-unreachable-from-here',
  ],
  [
    'silent to us, and its lock merely not yet expired',
    observation({ nodes: [failedNode('a'), blind], instances: [], manager: manager({ leaderSource: 'listed', paused: true }) }),
    'inconclusive',
  ],
];
