import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decideUpdate } from '../../src/workflows/messages.js';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { historyOf } from './support/history.js';
import { NONSENSE, rawQuery, rawSignal, rawUpdate } from './support/payloads.js';
import { createScene, sayYes, signed, type Run } from './support/scene.js';

/** Signals that carry something: nonsense in them is ignored and shown. The others are wishes, and an empty wish is one too. */
const CARRIERS = ['decide', 'alert', 'note', 'acknowledge', 'done-by-hand', 'classify'] as const;
const QUERIES = ['card', 'state', 'decisions', 'manual-continuation'] as const;

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv();
});
afterAll(() => env.close());

async function lostPrimary(name: string): Promise<{ readonly run: Run; readonly world: ReturnType<typeof createScene>['world'] }> {
  const scene = createScene(env, name);
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  return { run: await scene.start(), world: scene.world };
}

async function codeOf(update: Promise<unknown>): Promise<string> {
  const error: unknown = await update.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure))
    return `not refused by name: ${String(error)}`;
  return error.cause.type ?? '';
}

describe('whatever anybody sends, the run goes on', () => {
  test.each(CARRIERS)('nonsense to the signal %s is ignored, said, and the run ends verified', async (name) => {
    const { run } = await lostPrimary(`signal-${name}`);
    await run.gate('promote');
    for (const payloads of Object.values(NONSENSE)) await rawSignal(env, run.workflowId, name, payloads);
    const seen = await run.until(
      'everything was ignored',
      (f) => f.ignored.filter((line) => line.includes(`${name}:`)).length === Object.keys(NONSENSE).length,
    );
    expect(seen.notes).toEqual([]);
    expect(seen.open?.opened.gate).toBe('promote');
    expect((await sayYes(run)).outcome).toBe('verified');
    const { text, count } = await historyOf(run.handle);
    expect(count('WORKFLOW_TASK_FAILED')).toBe(0);
    expect(text).not.toContain('TypeError');
  });

  test('signals of names that do not exist are ignored and said', async () => {
    const { run } = await lostPrimary('unknown-names');
    await run.gate('promote');
    const names = ['approve', 'DECIDE', '__temporal_other', 'x'.repeat(500), ' ', 'toString'];
    for (const name of names) await rawSignal(env, run.workflowId, name, NONSENSE['wrong types'] ?? []);
    const seen = await run.until(
      'the names were ignored',
      (f) => f.ignored.filter((line) => line.includes('no such signal')).length === names.length,
    );
    expect(seen.ignored.join('\n')).toContain('signal approve: no such signal');
    expect((await sayYes(run)).outcome).toBe('verified');
  });

  test('a wish without a readable payload is still a wish: recheck looks again, pause-trading pauses, abort stops safely', async () => {
    const { run, world } = await lostPrimary('wishes');
    const first = await run.gate('promote');
    await rawSignal(env, run.workflowId, 'recheck', NONSENSE['json/protobuf'] ?? []);
    const second = await run.gate('promote', first.code);
    expect(second.opening).toBe(2);
    await rawSignal(env, run.workflowId, 'pause-trading', NONSENSE['an empty payload'] ?? []);
    await rawSignal(env, run.workflowId, 'abort', []);
    expect((await run.result()).outcome).toBe('aborted');
    expect(world.trading.state).toBe('paused');
  });

  test('nonsense to the Update `decide` is refused at once as HF_SIGNAL_NONSENSE, and nothing enters the history', async () => {
    const { run } = await lostPrimary('update');
    await run.gate('promote');
    for (const [kind, payloads] of Object.entries(NONSENSE)) {
      const refusal = await rawUpdate(env, run.workflowId, 'decide', payloads);
      // Of two payloads the first is read: a decision without an option.
      expect(refusal?.type, `${kind}: ${refusal?.message ?? 'accepted'}`).toBe('HF_SIGNAL_NONSENSE');
    }
    expect(await rawUpdate(env, run.workflowId, 'no-such-update', [])).toBeDefined();
    expect((await historyOf(run.handle)).count('WORKFLOW_EXECUTION_UPDATE_ACCEPTED')).toBe(0);
    expect((await sayYes(run)).outcome).toBe('verified');
  });

  test('nonsense to every query is answered, and changes nothing', async () => {
    const { run } = await lostPrimary('query');
    const { card } = await run.gate('promote');
    for (const query of QUERIES) {
      for (const payloads of Object.values(NONSENSE)) expect(await rawQuery(env, run.workflowId, query, payloads)).not.toBe('');
    }
    expect(JSON.parse(await rawQuery(env, run.workflowId, 'card', []))).toBe(card);
    await expect(rawQuery(env, run.workflowId, 'no-such-query', [])).rejects.toThrow(/no-such-query/);
    expect((await sayYes(run)).outcome).toBe('verified');
  });
});

test('the Update `decide` answers synchronously by name: refused, stale, nonsense, counted', async () => {
  const { run, world } = await lostPrimary('codes');
  const opened = await run.gate('promote');
  const decide = (decision: unknown): Promise<unknown> => run.handle.executeUpdate(decideUpdate, { args: [decision] });
  const good = signed(world, opened, 'ana', 'approve');
  expect(await codeOf(decide({ ...good, gate: 'no-gate' }))).toBe('HF_SIGNAL_NONSENSE');
  expect(await codeOf(decide({ ...good, gate: 'resume' }))).toBe('HF_DECISION_REFUSED');
  expect(await codeOf(decide({ ...good, option: 'maybe' }))).toBe('HF_DECISION_REFUSED');
  expect(await codeOf(decide({ ...good, code: '0000000000' }))).toBe('HF_DECISION_STALE');
  expect(await codeOf(decide({ ...good, code: '' }))).toBe('HF_DECISION_STALE');
  // Well-formed but forged: accepted for counting, not counted, and the query says why.
  await decide({ ...good, signature: { key: 'ana-key', value: 'forged' } });
  const seen = await run.until('the forged one was weighed', (f) => f.open?.tally !== undefined);
  expect(seen.open?.tally?.decisions.map((d) => [d.counted, d.why])).toEqual([[false, 'the signature does not fit']]);
  expect(await run.handle.query('decisions')).toEqual(seen.open?.tally?.decisions);
  await expect(decide(good)).resolves.toEqual({ n: 2, gate: 'promote' });
  expect((await sayYes(run, ['resume'])).outcome).toBe('verified');
  expect(await codeOf(decide(good))).toContain('already completed');
});

test('a signal that arrives before the plan is resolved is kept, and a decision then is refused as no gate is open', async () => {
  const scene = createScene(env, 'early');
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  scene.hooks.set('resolvePlan', async (_input, proceed) => {
    await held;
    return proceed();
  });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  await run.handle.signal('note', { by: 'olga', text: 'the rack lost power' });
  expect(await codeOf(run.handle.executeUpdate(decideUpdate, { args: [{ gate: 'promote', option: 'reject', by: 'ana' }] }))).toBe(
    'HF_DECISION_REFUSED',
  );
  expect(JSON.parse(await rawQuery(env, run.workflowId, 'manual-continuation', []))).toContain('plan is not resolved');
  release?.();
  const seen = await run.until('gate promote', (f) => f.open !== undefined);
  expect(seen.notes).toEqual(['olga: the rack lost power']);
  expect((await sayYes(run)).outcome).toBe('verified');
});
