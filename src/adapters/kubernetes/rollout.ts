import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { RolloutState } from '../../ports/workload.js';
import type { Controller } from './controller.js';
import { podWords } from './pod-words.js';
import type { OwnedPod } from './pods.js';

/** A verdict on a rollout, and the pods that hold it up. */
export interface RolloutVerdict extends RolloutState {
  readonly stuck: readonly V1Pod[];
  /** When a pod that is not ready now will count as stuck, milliseconds from now: no event tells that moment. */
  readonly againInMs?: number;
}

/** Waiting reasons that do not pass without help, or only after a back-off that grows. */
const HELPLESS: readonly string[] = [
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
];

/**
 * How a rollout stands, in kubectl's order of questions and one more: a pod of the old template that still terminates still runs. A stall is
 * told from the pods' own states, as soon as a new pod cannot become ready, and not from the platform's deadline. Pure.
 *
 * @param stallAfterMs how long a new pod may run without becoming ready, and how long it may wait for a node.
 */
export function judgeRollout(controller: Controller, pods: readonly OwnedPod[], nowMs: number, stallAfterMs: number): RolloutVerdict {
  const { replicas, status, generation, observedGeneration } = controller;
  const old = pods.filter(({ revision, pod }) => revision === 'old' && !isOver(pod));
  const current = pods.filter(({ revision, pod }) => revision === 'current' && !isOver(pod));
  const counts = `${status.updated} of ${replicas} new, ${status.available} available, ${old.length} old left`;
  const seen = observedGeneration >= generation;
  if (
    seen &&
    status.updated === replicas &&
    status.replicas === replicas &&
    status.available >= replicas &&
    old.length === 0 &&
    pods.filter(({ pod }) => !isOver(pod)).length === replicas
  ) {
    return {
      state: 'complete',
      detail: `${status.available} of ${replicas} from the newest template are available, none older is left`,
      stuck: [],
    };
  }
  if (controller.paused) return { state: 'stalled', detail: `rollouts of it are paused (spec.paused); ${counts}`, stuck: [] };
  const stuck = current.filter(({ pod }) => holdUp(pod, nowMs, stallAfterMs) !== undefined).map(({ pod }) => pod);
  const conditions = controller.conditions.flatMap(({ type, status: is, reason }) =>
    (type === 'Progressing' && is === 'False') || (type === 'ReplicaFailure' && is === 'True') ? [`${type}: ${reason}`] : [],
  );
  // Before the controller has seen the change its conditions are about the rollout before.
  const overdue = seen ? conditions : [];
  if (stuck.length === 0 && overdue.length === 0) {
    const waits = current.flatMap(({ pod }) => leftMs(pod, nowMs, stallAfterMs));
    return { state: 'progressing', detail: counts, stuck: [], ...(waits.length === 0 ? {} : { againInMs: Math.min(...waits) }) };
  }
  const why = stuck.map((pod) => `${pod.metadata?.name ?? 'a pod'} ${holdUp(pod, nowMs, stallAfterMs) ?? ''} [${podWords(pod)}]`);
  return { state: 'stalled', detail: [counts, ...overdue, ...why].join('; '), stuck };
}

/** Why a new pod will not become ready by waiting; undefined while it may. */
export function holdUp(pod: V1Pod, nowMs: number, stallAfterMs: number): string | undefined {
  if (pod.metadata?.deletionTimestamp !== undefined) return undefined;
  const unplaced = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unplaced !== undefined && ageMs(pod.metadata?.creationTimestamp, nowMs) >= stallAfterMs) return 'finds no node';
  for (const container of pod.status?.containerStatuses ?? []) {
    const why = containerHoldUp(container, nowMs, stallAfterMs);
    if (why !== undefined) return why;
  }
  return undefined;
}

function containerHoldUp(container: V1ContainerStatus, nowMs: number, stallAfterMs: number): string | undefined {
  const { state, restartCount, ready } = container;
  const waiting = state?.waiting?.reason;
  if (waiting !== undefined && HELPLESS.includes(waiting)) return `cannot start (${waiting})`;
  // One crash may be an accident of the moment; the second one is a way of being.
  if (restartCount >= 2) return `crashes again and again (${restartCount} restarts)`;
  if (state?.running === undefined || ready) return undefined;
  const forMs = ageMs(state.running.startedAt, nowMs);
  return forMs < stallAfterMs ? undefined : `runs for ${Math.round(forMs / 1000)} s and does not become ready`;
}

/** How long a pod may still take to find a node or to become ready. Empty when it does neither. */
function leftMs(pod: V1Pod, nowMs: number, stallAfterMs: number): readonly number[] {
  const unplaced = pod.status?.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'False') === true;
  const since = unplaced
    ? [pod.metadata?.creationTimestamp]
    : (pod.status?.containerStatuses ?? []).flatMap(({ state, ready }) => (ready ? [] : [state?.running?.startedAt]));
  return since.flatMap((at) => (at === undefined ? [] : [Math.max(0, stallAfterMs - ageMs(at, nowMs))]));
}

function isOver(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function ageMs(since: Date | undefined, nowMs: number): number {
  return since === undefined ? 0 : nowMs - new Date(since).getTime();
}
