import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ALERT_LIMIT, NOTE_LIMIT } from '../../src/workflows/inbox.js';
import { TASK_QUEUES, WORKFLOWS } from '../../src/workflows/messages.js';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { historyOf, typeOf, type History } from './support/history.js';
import { alertOf, createScene, sayYes, signed } from './support/scene.js';

/** Fewer slots than runs: what a busy worker looks like (design §4). */
const ACT_SLOTS = 2;
const RUNS = 6;
const LONG_WAIT_EVENTS = 3_000;

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv({ actSlots: ACT_SLOTS });
});
afterAll(() => env.close());

/** Every event that wakes a run; in the worst case each has a workflow task (three events) of its own. */
const WAKES: readonly string[] = [
  'WORKFLOW_EXECUTION_SIGNALED',
  'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
  'ACTIVITY_TASK_COMPLETED',
  'ACTIVITY_TASK_FAILED',
  'ACTIVITY_TASK_TIMED_OUT',
  'ACTIVITY_TASK_CANCELED',
  'TIMER_FIRED',
  'CHILD_WORKFLOW_EXECUTION_STARTED',
];

/** Length of the history had nothing been taken together: what a slow night would make of the same events. */
function worstCaseEvents(history: History): number {
  const own = history.events.filter((event) => !typeOf(event).startsWith('WORKFLOW_TASK_')).length;
  const wakes = history.events.filter((event) => WAKES.includes(typeOf(event))).length;
  return own + 3 * (wakes + 1);
}

test(`${RUNS} runs on ${RUNS} clusters all finish with ${ACT_SLOTS} slots for activities`, async () => {
  const runs = await Promise.all(
    Array.from({ length: RUNS }, async (_, n) => {
      const scene = createScene(env, `slots-${n}`);
      applyFault(scene.world, { kind: 'kill', node: 'a' });
      return scene.start();
    }),
  );
  const results = await Promise.all(runs.map((run) => sayYes(run)));
  expect(results.map((result) => result.outcome)).toEqual(runs.map(() => 'verified'));
});

test(`a long wait with flapping evidence, 600 alerts and 50 notes stays below ${LONG_WAIT_EVENTS} events`, async () => {
  const scene = createScene(env, 'long-wait', { gates: { resume: { deadlineMs: 120_000 } }, times: { reopenMs: 50 } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  await run.answer('promote', 'ana', 'approve');
  await run.gate('resume');
  let flaps = 0;
  const flapping = setInterval(() => {
    flaps += 1;
    applyFault(
      scene.world,
      flaps % 2 === 1 ? { kind: 'instance-dies', instance: 'app-3' } : { kind: 'instance-started-by-hand', instance: 'app-3' },
    );
  }, 150);
  const signals = [
    ...Array.from({ length: 600 }, (_, n) => ['alert', alertOf(`storm-${n}`)] as const),
    ...Array.from({ length: 50 }, (_, n) => ['note', { by: 'olga', text: `note ${n}` }] as const),
  ];
  try {
    for (let at = 0; at < signals.length; at += 10)
      await Promise.all(signals.slice(at, at + 10).map(([name, payload]) => run.handle.signal(name, payload)));
    await run.until('the gate was opened again', (f) => (f.gates.at(-1)?.openings ?? 0) > 1);
  } finally {
    clearInterval(flapping);
  }
  const seen = await run.facts();
  expect(seen.alerts).toEqual({ recorded: ALERT_LIMIT, counted: 601 - ALERT_LIMIT });
  expect(seen.notes).toHaveLength(50);
  await run.handle.signal('decide', { gate: 'resume', option: 'keep-paused', by: 'raj' });
  expect((await run.result()).outcome).toBe('verified-paused');
  expect(worstCaseEvents(await historyOf(run.handle))).toBeLessThanOrEqual(LONG_WAIT_EVENTS);
});

test('promise S10: people are heard after any number of alerts and notes', async () => {
  const scene = createScene(env, 'heard');
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  await run.gate('promote');
  for (let at = 0; at < NOTE_LIMIT + 20; at += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => run.handle.signal('note', { by: 'olga', text: `note ${at + n}` })));
  }
  expect((await run.until('notes are full', (f) => f.notes.length === NOTE_LIMIT)).notes).toHaveLength(NOTE_LIMIT);
  expect((await sayYes(run)).outcome).toBe('verified');
});

test(`promise S10: two people are heard through 400 junk decisions, some in their names, below ${LONG_WAIT_EVENTS} events`, async () => {
  const scene = createScene(env, 'junk', { gates: { resume: { deadlineMs: 120_000 } } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  await run.answer('promote', 'ana', 'approve');
  const opened = await run.gate('resume');
  const real = signed(scene.world, opened, 'ana', 'resume');
  const forged = { ...real, signature: { key: real.signature?.key ?? '', value: 'forged' } };
  const junk = (n: number): object =>
    [forged, { ...real, signature: undefined, by: `m${n}` }, { ...real, signature: undefined }][n % 3] ?? {};
  for (let at = 0; at < 400; at += 10) await Promise.all(Array.from({ length: 10 }, (_, n) => run.handle.signal('decide', junk(at + n))));
  await run.handle.signal('decide', real);
  await run.handle.signal('decide', signed(scene.world, opened, 'raj', 'resume'));
  expect((await run.result()).outcome).toBe('verified');
  const history = await historyOf(run.handle);
  const attests = history
    .of('ACTIVITY_TASK_SCHEDULED')
    .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'attest');
  expect(attests.length).toBeLessThanOrEqual(30);
  expect(worstCaseEvents(history)).toBeLessThanOrEqual(LONG_WAIT_EVENTS);
  expect(history.count('WORKFLOW_TASK_FAILED')).toBe(0);
});

test('promise S8: one acting run per cluster: a second start joins it, and its alert is recorded', async () => {
  const scene = createScene(env, 'one');
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  const { runId } = await run.until('the run exists', (f) => f.epoch === 1);
  await expect(scene.start()).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
  const again = {
    workflowId: run.workflowId,
    taskQueue: TASK_QUEUES.act,
    args: [scene.input()],
    workflowIdConflictPolicy: 'USE_EXISTING',
  } as const;
  expect((await env.client.workflow.start(WORKFLOWS.failover, again)).firstExecutionRunId).toBe(runId);
  const joined = await env.client.workflow.signalWithStart(WORKFLOWS.failover, {
    ...again,
    signal: 'alert',
    signalArgs: [alertOf('further')],
  });
  expect(joined.signaledRunId).toBe(runId);
  // The same delivery twice is one alert.
  const twice = alertOf('twice');
  await Promise.all([1, 2, 3].map(() => run.handle.signal('alert', twice)));
  const seen = await run.until('the alerts are recorded', (f) => f.alerts.recorded === 3);
  expect(seen.alerts).toEqual({ recorded: 3, counted: 0 });
  expect((await sayYes(run)).outcome).toBe('verified');
  expect(scene.world.journal.filter((entry) => entry.what === 'promoted')).toHaveLength(1);
});
