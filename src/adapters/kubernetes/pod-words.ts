import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { showable } from '../shared/redact.js';

const WORDS_LIMIT = 160;

/** How a pod is, in the platform's own words, on one line. Foreign text in it is made safe to show. */
export function podWords(pod: V1Pod): string {
  const { metadata, status } = pod;
  const parts = [
    ...(metadata?.deletionTimestamp === undefined
      ? []
      : [`terminating, grace ${metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30} s`]),
    status?.phase ?? 'no phase yet',
    ...(status?.reason === undefined ? [] : [withMessage(status.reason, status.message)]),
    ...(status?.containerStatuses ?? []).map(containerWords),
    ...conditionWords(pod),
  ];
  return parts.join('; ');
}

/** One container: what it does, how often it was restarted, and how it ended last. */
export function containerWords(container: V1ContainerStatus): string {
  const { name, state, lastState, restartCount, ready } = container;
  const last = lastState?.terminated;
  const parts = [
    state?.waiting !== undefined
      ? `waiting: ${withMessage(state.waiting.reason ?? 'no reason', state.waiting.message)}`
      : state?.terminated !== undefined
        ? `ended: ${endWords(state.terminated)}`
        : state?.running !== undefined
          ? `running, ${ready ? 'ready' : 'not ready'}`
          : 'no state yet',
    ...(restartCount > 0 ? [`restarts ${restartCount}`] : []),
    ...(last === undefined ? [] : [`last ended: ${endWords(last)}`]),
  ];
  return `${name} ${parts.join(', ')}`;
}

function endWords(ended: {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
}): string {
  const how =
    ended.signal === undefined || ended.signal === 0 ? `exit ${ended.exitCode}` : `exit ${ended.exitCode}, signal ${ended.signal}`;
  return withMessage(`${ended.reason ?? 'ended'} (${how})`, ended.message);
}

/** Conditions that hold a pod back: not placed, not ready, or its node does not say. */
function conditionWords(pod: V1Pod): readonly string[] {
  return (pod.status?.conditions ?? []).flatMap(({ type, status, reason, message }) => {
    if (type === 'PodScheduled' && status !== 'True') return [`not placed: ${withMessage(reason ?? 'no reason', message)}`];
    if (type === 'Ready' && status === 'Unknown') return ['its node does not say how it is'];
    return [];
  });
}

function withMessage(reason: string, message: string | undefined): string {
  const shown = message === undefined ? '' : showable(message, WORDS_LIMIT);
  return shown === '' ? reason : `${reason} (${shown})`;
}
