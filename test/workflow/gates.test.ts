import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decideUpdate } from '../../src/workflows/messages.js';
import { startTemporalEnv, UNDECODABLE_MARK, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { historyOf, typeOf } from './support/history.js';
import { alertOf, createScene, runOf, sayYes, signed, type Run } from './support/scene.js';

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv();
});
afterAll(() => env.close());

/** Resets a run to right before the workflow task that an event caused; returns the new run's id. */
async function resetBefore(run: Run, which: 'first' | 'last', caused: (type: string, name: string) => boolean): Promise<string> {
  const { events } = await historyOf(run.handle);
  const at = events[which === 'first' ? 'findIndex' : 'findLastIndex']((event) =>
    caused(typeOf(event), event.activityTaskScheduledEventAttributes?.activityType?.name ?? ''),
  );
  const task = events.slice(0, at + 1).findLast((event) => typeOf(event) === 'WORKFLOW_TASK_COMPLETED');
  const answer = await env.client.workflowService.resetWorkflowExecution({
    namespace: env.namespace,
    workflowExecution: { workflowId: run.workflowId },
    reason: 'a test looks what a Reset does to decisions',
    requestId: randomUUID(),
    ...(task?.eventId === undefined ? {} : { workflowTaskFinishEventId: task.eventId }),
  });
  return answer.runId ?? '';
}

