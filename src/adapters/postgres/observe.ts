import { HoldfastError } from '../../domain/errors.js';
import type { ClockReading, NodeAnswer, NodeFacts, ProbeResult } from '../../domain/facts.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { ObserveOptions } from '../../ports/cluster.js';
import type { ReadScope } from '../../ports/scope.js';
import type { Session } from './connection.js';
import { withSession } from './connection.js';
import type { NodeConnector } from './connector.js';
import type { NodeState } from './node-state.js';
import { readHistory, readNodeState } from './node-state.js';
import { PostgresFailure } from './postgres-failure.js';
import { probe } from './probe.js';
import { readRow } from './row-reading.js';

/** How long the cancelling of a blocked probe may take, second connection included. */
const CANCEL_MS = 1_000;

/** The node's clock against ours: a statement of its own, so that the round trip is short and the error bar small (S13). */
async function readClock(session: Session, scope: ReadScope): Promise<ClockReading> {
  const before = scope.now();
  const [row] = await session.query<{ nowMs: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"');
  const after = scope.now();
  const errorMs = (after - before) / 2;
  return { offsetMs: Math.round((row?.nowMs ?? Number.NaN) - (before + errorMs)), errorMs: Math.max(1, Math.ceil(errorMs)) };
}

/** Environment name of the marker; undefined when the schema or the right to read it is missing. */
async function readMarker(session: Session): Promise<string | undefined> {
  try {
    const [row] = await session.query<{ environment: string }>('select environment from holdfast.marker');
    return row?.environment;
  } catch (error) {
    if (error instanceof PostgresFailure && error.stage === 'answered') return undefined;
    throw error;
  }
}

function probeOf(
  session: Session,
  connector: NodeConnector,
  node: PlannedNode,
  state: NodeState,
  options: ObserveOptions,
  scope: ReadScope,
): Promise<ProbeResult> {
  if (!options.probe) return Promise.resolve({ state: 'not-tried', why: 'a probe was not asked for' });
  if (state.inRecovery) return Promise.resolve({ state: 'not-tried', why: 'a standby commits nothing' });
  const { limits, settings } = connector;
  return probe(session, {
    prober: settings.prober,
    applicationCommit: state.sync.applicationCommit,
    lockMs: limits.lockMs,
    probeMs: limits.probeMs,
    cancelBackend: (pid) =>
      withSession(connector.request(node, scope, { deadlineMs: CANCEL_MS }), async (second) => {
        await second.query('select pg_cancel_backend($1)', [pid]);
      }),
  });
}

async function ask(
  session: Session,
  connector: NodeConnector,
  node: PlannedNode,
  options: ObserveOptions,
  scope: ReadScope,
): Promise<NodeAnswer> {
  const { application } = connector.settings;
  const clock = await readClock(session, scope);
  const { timeline, lastReplayAtMs, walReceiver, ...state } = await readNodeState(session, application);
  const history = await readHistory(session, timeline);
  const marker = await readMarker(session);
  const row = await readRow(session, application.table);
  const probed = await probeOf(session, connector, node, { timeline, lastReplayAtMs, walReceiver, ...state }, options, scope);
  return {
    ...state,
    history,
    clock,
    row,
    probe: probed,
    ...(lastReplayAtMs === undefined ? {} : { lastReplayAtMs }),
    ...(walReceiver === undefined ? {} : { walReceiver }),
    ...(marker === undefined ? {} : { marker }),
  };
}

/**
 * Facts about one node. Whatever goes wrong with the node is the fact; only what is wrong with ourselves (HF_SECRET_UNRESOLVED) is thrown.
 */
export async function observeNode(
  connector: NodeConnector,
  node: PlannedNode,
  options: ObserveOptions,
  scope: ReadScope,
): Promise<NodeFacts> {
  const atMs = scope.now();
  try {
    const request = connector.request(node, scope, { deadlineMs: connector.limits.observeMs });
    return { node: node.name, atMs, answer: await withSession(request, (session) => ask(session, connector, node, options, scope)) };
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    if (error instanceof PostgresFailure) return { node: node.name, atMs, failure: error.failure };
    throw new HoldfastError('HF_INTERNAL', `While observing node ${node.name}.`, { node: node.name });
  }
}
