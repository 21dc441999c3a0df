import { HoldfastError } from '../../domain/errors.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { EffectResult } from '../../ports/cluster.js';
import type { CallScope } from '../../ports/scope.js';
import type { Session } from './connection.js';
import { withSession } from './connection.js';
import type { NodeConnector } from './connector.js';
import { WRITTEN_TIMELINE } from './node-state.js';
import { evidenceOf, PostgresFailure, toHoldfastError } from './postgres-failure.js';

/** Beyond pg_promote's own wait: enough for it to answer false. */
const MARGIN_MS = 1_500;

function refused(node: PlannedNode, why: string, evidence: Readonly<Record<string, string>> = {}): HoldfastError {
  return new HoldfastError('HF_PROMOTE_REFUSED', `Node ${node.name}: ${why}.`, { node: node.name, ...evidence });
}

function unknown(node: PlannedNode, why: string, evidence: Readonly<Record<string, string>> = {}): HoldfastError {
  return new HoldfastError('HF_PROMOTE_UNKNOWN', `Node ${node.name}: ${why}.`, { node: node.name, ...evidence });
}

/** Undefined while the node is a standby; else a sentence with its timeline. */
async function outOfRecovery(session: Session, node: PlannedNode): Promise<string | undefined> {
  const [row] = await session.query<{ timeline: number | null }>(
    `select case when pg_is_in_recovery() then null else ${WRITTEN_TIMELINE} end as timeline`,
  );
  if (row === undefined || row.timeline === null) return undefined;
  return `Node ${node.name} is out of recovery, on timeline ${row.timeline}.`;
}

/** What an error of `pg_promote` means. `57014` (cancelled, timed out) comes after the signal was sent. */
async function afterError(session: Session, node: PlannedNode, error: unknown): Promise<EffectResult> {
  if (!(error instanceof PostgresFailure)) throw error;
  const { failure, stage } = error;
  if (stage === 'not-sent') throw error;
  if (stage === 'unanswered' || failure.code === '57014') throw unknown(node, failure.text, evidenceOf(failure, node.name));
  // 55000: recovery is not in progress. Somebody was quicker than our first look.
  const already = failure.code === '55000' ? await outOfRecovery(session, node).catch(() => undefined) : undefined;
  if (already !== undefined) return { state: 'found-done', detail: already };
  throw refused(node, failure.text, evidenceOf(failure, node.name));
}

async function ask(session: Session, node: PlannedNode, promoteMs: number): Promise<EffectResult> {
  const already = await outOfRecovery(session, node);
  if (already !== undefined) return { state: 'found-done', detail: already };
  const seconds = Math.max(1, Math.floor(promoteMs / 1000));
  let answered: boolean;
  try {
    const [row] = await session.query<{ promoted: boolean }>('select pg_promote(true, $1) as promoted', [seconds]);
    answered = row?.promoted === true;
  } catch (error) {
    return await afterError(session, node, error);
  }
  // False is "not yet", not "no".
  if (!answered) throw unknown(node, `it did not leave recovery within ${seconds} s`, { seconds: String(seconds) });
  const done = await outOfRecovery(session, node).catch(() => undefined);
  if (done === undefined) throw unknown(node, 'it said that it was promoted, and could not be read back');
  return { state: 'done', detail: done };
}

/** Promotes exactly this node with `pg_promote`, once. Errors as the port states. */
export async function promoteNode(connector: NodeConnector, node: PlannedNode, scope: CallScope): Promise<EffectResult> {
  if (node.managed) throw refused(node, 'an HA manager or managed service owns promotion here; pg_promote would work against it');
  if (!node.candidate) throw refused(node, 'the configuration says that it must never be promoted');
  const { promoteMs, connectMs } = connector.limits;
  const request = connector.request(node, scope, { deadlineMs: connectMs + promoteMs + MARGIN_MS, statementMs: promoteMs + MARGIN_MS });
  try {
    return await withSession(request, (session) => ask(session, node, promoteMs));
  } catch (error) {
    throw toHoldfastError(error, node.name, 'read');
  }
}
