/** Reads what a run left in Temporal: the audit, the counts and the words people see on events. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

const ATTRIBUTES = 'EventAttributes';

/** Name of an event's type without its prefix, for example `ACTIVITY_TASK_SCHEDULED`: each type has attributes of its own. */
export function typeOf(event: Event): string {
  const attributes = Object.keys(event).find((key) => key.endsWith(ATTRIBUTES)) ?? '';
  return attributes.slice(0, -ATTRIBUTES.length).replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}

export interface History {
  readonly events: readonly Event[];
  count(type: string): number;
  of(type: string): readonly Event[];
  /** The whole history as text, payloads decoded: for searches. */
  readonly text: string;
}

/** Reads the history of one execution. */
export async function historyOf(handle: WorkflowHandle): Promise<History> {
  const { events } = await handle.fetchHistory();
  const all = events ?? [];
  const of = (type: string): readonly Event[] => all.filter((event) => typeOf(event) === type);
  const text = JSON.stringify(all, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
    const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
    return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]).toString('utf8') : value;
  });
  return { events: all, of, count: (type) => of(type).length, text };
}

/** Text of the first payload. */
export function firstPayload(payloads: { readonly payloads?: readonly Payload[] | null } | null | undefined): string {
  const data = payloads?.payloads?.[0]?.data;
  return data === null || data === undefined ? '' : Buffer.from(data).toString('utf8');
}

/** Summary of an event (the row's words in the Temporal UI), empty when it has none. */
export function summaryOf(event: Event): string {
  const data = event.userMetadata?.summary?.data;
  return data === null || data === undefined ? '' : (JSON.parse(Buffer.from(data).toString('utf8')) as string);
}

/**
 * Length of the longest chain of activities in which each began after the one before had ended: what a run cannot do faster than.
 * Activities that nothing waits for (notices, the watcher) overlap with others and do not lengthen it, unless they stand alone.
 */
export function sequentialActivities(history: History, ignored: readonly string[] = ['notify', 'watchRun']): number {
  const spans = history.of('ACTIVITY_TASK_SCHEDULED').flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
    if (ignored.includes(name)) return [];
    const id = String(event.eventId);
    const end = history.events.find((candidate) => {
      const attributes = candidate.activityTaskCompletedEventAttributes ?? candidate.activityTaskFailedEventAttributes ?? candidate.activityTaskTimedOutEventAttributes ?? candidate.activityTaskCanceledEventAttributes;
      return String(attributes?.scheduledEventId ?? '') === id;
    });
    return end === undefined ? [] : [{ name, from: Number(event.eventId), to: Number(end.eventId) }];
  });
  let longest = 0;
  const chain = spans.map(() => 1);
  spans.forEach((span, i) => {
    for (let j = 0; j < i; j += 1) if ((spans[j]?.to ?? Infinity) < span.from) chain[i] = Math.max(chain[i] ?? 1, (chain[j] ?? 0) + 1);
    longest = Math.max(longest, chain[i] ?? 0);
  });
  return longest;
}
