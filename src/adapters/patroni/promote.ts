import { HoldfastError } from '../../domain/errors.js';
import type { ErrorCode } from '../../domain/errors.js';
import type { ManagerFacts, NodeFacts } from '../../domain/facts.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { EffectResult } from '../../ports/cluster.js';
import type { CallScope } from '../../ports/scope.js';
import type { HttpOutcome } from '../shared/http.js';
import { readPostAnswer } from './post-answer.js';
import type { PatroniRest } from './rest.js';
import type { PatroniLimits, PatroniMember } from './settings.js';

/** What a promotion needs of its adapter. */
export interface Promoter {
  readonly rest: PatroniRest;
  readonly limits: PatroniLimits;
  readonly members: readonly PatroniMember[];
  /** SQL facts of one node: the only proof that it is primary. */
  sql(node: string, scope: CallScope): Promise<NodeFacts | undefined>;
  /** The manager’s facts as they are now. */
  manager(scope: CallScope): Promise<ManagerFacts>;
}

type Evidence = Readonly<Record<string, string>>;

function failed(code: ErrorCode, node: PlannedNode, why: string, evidence: Evidence = {}): HoldfastError {
  return new HoldfastError(code, `Node ${node.name}: ${why}.`, { node: node.name, ...evidence });
}

/** One look at the asked node, by SQL and by the manager. */
interface Look {
  readonly node: NodeFacts | undefined;
  readonly manager: ManagerFacts;
}

async function look(promoter: Promoter, node: PlannedNode, scope: CallScope): Promise<Look> {
  const [facts, manager] = await Promise.all([promoter.sql(node.name, scope), promoter.manager(scope)]);
  return { node: facts, manager };
}

/** The sentence when this node is primary by SQL and nobody else leads by the manager’s word; undefined otherwise. */
function leads(seen: Look, node: PlannedNode): string | undefined {
  const answer = seen.node?.answer;
  if (answer === undefined || answer.inRecovery) return undefined;
  const { leader } = seen.manager;
  if (leader !== undefined && leader !== node.name) return undefined;
  const listed = leader === node.name ? 'is Patroni’s leader' : 'Patroni lists no other leader';
  return `Node ${node.name} is out of recovery on timeline ${answer.history.timeline}, and ${listed}.`;
}

/** Refuses before anything is sent. */
function requireAskable(seen: Look, node: PlannedNode): void {
  const { manager } = seen;
  const failure = seen.node?.failure;
  if (seen.node?.answer === undefined) {
    const code = failure?.kind === 'tls' ? 'HF_NODE_TLS' : failure?.kind === 'auth' ? 'HF_NODE_AUTH' : 'HF_NODE_UNREACHABLE';
    throw failed(code, node, failure?.text ?? 'it did not answer', { kind: failure?.kind ?? 'other' });
  }
  if (!seen.node.answer.inRecovery) {
    throw failed('HF_PROMOTE_REFUSED', node, `it accepts writes, but Patroni’s leader is ${manager.leader}`, {
      rule: 'leader',
      leader: manager.leader ?? '',
    });
  }
  const member = manager.members?.find((each) => each.node === node.name);
  if (member?.answered !== true) {
    throw failed('HF_NODE_UNREACHABLE', node, `its Patroni does not answer (${member?.failure?.text ?? 'not configured'})`, {
      kind: member?.failure?.kind ?? 'other',
    });
  }
  if (manager.dcsLost) {
    throw failed('HF_PROMOTE_REFUSED', node, 'Patroni cannot reach its consensus store and can promote nobody', { rule: 'dcs-lost' });
  }
  if (member.neverLeads === true) throw failed('HF_PROMOTE_REFUSED', node, 'its tags say that it never leads', { rule: 'nofailover' });
}

/** Looks until the node leads, another one does, or the time is over. */
async function readBack(
  promoter: Promoter,
  node: PlannedNode,
  before: Look,
  limitMs: number,
  scope: CallScope,
): Promise<{ readonly done: string } | { readonly other: string } | undefined> {
  const endMs = scope.now() + limitMs;
  for (;;) {
    const seen = await look(promoter, node, scope);
    const done = leads(seen, node);
    if (done !== undefined) return { done };
    const { leader, leaderSource } = seen.manager;
    if (leader !== undefined && leaderSource === 'confirmed' && leader !== node.name && leader !== before.manager.leader) {
      const facts = await promoter.sql(leader, scope);
      if (facts?.answer?.inRecovery === false) return { other: leader };
    }
    if (scope.signal.aborted || scope.now() >= endMs) return undefined;
    await scope.sleep(promoter.limits.everyMs);
  }
}

