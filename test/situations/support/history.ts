/** What Temporal recorded, read from the exported history and not from Holdfast's queries. */
import type { AnyStage as Stage } from '../../../src/cli/demo/stage-types.js';

/** An activity as history has it. */
export interface RecordedCall {
  readonly name: string;
  readonly scheduledEvent: number;
  readonly ended: 'completed' | 'failed' | 'timed-out' | 'canceled' | 'open';
}

/** The activities of a workflow in the order in which they were scheduled. */
export async function callsOf(stage: Stage, workflowId = `failover:${stage.cluster}`): Promise<readonly RecordedCall[]> {
  const history = await stage.client.workflow.getHandle(workflowId).fetchHistory();
  const events = history.events ?? [];
  const ends = new Map<number, RecordedCall['ended']>();
  for (const e of events) {
    const scheduled =
      e.activityTaskCompletedEventAttributes ??
      e.activityTaskFailedEventAttributes ??
      e.activityTaskTimedOutEventAttributes ??
      e.activityTaskCanceledEventAttributes;
    if (scheduled?.scheduledEventId === undefined || scheduled.scheduledEventId === null) continue;
    const ended = e.activityTaskCompletedEventAttributes
      ? 'completed'
      : e.activityTaskFailedEventAttributes
        ? 'failed'
        : e.activityTaskTimedOutEventAttributes
          ? 'timed-out'
          : 'canceled';
    ends.set(Number(scheduled.scheduledEventId), ended);
  }
  return events.flatMap((e) => {
    const name = e.activityTaskScheduledEventAttributes?.activityType?.name;
    if (name === undefined || name === null) return [];
    const scheduledEvent = Number(e.eventId);
    return [{ name, scheduledEvent, ended: ends.get(scheduledEvent) ?? 'open' } as const];
  });
}

/** How often each of these activities was scheduled. */
export async function countOf(stage: Stage, name: string): Promise<number> {
  return (await callsOf(stage)).filter((c) => c.name === name).length;
}
