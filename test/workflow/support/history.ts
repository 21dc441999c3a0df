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
  readonly count: (type: string) => number;
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

/** Activities that nothing waits for. */
const BESIDE: readonly string[] = ['notify', 'watchRun'];

/**
 * Length of the longest chain of activities in which each was scheduled after the one before had ended: what a run cannot be faster than.
 * Of the looks into who decided only the last of a gate counts: during the others the gate still waits for people.
 */
export function sequentialActivities(history: History): number {
  const spans = history.of('ACTIVITY_TASK_SCHEDULED').flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
    if (BESIDE.includes(name)) return [];
    const id = String(event.eventId);
    const end = history.events.find((candidate) => {
      const attributes =
        candidate.activityTaskCompletedEventAttributes ??
        candidate.activityTaskFailedEventAttributes ??
        candidate.activityTaskTimedOutEventAttributes ??
        candidate.activityTaskCanceledEventAttributes;
      return String(attributes?.scheduledEventId ?? '') === id;
    });
    return end === undefined ? [] : [{ name, from: Number(event.eventId), to: Number(end.eventId) }];
  });
  const counted = spans.filter((span, i) => span.name !== 'attest' || spans[i + 1]?.name !== 'attest');
  const chain: number[] = [];
  for (const [i, span] of counted.entries()) {
    const before = counted.slice(0, i).flatMap((earlier, j) => (earlier.to < span.from ? [chain[j] ?? 0] : []));
    chain.push(1 + Math.max(0, ...before));
  }
  return Math.max(0, ...chain);
}
