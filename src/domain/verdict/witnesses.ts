/**
 * Other observers of the primary: the standbys' WAL receivers and the application's instances. Each can speak for life or for death;
 * one that did not answer speaks for neither (design §2, step 1).
 */
import { formatDuration } from '../duration.js';
import type { InstanceFacts, NodeAnswer } from '../facts.js';
import { compareLsn } from '../lsn.js';
import { RECEIVER_STALLED_AFTER_MS, type AnsweredNode, type Scene } from './scene.js';

/**
 * What a standby's WAL receiver says of the expected primary. `alive`: it advanced between two observations. `gone`: no stream.
 * `stalled`: an open stream without a message for too long (a frozen primary keeps its sockets). `neutral`: streaming, too early to say.
 */
export interface ReceiverWitness {
  readonly node: string;
  readonly says: 'alive' | 'gone' | 'stalled' | 'neutral';
  readonly sentence: string;
}

function upstreamIsAnotherNode(scene: Scene, upstream: string | undefined): boolean {
  const { nodes, expectedPrimary } = scene.context.plan;
  return nodes.some((node) => node.name !== expectedPrimary && `${node.host}:${node.port}` === upstream);
}

function previousReceiver(scene: Scene, node: string): NodeAnswer['walReceiver'] {
  return scene.context.previous?.nodes.find((facts) => facts.node === node)?.answer?.walReceiver;
}

function witness(scene: Scene, standby: AnsweredNode): ReceiverWitness | undefined {
  const receiver = standby.answer.walReceiver;
  // A role without pg_read_all_stats sees no row whether there is one or not; a cascaded standby sees another standby.
  if (receiver === undefined || !receiver.visible || upstreamIsAnotherNode(scene, receiver.upstream)) return undefined;
  const node = standby.name;
  if (receiver.status !== 'streaming') {
    return { node, says: 'gone', sentence: `${node}'s WAL receiver has no stream (${receiver.status ?? 'no receiver'})` };
  }
  const before = previousReceiver(scene, node);
  const { receivedLsn, lastMessageAtMs } = receiver;
  if (before?.receivedLsn !== undefined && receivedLsn !== undefined && compareLsn(receivedLsn, before.receivedLsn) > 0) {
    return { node, says: 'alive', sentence: `${node}'s WAL receiver advanced from ${before.receivedLsn} to ${receivedLsn}` };
  }
  if (before?.lastMessageAtMs !== undefined && lastMessageAtMs !== undefined && lastMessageAtMs > before.lastMessageAtMs) {
    return {
      node,
      says: 'alive',
      sentence: `${node}'s WAL receiver got a message ${formatDuration(standby.nodeNowMs - lastMessageAtMs)} ago`,
    };
  }
  const limit = scene.context.receiverStalledAfterMs ?? RECEIVER_STALLED_AFTER_MS;
  if (lastMessageAtMs !== undefined && standby.nodeNowMs - lastMessageAtMs > limit) {
    return {
      node,
      says: 'stalled',
      sentence: `${node}'s WAL receiver had no message for ${formatDuration(standby.nodeNowMs - lastMessageAtMs)} (limit ${formatDuration(limit)})`,
    };
  }
  return { node, says: 'neutral', sentence: `${node}'s WAL receiver is streaming and did not advance` };
}

/** What the direct standbys that can see their receiver say of the expected primary. */
export function receiverWitnesses(scene: Scene): readonly ReceiverWitness[] {
  return scene.standbys.flatMap((standby) => witness(scene, standby) ?? []);
}

/** Instances that report their store operational: the primary serves somebody. */
export function operationalInstances(scene: Scene): readonly InstanceFacts[] {
  return scene.observation.instances.filter((instance) => instance.health?.storeOperational === true);
}

/**
 * Instances that speak against the store: they answered that it fails, or they hang although their platform says that they run
 * (with a hung database the application's whole process is blocked: application contract). Unready for an engaged switch is no such word.
 */
export function failingInstances(scene: Scene): readonly InstanceFacts[] {
  return scene.observation.instances.filter(({ health, failure, running }) => {
    if (health === undefined) return failure?.kind === 'timeout' && running === true;
    if (health.storeOperational !== undefined) return !health.storeOperational;
    return health.httpStatus >= 500 && health.engaged !== true;
  });
}
