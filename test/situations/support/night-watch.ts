/**
 * Follows a run by its history alone, event by event, so that a test can act at an exact point and people can answer while no worker is
 * up. Holdfast's own queries are not asked: they need the worker that is being killed.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import { actingRunId } from '../../../src/domain/contract.js';
import type { Decision } from '../../../src/domain/decision.js';
import type { OpenedGate } from '../../../src/domain/evidence.js';
import type { GateName } from '../../../src/domain/gate.js';
import type { AnyStage as Stage } from '../../../src/cli/demo/stage-types.js';
import { loadKey, signDecision } from '../../../src/wiring.js';
import { USUAL, type Script } from './people.js';

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** Called when the n-th call of an activity has ended well; the story goes on when the promise resolves. */
export type OnEnded = (name: string, n: number) => Promise<void>;

const ASK_EVERY_MS = 10;
const SERVER_BACK_MS = 200;

/** Every event of the acting run as soon as it is written, until the run closes. Survives restarts of the server. */
async function* eventsOf(stage: Stage): AsyncGenerator<Event> {
  const { client, cluster } = stage;
  let seen = 0;
  let nextPageToken: Uint8Array | undefined;
  for (;;) {
    const page = await client.workflowService
      .getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId: actingRunId(cluster) },
        waitNewEvent: true,
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      })
      .catch(() => undefined);
    if (page === undefined) {
      // The server is gone for a moment: begin again, and pass over what was seen.
      nextPageToken = undefined;
      await new Promise((resolve) => setTimeout(resolve, SERVER_BACK_MS));
      continue;
    }
    for (const event of page.history?.events ?? []) {
      if (Number(event.eventId) <= seen) continue;
      seen = Number(event.eventId);
      yield event;
      if (event.workflowExecutionCompletedEventAttributes) return;
      if (
        event.workflowExecutionFailedEventAttributes ||
        event.workflowExecutionTerminatedEventAttributes ||
        event.workflowExecutionTimedOutEventAttributes ||
        event.workflowExecutionCanceledEventAttributes ||
        event.workflowExecutionContinuedAsNewEventAttributes
      ) {
        throw new Error('the run did not end by itself');
      }
    }
    nextPageToken =
      page.nextPageToken !== undefined && page.nextPageToken !== null && page.nextPageToken.length > 0 ? page.nextPageToken : undefined;
  }
}

/** The people of the lab answer each card from history, by signals, which wait safely while no worker is up. */
async function answer(stage: Stage, opened: OpenedGate, script: Script): Promise<void> {
  const answers = script[opened.gate as GateName];
  if (answers === undefined) throw new Error(`gate ${opened.gate} was not expected:\n${opened.card}`);
  for (const [id, option] of answers) {
    const person = stage.people.find((p) => p.id === id);
    if (person === undefined) throw new Error(`no person ${id} in the lab`);
    const decision: Decision = { schema: 1, gate: opened.gate, option, code: opened.code, reason: `by ${id} of the lab` };
    await stage.signal('decide', signDecision(decision, opened.hash, id, await loadKey(`file:${person.keyFile}`), person.keyId));
  }
}

/** Follows the run to its close, answering every card by the script. Returns how often each activity was scheduled. */
export async function follow(
  stage: Stage,
  onEnded: OnEnded = () => Promise.resolve(),
  script: Script = USUAL,
): Promise<Readonly<Record<string, number>>> {
  const nameOf = new Map<string, string>();
  const ended = new Map<string, number>();
  const scheduled: Record<string, number> = {};
  for await (const event of eventsOf(stage)) {
    const begun = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (begun !== undefined && begun !== null) {
      nameOf.set(String(event.eventId), begun);
      scheduled[begun] = (scheduled[begun] ?? 0) + 1;
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed === undefined || completed === null) continue;
    const name = nameOf.get(String(completed.scheduledEventId)) ?? '';
    const n = (ended.get(name) ?? 0) + 1;
    ended.set(name, n);
    if (name === 'openGate')
      await answer(stage, JSON.parse(Buffer.from(completed.result?.payloads?.[0]?.data ?? []).toString('utf8')) as OpenedGate, script);
    await onEnded(name, n);
  }
  return scheduled;
}

/** Follows the run and kills the worker at each of these points (`activity#n`), in this order. Returns how often each activity was scheduled. */
export async function followKilling(stage: Stage, points: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const killed: string[] = [];
  const scheduled = await follow(stage, async (name, n) => {
    const point = `${name}#${n}`;
    if (!points.includes(point)) return;
    killed.push(point);
    await replaceWorker(stage);
  });
  expect(killed).toEqual(points);
  return scheduled;
}

/** Resolves when an activity of this name is with a worker. Asks the server, not the worker; a run that has closed starts none any more. */
export async function startedActivity(stage: Stage, name: string, patienceMs = 120_000): Promise<void> {
  const handle = stage.client.workflow.getHandle(actingRunId(stage.cluster));
  for (const endMs = Date.now() + patienceMs; Date.now() < endMs;) {
    const described = await handle.describe().catch(() => undefined);
    // PENDING_ACTIVITY_STATE_STARTED
    if (described?.raw.pendingActivities?.some((p) => p.activityType?.name === name && p.state === 2) === true) return;
    if (described?.closeTime !== undefined) {
      const end = described.status.name === 'COMPLETED' ? (await stage.result()).summary : described.status.name;
      throw new Error(`never: ${name} started. The run has ended: ${end}`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(`never: ${name} started`);
}

/** kill -9 to the worker and everything in its process group, and wait until it is gone. */
export async function killWorker(stage: Stage): Promise<void> {
  const worker = stage.worker();
  worker.kill('SIGKILL');
  await worker.exited;
}

/** What a replaced worker means to the world: one is gone at once, another begins. */
export async function replaceWorker(stage: Stage): Promise<void> {
  await killWorker(stage);
  await stage.startWorker();
}
