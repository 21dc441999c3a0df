import type { V1Pod, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';
import type { Container } from './container.js';
import { wholeSeconds } from './time.js';

/** What a pod's status is made of besides its containers. */
export interface PodStatusFacts {
  readonly podIp: string;
  readonly hostIp: string;
  readonly startedAtMs: number;
  readonly readySinceMs: number;
}

function phase(containers: readonly Container[]): string {
  if (containers.every(({ over }) => over)) return containers.every(({ succeeded }) => succeeded) ? 'Succeeded' : 'Failed';
  return containers.some(({ everRan }) => everRan) ? 'Running' : 'Pending';
}

/** The status that a kubelet would report of a pod. */
export function podStatus(pod: V1Pod, containers: readonly Container[], facts: PodStatusFacts): V1PodStatus {
  const unready = containers.filter(({ ready }) => !ready).map(({ spec }) => spec.name);
  const ready = unready.length === 0;
  const startedAt = wholeSeconds(facts.startedAtMs);
  const condition = (type: string, is: boolean, sinceMs: number): V1PodCondition => ({
    type,
    status: is ? 'True' : 'False',
    lastTransitionTime: wholeSeconds(sinceMs),
    ...(is ? {} : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }),
  });
  return {
    phase: phase(containers),
    observedGeneration: pod.metadata?.generation ?? 0,
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    podIP: facts.podIp,
    podIPs: [{ ip: facts.podIp }],
    startTime: startedAt,
    conditions: [
      condition('PodScheduled', true, facts.startedAtMs),
      condition('Initialized', true, facts.startedAtMs),
      condition('ContainersReady', ready, facts.readySinceMs),
      condition('Ready', ready, facts.readySinceMs),
    ],
    containerStatuses: containers.map((container) => container.status()),
  };
}