test('promise S7: silence at a gate takes its safe answer, made true: trading is paused and people are told', async () => {
  const scene = createScene(env, 'silence', { gates: { promote: { deadlineMs: 1_500 } } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  await run.gate('promote');
  const result = await run.result();
  expect(result.outcome).toBe('handed-over');
  expect(scene.world.trading.state).toBe('paused');
  expect(scene.world.nodes.get('b')?.inRecovery).toBe(true);
  const titles = scene.world.notices.map(({ notice }) => notice.title).join('\n');
  expect(titles).toContain('gate promote is still open');
  expect(titles).toContain('nobody answered gate promote');
  expect((await run.facts()).gates).toMatchObject([{ gate: 'promote', option: 'reject', answeredBy: 'silence' }]);
});

/** Plays up to gate `resume`, where two people are needed. */
async function upToResume(
  name: string,
  deadlineMs = 60_000,
): Promise<{ readonly run: Run; readonly world: ReturnType<typeof createScene>['world'] }> {
  const scene = createScene(env, name, { gates: { resume: { deadlineMs } } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  await run.answer('promote', 'ana', 'approve');
  await run.gate('resume');
  return { run, world: scene.world };
}

async function codeOf(update: Promise<unknown>): Promise<string> {
  const error: unknown = await update.catch((reason: unknown) => reason);
  return error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure
    ? (error.cause.type ?? '')
    : `not refused by name: ${String(error)}`;
}

test('promise S9: evidence that gets worse voids the card; the old code counts no more, the difference is named, the deadline stays', async () => {
  const { run, world } = await upToResume('worse');
  const first = await run.gate('resume');
  const deadlineMs = (await run.facts()).open?.deadlineMs;
  const old = signed(world, first, 'ana', 'resume');
  await run.handle.executeUpdate(decideUpdate, { args: [old] });
  applyFault(world, { kind: 'instance-dies', instance: 'app-2' });
  const second = await run.gate('resume', first.code);
  const seen = await run.facts();
  expect(seen.ignored.join('\n')).toContain(`card ${first.code} of gate resume is void: Instances operational: was 3, is 2`);
  expect(seen.open?.deadlineMs).toBe(deadlineMs);
  expect(await codeOf(run.handle.executeUpdate(decideUpdate, { args: [old] }))).toBe('HF_DECISION_STALE');
  await run.handle.signal('decide', old);
  await run.handle.signal('decide', signed(world, second, 'raj', 'resume'));
  const weighed = await run.until('three decisions were weighed', (f) => f.open?.tally?.decisions.length === 3);
  expect(weighed.open?.tally?.decisions.map((d) => d.counted)).toEqual([false, false, true]);
  expect(weighed.open?.tally?.decisions[1]?.why).toContain(`the card now shows ${second.code}`);
  expect(world.trading.state).toBe('paused');
  applyFault(world, { kind: 'instance-started-by-hand', instance: 'app-2' });
  await run.handle.signal('decide', signed(world, second, 'ana', 'resume'));
  await run.handle.signal('decide', { gate: 'resume', option: 'keep-paused', by: 'rita' });
  expect(['verified', 'verified-paused']).toContain((await run.result()).outcome);
});

test('promise S9: another best candidate is another decision: the approval of the lost one promotes nothing', async () => {
  const scene = createScene(env, 'candidate', { world: { nodes: ['a', 'b', 'c'] } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  const first = await run.gate('promote');
  const lost = first.fields.find((f) => f.name === 'candidate')?.value as string;
  applyFault(scene.world, { kind: 'kill', node: lost });
  const second = await run.gate('promote', first.code);
  await run.handle.signal('decide', signed(scene.world, first, 'ana', 'approve'));
  const seen = await run.until('the old approval was weighed', (f) => f.open?.tally !== undefined);
  expect(seen.open?.tally?.decisions).toMatchObject([{ code: first.code, counted: false }]);
  await run.handle.executeUpdate(decideUpdate, { args: [signed(scene.world, second, 'ana', 'approve')] });
  const result = await sayYes(run, ['resume']);
  expect(result.target?.node).not.toBe(lost);
  expect(scene.world.journal.filter((entry) => entry.what === 'promote')).toHaveLength(1);
});

test('promise S9: decisions of a run do not count after its Reset: the code derives from the run id', async () => {
  const { run, world } = await upToResume('reset');
  const first = await run.gate('resume');
  const { runId } = await run.facts();
  await run.handle.signal('decide', signed(world, first, 'ana', 'resume'));
  await run.until('one yes counts', (f) => f.open?.tally?.people.length === 1);
  await resetBefore(run, 'last', (_type, name) => name === 'openGate');
  // Temporal sends the signals of the old run again to the new one: the approval came before this gate opened, and counts for nothing.
  const seen = await run.until('the new run opens the gate', (f) => f.runId !== runId && f.open?.opened.gate === 'resume');
  expect(seen.open?.opened.code).not.toBe(first.code);
  await run.handle.signal('decide', signed(world, first, 'raj', 'resume'));
  await run.handle.signal('decide', signed(world, first, 'ana', 'resume'));
  const weighed = await run.until('the old code was weighed', (f) => f.open?.tally?.decisions.length === 2);
  expect(weighed.open?.tally?.people).toEqual([]);
  expect(world.trading.state).toBe('paused');
  expect((await sayYes(run, ['resume'])).outcome).toBe('verified');
});

test('promise S9: nor when the Reset keeps the card of the old run and drops only what followed it', async () => {
  const { run, world } = await upToResume('reset-late');
  const first = await run.gate('resume');
  const { runId } = await run.facts();
  for (const person of ['ana', 'raj']) await run.handle.signal('decide', signed(world, first, person, 'resume'));
  expect((await run.result()).outcome).toBe('verified');
  expect(world.trading.state).toBe('trading');
  const before = world.journal.length;
  await resetBefore(run, 'last', (_type, name) => name === 'attest');
  const seen = await run.until(
    'the gate is opened anew by the new run',
    (f) => f.runId !== runId && f.open !== undefined && f.open.opened.code !== first.code,
  );
  expect(seen.open?.opened.opening).toBe(2);
  await run.until('both old decisions were weighed', (f) => f.open?.tally?.decisions.length === 2 && f.open.tally.people.length === 0);
  expect(world.journal.slice(before).filter((entry) => entry.what === 'resume')).toEqual([]);
  expect((await sayYes(run, ['resume'])).outcome).toBe('verified');
});

test('an activity result that cannot be decoded parks the run; nothing is lost and a Reset goes on', async () => {
  const scene = createScene(env, 'undecodable');
  scene.hooks.set('fenceNode', async (_input, proceed) => {
    await proceed();
    return { [UNDECODABLE_MARK]: true };
  });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  for (let failed = 0; failed === 0;) failed = (await historyOf(run.handle)).count('WORKFLOW_TASK_FAILED');
  const { events } = await historyOf(run.handle);
  const failure = events.find((event) => typeOf(event) === 'WORKFLOW_TASK_FAILED')?.workflowTaskFailedEventAttributes?.failure;
  expect(failure?.message).toBe('the result of fenceNode cannot be decoded');
  expect(failure?.applicationFailureInfo?.type ?? 'Error').toBe('Error');
  expect((await run.handle.describe()).status.name).toBe('RUNNING');
  await run.handle.signal('note', { by: 'olga', text: 'we see it' });
  scene.hooks.clear();
  await resetBefore(run, 'first', (_type, name) => name === 'fenceNode');
  const result = await sayYes(run);
  expect(result.outcome).toBe('verified');
  expect((await run.facts()).notes).toEqual(['olga: we see it']);
  expect(scene.world.journal.filter((entry) => entry.what === 'fence' && entry.changed)).toHaveLength(1);
});

test('promise S8: a new epoch when the promoted node is lost: pause and fences stay, approvals are void', async () => {
  const scene = createScene(env, 'epoch', { world: { nodes: ['a', 'b', 'c'] } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  let lost = '';
  scene.hooks.set('stopInstances', async (_input, proceed) => {
    const stopped = await proceed();
    if (lost === '') {
      lost = [...scene.world.nodes.values()].find((node) => !node.inRecovery && node.process === 'up')?.name ?? '';
      applyFault(scene.world, { kind: 'kill', node: lost });
    }
    return stopped;
  });
  const run = await scene.start();
  const first = await run.answer('promote', 'ana', 'approve');
  const seen = await run.until('the second epoch', (f) => f.epoch === 2 && f.open?.opened.gate === 'promote');
  expect(seen.pause.state).toBe('proven');
  expect(seen.fences.map((f) => f.node)).toContain('a');
  expect(seen.open?.opened.code).not.toBe(first.code);
  expect(seen.open?.tally).toBeUndefined();
  const pauses = scene.world.journal.filter((entry) => entry.what === 'pause' && entry.changed);
  expect(pauses).toHaveLength(1);
  const result = await sayYes(run);
  expect(result.outcome, result.summary).toBe('verified');
  expect(result.target?.node).not.toBe(lost);
  expect(scene.world.trading.state).toBe('trading');
});

test('promise S8: an alert pre-empts a planned run; the incident goes on in its place', async () => {
  const scene = createScene(env, 'planned');
  const run = await scene.start({ mode: 'planned', trigger: { kind: 'person', incident: 'change-7', atMs: Date.now(), by: 'ana' } });
  await run.until('the planned run waits for people', (f) => f.open !== undefined);
  const alert = alertOf('real-one');
  await run.handle.signal('alert', alert);
  const seen = await run.until('an incident in its place', (f) => f.mode === 'incident' && f.epoch === 2);
  expect(seen.incident).toBe('change-7');
  expect(seen.alerts.recorded).toBe(1);
  expect(runOf(env, scene.world, run.workflowId).workflowId).toBe(`failover:${scene.world.cluster}`);
  await run.handle.signal('abort', { by: 'ana', reason: 'the test has seen enough' });
  await run.result();
});
