import { HoldfastError } from '../../../src/domain/errors.js';
import type { NodeAnswer, NodeFacts, ProbeResult, RowReading, WalReceiver } from '../../../src/domain/facts.js';
import type { PlannedNode } from '../../../src/domain/plan.js';
import type { ClusterPort, EffectResult } from '../../../src/ports/cluster.js';
import type { CallScope } from '../../../src/ports/scope.js';
import { linkedUpstream, lsnOf, lsnText, rowOn } from '../world/log.js';
import { isCommitBlocked, promoteNode, readLsn, synchronousStandbys } from '../world/nodes.js';
import type { World, WorldNode } from '../world/types.js';
import { managerFactsOf, promoteByManager } from './manager.js';
import { perform } from './perform.js';
import { connectFailure, nodeError, reachNode, worldNode } from './reach-node.js';

/** Standbys notice a dead link after `wal_receiver_timeout`; until then the receiver still says `streaming`. */
const RECEIVER_TIMEOUT_MS = 60_000;

/** The row as a reader of this node gets it. */
export function readRow(world: World, node: WorldNode): RowReading {
  const row = rowOn(node);
  const lsn = lsnText(readLsn(world, node));
  if (row.state !== 'present') return { state: row.state, lsn };
  return { state: 'present', row: { engaged: row.engaged, reason: row.reason, updatedAtMs: row.updatedAtMs }, lsn };
}

function receiver(world: World, node: WorldNode): WalReceiver | undefined {
  if (!node.inRecovery) return undefined;
  const upstream = world.nodes.get(node.upstream ?? '');
  const silentMs = world.clock.now() - node.lastLinkAtMs;
  const linked = linkedUpstream(world, node) !== undefined;
  const stale = upstream?.process === 'frozen' && silentMs < RECEIVER_TIMEOUT_MS;
  if (upstream === undefined || (!linked && !stale)) return { visible: true };
  return {
    visible: true,
    status: 'streaming',
    receivedLsn: lsnText(node.receivedLsn),
    receivedTimeline: node.timeline,
    lastMessageAtMs: node.lastLinkAtMs,
    upstream: `${upstream.host}:${upstream.port}`,
  };
}

function probe(world: World, node: WorldNode, wanted: boolean): ProbeResult {
  if (!wanted) return { state: 'not-tried', why: 'not asked' };
  if (node.inRecovery) return { state: 'not-tried', why: `${node.name} is in recovery` };
  if (node.readOnly)
    return {
      state: 'failed',
      failure: { kind: 'readonly', code: '25006', text: `${node.name}: cannot execute INSERT in a read-only transaction` },
    };
  if (isCommitBlocked(world, node)) {
    return { state: 'failed', failure: { kind: 'timeout', code: '57014', text: `${node.name}: commit waits for a synchronous standby` } };
  }
  return { state: 'committed', lsn: lsnText(lsnOf(world, node)), tookMs: 3 };
}

function answerOf(world: World, node: WorldNode, wanted: boolean): NodeAnswer {
  const walReceiver = receiver(world, node);
  const received = lsnText(lsnOf(world, node));
  return {
    systemIdentifier: node.systemIdentifier,
    inRecovery: node.inRecovery,
    serverVersion: 170_004,
    history: { timeline: node.timeline, switches: node.switches.map((s) => ({ timeline: s.timeline, endLsn: lsnText(s.endLsn) })) },
    receivedLsn: received,
    replayedLsn: node.inRecovery ? lsnText(node.replayedLsn) : received,
    replayPaused: node.replayPaused,
    applyDelayMs: 0,
    ...(walReceiver === undefined ? {} : { walReceiver }),
    defaultReadOnly: node.readOnly,
    clock: { offsetMs: node.clockOffsetMs, errorMs: 2 },
    sync: { standbyNames: node.syncNames, applicationCommit: 'on', inSync: synchronousStandbys(world, node) },
    settings: node.settings,
    ...(node.marker === undefined ? {} : { marker: node.marker }),
    row: readRow(world, node),
    probe: probe(world, node, wanted),
    applicationSessions: [...world.instances.values()].filter((i) => i.target === node.name).length,
  };
}

async function promote(world: World, planned: PlannedNode, scope: CallScope): Promise<EffectResult> {
  const unknown = (): HoldfastError =>
    new HoldfastError('HF_PROMOTE_UNKNOWN', `${planned.name} did not answer in 2 s.`, {
      rule: 'promotion is sent once',
      node: planned.name,
      limitMs: '2000',
    });
  if (planned.managed || !planned.candidate) {
    throw new HoldfastError('HF_PROMOTE_REFUSED', `${planned.name} is ${planned.managed ? 'managed by something else' : 'no candidate'}.`, {
      rule: 'candidate',
      node: planned.name,
    });
  }
  return perform(world, scope, {
    call: 'cluster.promote',
    target: planned.name,
    effect: true,
    reach: () => reachNode(world, planned),
    refused: () =>
      connectFailure(world, planned) === undefined
        ? new HoldfastError('HF_PROMOTE_REFUSED', `${planned.name} said no.`, { rule: 'pg_promote must be accepted', node: planned.name })
        : nodeError(world, planned),
    silent: unknown,
    act: async (askedAtMs) => {
      const node = worldNode(world, planned);
      const said = promoteNode(world, node.name, 'holdfast', scope.key, askedAtMs);
      if (said === 'already') return { state: 'found-done', detail: `${node.name} is out of recovery on timeline ${node.timeline}` };
      const limitMs = world.clock.now() + 5_000;
      while (node.inRecovery && world.clock.now() < limitMs) await world.clock.sleep(100);
      if (node.inRecovery) throw unknown();
      return { state: 'done', detail: `${node.name} is out of recovery on timeline ${node.timeline}` };
    },
  });
}

/** The cluster of a world. */
export function createFakeCluster(world: World): ClusterPort {
  return {
    kind: 'world',
    promoteClass: 'read-back',
    settleMs: world.manager === undefined ? 5_000 : world.manager.ttlMs + 10_000,
    async observe(nodes, options, scope) {
      const look = async (planned: PlannedNode): Promise<NodeFacts> => {
        const failed = (): NodeFacts => ({
          node: planned.name,
          atMs: world.clock.now(),
          failure: connectFailure(world, planned) ?? { kind: 'timeout', code: 'ETIMEDOUT', text: `${planned.name} did not answer in 2 s` },
        });
        try {
          return await perform(world, scope, {
            call: 'cluster.observe',
            effect: false,
            reach: () => reachNode(world, planned),
            refused: () => nodeError(world, planned),
            silent: () => nodeError(world, planned),
            act: () => ({ node: planned.name, atMs: world.clock.now(), answer: answerOf(world, worldNode(world, planned), options.probe) }),
          });
        } catch (error) {
          if (scope.signal.aborted) throw error;
          return failed();
        }
      };
      return Promise.all(nodes.map(look));
    },
    manager: () => Promise.resolve(managerFactsOf(world)),
    promote: (node, scope) => (world.manager === undefined ? promote(world, node, scope) : promoteByManager(world, node, scope)),
  };
}
