/**
 * Predicates about an expected primary that cannot be reached. Silence is not evidence: each fail-over verdict needs an observer that
 * answered, and none of them matches while any unfenced node is out of recovery.
 */
import type { Failure, FailureKind } from '../failure.js';
import { failingInstances, operationalInstances, receiverWitnesses, type ReceiverWitness } from './witnesses.js';
import { mendedByManager } from './manager.js';
import { listed, type Scene } from './scene.js';

/** Kinds of failure that are silence. `cancelled` is our own doing and `refused` is an answer of the host. */
const SILENT: readonly FailureKind[] = ['timeout', 'unreachable', 'other'];

function isSilent(failure: Failure | undefined): boolean {
  return failure !== undefined && SILENT.includes(failure.kind);
}

/** The expected primary's failure, when it did not answer and nobody else is out of recovery. */
function lostExpected(scene: Scene): Failure | undefined {
  return scene.writable.length === 0 ? scene.expected?.failure : undefined;
}

/** Sentences of the receivers that speak against the primary; undefined when one speaks for it. */
function receiversAgainst(scene: Scene): readonly ReceiverWitness[] | undefined {
  const witnesses = receiverWitnesses(scene);
  return witnesses.some((each) => each.says === 'alive')
    ? undefined
    : witnesses.filter((each) => each.says === 'gone' || each.says === 'stalled');
}

function namesOf(items: readonly { readonly instance: string }[]): string {
  return listed(items.map((item) => item.instance));
}

/** Neither an instance nor the platform answered, and the expected primary did not either: we may be the ones cut off. */
export function observerIsolated(scene: Scene): string | undefined {
  const { instances, platform } = scene.observation;
  if (platform.answered || instances.some((each) => each.health !== undefined) || scene.expected?.answer !== undefined) return undefined;
  return `Neither ${scene.context.plan.expectedPrimary}, nor any of ${instances.length} instances, nor the platform answered; ${scene.answered.length} other nodes did. The observer may be cut off.`;
}

/**
 * Every node of the expected primary's site is silent while a node of another site answers, no instance can reach its store, a standby
 * elsewhere lost its stream, and a second observer of the site (another node, or an instance its platform does not see running) is
 * silent too. Needs sites in the plan.
 */
export function siteLost(scene: Scene): string | undefined {
  const { nodes, expectedPrimary } = scene.context.plan;
  const site = nodes.find((node) => node.name === expectedPrimary)?.site;
  if (site === undefined || scene.writable.length > 0 || operationalInstances(scene).length > 0) return undefined;
  const here = nodes.filter((node) => node.site === site).map((node) => node.name);
  const silent = here.filter((name) => isSilent(scene.observation.nodes.find((facts) => facts.node === name)?.failure));
  const elsewhere = scene.answered.filter((node) => node.planned?.site !== undefined && node.planned.site !== site);
  const unseen = scene.observation.instances.filter((each) => isSilent(each.failure) && each.running !== true);
  const against = receiversAgainst(scene);
  if (
    silent.length !== here.length ||
    elsewhere.length === 0 ||
    silent.length + unseen.length < 2 ||
    against === undefined ||
    against.length === 0
  )
    return undefined;
  return `Site ${site} is silent: all of ${listed(here)} and ${unseen.length} instances; ${listed(elsewhere.map((node) => node.name))} of another site answers and ${listed(against.map((each) => each.sentence))}.`;
}

/**
 * Positive evidence of death: the host refuses the connection, no instance reports its store operational, and a second observer agrees
 * (a standby's stream is gone or stalled, or an instance says that its store fails). A stream that is merely open and idle speaks for
 * neither: a listener that refuses us alone would look the same. A server whose HA agent is about to start it again is not dead.
 */
