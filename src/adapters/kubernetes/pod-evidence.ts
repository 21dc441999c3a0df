import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';
import { showable } from '../shared/redact.js';
import type { KubernetesSession } from './client.js';

const EVENTS_SHOWN = 3;
const LOG_LINES = 10;
const LOG_LIMIT = 300;
const EVENT_LIMIT = 200;

/**
 * What a pod's events (probe answers among them) and its log say, on one line. Never throws: a missing right or a lost answer is said
 * instead, since the explanation must not cost the finding.
 */
export async function podEvidence(session: KubernetesSession, pod: V1Pod): Promise<string> {
  const [events, log] = await Promise.all([orWhy(eventsOf(session, pod)), orWhy(logOf(session, pod))]);
  return `${pod.metadata?.name ?? 'a pod'}: events: ${events || 'none'}; log: ${log || 'empty'}`;
}

async function eventsOf(session: KubernetesSession, pod: V1Pod): Promise<string> {
  const { namespace, uid } = nameOf(pod);
  const found = await session.call({ verb: 'list', resource: 'events', namespace, effect: false }, ({ core }, options) =>
    core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.uid=${uid}`, limit: 50 }, options),
  );
  return warningWords(found.items);
}

/** The newest warnings, each with how often it was seen. Pure. */
export function warningWords(events: readonly CoreV1Event[]): string {
  return events
    .filter(({ type }) => type !== 'Normal')
    .toSorted((left, right) => seenAt(right) - seenAt(left))
    .slice(0, EVENTS_SHOWN)
    .map(
      ({ reason, message, count }) =>
        `${reason ?? 'event'}${(count ?? 1) > 1 ? ` ×${count}` : ''}: ${showable(message ?? '', EVENT_LIMIT)}`,
    )
    .join(' | ');
}

function seenAt({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  const at = lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return at === undefined ? 0 : new Date(at).getTime();
}

/** The last lines of a pod's log; of the container before the last restart when the present one has none yet. */
async function logOf(session: KubernetesSession, pod: V1Pod): Promise<string> {
  const { namespace, name } = nameOf(pod);
  const container = pod.status?.containerStatuses?.find(({ ready }) => !ready)?.name ?? pod.spec?.containers[0]?.name;
  const read = (previous: boolean): Promise<string> =>
    session.call({ verb: 'get', resource: 'pods/log', namespace, name, effect: false }, ({ core }, options) =>
      core.readNamespacedPodLog(
        { name, namespace, tailLines: LOG_LINES, previous, ...(container === undefined ? {} : { container }) },
        options,
      ),
    );
  const present = showable(await read(false), LOG_LIMIT);
  const restarted = (pod.status?.containerStatuses ?? []).some(({ restartCount }) => restartCount > 0);
  return present === '' && restarted ? showable(await read(true), LOG_LIMIT) : present;
}

function nameOf(pod: V1Pod): { readonly namespace: string; readonly name: string; readonly uid: string } {
  return { namespace: pod.metadata?.namespace ?? '', name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '' };
}

async function orWhy(work: Promise<string>): Promise<string> {
  try {
    return await work;
  } catch (error) {
    return `not to be had (${error instanceof Error ? error.message : 'unknown'})`;
  }
}
