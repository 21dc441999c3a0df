import { createHash } from 'node:crypto';
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { asMergePatch, failureWords } from '../clients.js';

/** Tells of something that happened to a pod, as `kubectl describe` shows it. */
export type TellEvent = (pod: V1Pod, type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Writes Events: the first of a kind is created, a repeated one counted. Lost when the API server does not answer, like real ones. */
export function createEvents(core: CoreV1Api, nodeName: string, log: (line: string) => void): TellEvent {
  const counts = new Map<string, number>();
  const write = async (pod: V1Pod, type: string, reason: string, message: string): Promise<void> => {
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    const eventName = `${name}.${createHash('sha256').update(`${uid} ${reason} ${message}`).digest('hex').slice(0, 16)}`;
    const count = (counts.get(eventName) ?? 0) + 1;
    counts.set(eventName, count);
    const lastTimestamp = new Date();
    if (count > 1) {
      await core.patchNamespacedEvent({ name: eventName, namespace, body: { count, lastTimestamp } }, asMergePatch);
      return;
    }
    await core.createNamespacedEvent({
      namespace,
      body: {
        metadata: { name: eventName, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
        type,
        reason,
        message,
        count,
        firstTimestamp: lastTimestamp,
        lastTimestamp,
        source: { component: 'kubelet', host: nodeName },
        reportingComponent: 'kubelet',
        reportingInstance: nodeName,
      },
    });
  };
  return (pod, type, reason, message) => {
    write(pod, type, reason, message).catch((error: unknown) => log(`event ${reason}: ${failureWords(error)}`));
  };
}