export function primaryDead(scene: Scene): string | undefined {
  const failure = lostExpected(scene);
  const against = receiversAgainst(scene);
  if (failure?.kind !== 'refused' || operationalInstances(scene).length > 0 || against === undefined) return undefined;
  if (mendedByManager(scene) !== undefined) return undefined;
  const failing = failingInstances(scene);
  if (against.length === 0 && failing.length === 0) return undefined;
  const agreed = [...against.map((each) => each.sentence), ...(failing.length === 0 ? [] : [`${namesOf(failing)} cannot reach the store`])];
  return `${scene.context.plan.expectedPrimary} refuses connections (${failure.text}); ${listed(agreed)}; no instance reports its store operational.`;
}

/**
 * The HA manager has no leader; or, for a primary that accepts and never answers, or a host that is gone without a word: it is silent to
 * us, an instance says that its store fails (or hangs while its platform sees it running), a standby's stream is gone or stalled, and
 * nobody speaks for life. Two observers besides ourselves, hence the longer hold-off.
 */
export function primaryLost(scene: Scene): string | undefined {
  const { manager } = scene.observation;
  const { expectedPrimary } = scene.context.plan;
  const failure = lostExpected(scene);
  if (failure === undefined || operationalInstances(scene).length > 0) return undefined;
  const against = receiversAgainst(scene);
  if (against === undefined) return undefined;
  if (manager?.answered === true && manager.leader === undefined && !manager.dcsLost) {
    const act = manager.paused ? ' and is paused, so it elects nobody' : '';
    return `The HA manager has no leader${act}, and ${expectedPrimary} does not answer (${failure.kind}).`;
  }
  const failing = failingInstances(scene);
  if (!isSilent(failure) || failing.length === 0 || against.length === 0) return undefined;
  return `${expectedPrimary} is silent (${failure.kind}), ${namesOf(failing)} cannot reach the store, and ${listed(against.map((each) => each.sentence))}.`;
}

/**
 * The expected primary does not answer us, but somebody else is served by it: an instance, a standby whose receiver advances, or the HA
 * manager’s consensus store, where its lock goes on being renewed although its agent does not answer us either.
 */
export function primaryUnreachableFromHere(scene: Scene): string | undefined {
  const failure = lostExpected(scene);
  if (failure === undefined || !(isSilent(failure) || failure.kind === 'refused')) return undefined;
  const operational = operationalInstances(scene);
  const alive = receiverWitnesses(scene).filter((each) => each.says === 'alive');
  const { manager } = scene.observation;
  const renewed = manager?.leader === scene.context.plan.expectedPrimary && manager.leaderSource === 'renewed';
  if (operational.length === 0 && alive.length === 0 && !renewed) return undefined;
  const words = [
    ...(operational.length === 0 ? [] : [`${namesOf(operational)} report the store operational`]),
    ...alive.map((each) => each.sentence),
    ...(renewed ? ['its lock at the HA manager goes on being renewed'] : []),
  ];
  return `${scene.context.plan.expectedPrimary} does not answer us (${failure.kind}), but it lives for others: ${listed(words)}.`;
}

/**
 * The expected primary is starting, or came back in recovery, or its HA agent is about to start it again, and no other node took its place.
 */
export function primaryRecovering(scene: Scene): string | undefined {
  if (scene.writable.length > 0) return undefined;
  const { expectedPrimary } = scene.context.plan;
  if (scene.expected?.failure?.kind === 'starting') return `${expectedPrimary} is starting or recovering (${scene.expected.failure.text}).`;
  if (scene.expected?.answer?.inRecovery === true)
    return `${expectedPrimary} answers in recovery at ${scene.expected.answer.replayedLsn}, and no node is out of recovery.`;
  const member = scene.expected?.failure?.kind === 'refused' ? mendedByManager(scene) : undefined;
  if (member !== undefined)
    return `${expectedPrimary} refuses connections; its HA agent answers (its server: ${member.state ?? 'not said'}) and holds the leader’s lock: it starts the server again by itself, or gives the lock up.`;
  return undefined;
}