/** The same, where neither a cancellation nor any other failure of looking may hide that the request was sent. */
function safeReadBack(...args: Parameters<typeof readBack>): ReturnType<typeof readBack> {
  return readBack(...args).catch(() => undefined);
}

/** What was asked and answered, as evidence for people. */
function evidenceOf(request: string, outcome: HttpOutcome, words: string): Evidence {
  return outcome.answer === undefined
    ? { request, kind: outcome.failure.kind }
    : { request, status: String(outcome.answer.status), answer: words };
}

/** Ends with the node promoted, or with the one error that says what is known. */
async function conclude(
  promoter: Promoter,
  node: PlannedNode,
  before: Look,
  request: string,
  outcome: HttpOutcome,
  scope: CallScope,
): Promise<EffectResult> {
  if (outcome.answer === undefined && !outcome.sent) {
    if (outcome.failure.kind === 'cancelled') throw failed('HF_CANCELLED', node, outcome.failure.text);
    throw failed('HF_NODE_UNREACHABLE', node, `its Patroni was not asked: ${outcome.failure.text}`, evidenceOf(request, outcome, ''));
  }
  const answer = outcome.answer === undefined ? { kind: 'unknown' as const, words: outcome.failure.text } : readPostAnswer(outcome.answer);
  const evidence = evidenceOf(request, outcome, answer.words);
  const certain = answer.kind === 'refused' || answer.kind === 'dropped';
  const seen = await safeReadBack(promoter, node, before, certain ? promoter.limits.refusedMs : promoter.limits.readBackMs, scope);
  if (seen !== undefined && 'done' in seen)
    return { state: certain ? 'found-done' : 'done', detail: `${seen.done} Patroni: ${answer.words}` };
  if (seen !== undefined) {
    throw failed('HF_PROMOTE_OTHER', node, `asked for, but ${seen.other} became primary (Patroni: ${answer.words})`, {
      ...evidence,
      promoted: seen.other,
    });
  }
  if (certain) throw failed('HF_PROMOTE_REFUSED', node, `Patroni answered ${outcome.answer?.status}: ${answer.words}`, evidence);
  const named = answer.kind === 'moved' ? answer.to : undefined;
  const other = promoter.members.find((each) => each.member === named)?.node ?? named;
  // Its words are believed for a refusal to go on, never for a success.
  if (other !== undefined && other !== node.name) {
    throw failed('HF_PROMOTE_OTHER', node, `asked for, but Patroni answered: ${answer.words}`, { ...evidence, promoted: other });
  }
  throw failed('HF_PROMOTE_UNKNOWN', node, `Patroni was asked (${request}) and it is not the primary yet: ${answer.words}`, evidence);
}

/**
 * Has Patroni promote exactly this node. Adopts first: a node that leads already is `found-done`. With a leader that speaks for itself it is a
 * switchover from that leader, else a failover; sent once, to the candidate’s own Patroni, then read back by SQL and by the list.
 * Errors as the port states, and HF_PROMOTE_OTHER when another node than the asked one became primary.
 */
export async function promoteByPatroni(promoter: Promoter, node: PlannedNode, scope: CallScope): Promise<EffectResult> {
  if (scope.signal.aborted) throw failed('HF_CANCELLED', node, 'cancelled before it was asked');
  if (!node.candidate)
    throw failed('HF_PROMOTE_REFUSED', node, 'the configuration says that it must never be promoted', { rule: 'candidate' });
  const before = await look(promoter, node, scope);
  if (scope.signal.aborted) throw failed('HF_CANCELLED', node, 'cancelled before it was asked');
  const already = leads(before, node);
  if (already !== undefined) return { state: 'found-done', detail: already };
  requireAskable(before, node);
  const target = promoter.members.find((each) => each.node === node.name);
  const memberOf = (name: string): string => before.manager.members?.find((each) => each.node === name)?.member ?? name;
  if (target === undefined) throw failed('HF_NODE_UNREACHABLE', node, 'no REST address of it is configured');
  const { leader, leaderSource } = before.manager;
  const candidate = memberOf(node.name);
  const from = leader !== undefined && leaderSource === 'confirmed' ? memberOf(leader) : undefined;
  const path = from === undefined ? 'failover' : 'switchover';
  const body = JSON.stringify(from === undefined ? { candidate } : { leader: from, candidate });
  const request = `POST /${path} ${body}`;
  const outcome = await promoter.rest.post(target, path, body, { timeoutMs: promoter.limits.requestMs }, scope);
  return conclude(promoter, node, before, request, outcome, scope);
}
