import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/messages.js';
import { SIGNAL_NAMES } from '../../src/workflows/inbox.js';
import type { RunResult } from '../../src/domain/run-facts.js';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { firstPayload, historyOf, sequentialActivities, summaryOf, typeOf, type History } from './support/history.js';
import { createScene, sayYes, type Run } from './support/scene.js';

/** Limits of the design (§6, S9). */
const EVENTS_LIMIT = 350;
const SEQUENTIAL_LIMIT = 25;
const CARD_LIMIT_BYTES = 16 * 1024;
const SUMMARY_LIMIT = 400;

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

describe('one plain run on a real server', () => {
  let history: History;
  let result: RunResult;
  let trading: string;
  let run: Run;
  let described: Awaited<ReturnType<Run['handle']['describe']>>;
  let signalDescriptions: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const night = await lostPrimary('plain');
    run = night.run;
    await run.gate('promote');
    const metadata = (await run.handle.query('__temporal_workflow_metadata')) as {
      definition?: { signalDefinitions?: { name: string; description: string }[] };
    };
    signalDescriptions = Object.fromEntries((metadata.definition?.signalDefinitions ?? []).map((s) => [s.name, s.description]));
    result = await sayYes(run);
    trading = night.world.trading.state;
    history = await historyOf(run.handle);
    described = await run.handle.describe();
  });

  test('it ends verified, trading resumed, and no activity met an error that it does not know', () => {
    expect(result.outcome, result.summary).toBe('verified');
    expect(trading).toBe('trading');
    expect(env.foreignErrors).toEqual([]);
  });

  test(`its history has at most ${EVENTS_LIMIT} events`, () => {
    expect(history.events.length).toBeLessThanOrEqual(EVENTS_LIMIT);
    const failed = history.events.flatMap(({ workflowTaskFailedEventAttributes: it }) =>
      it ? [`${it.cause}: ${it.failure?.message ?? ''}`] : [],
    );
    // A message that arrives while a task is being completed makes the server ask again: its way, no failure of the workflow's.
    expect(failed.filter((line) => !/UNHANDLED_COMMAND|^2:/.test(line))).toEqual([]);
  });

  test(`at most ${SEQUENTIAL_LIMIT} activities stand one after the other`, () => {
    expect(sequentialActivities(history)).toBeLessThanOrEqual(SEQUENTIAL_LIMIT);
  });

  test('every activity, timer and child has a summary that the UI can show', () => {
    const named = history.events.filter((event) =>
      ['ACTIVITY_TASK_SCHEDULED', 'TIMER_STARTED', 'START_CHILD_WORKFLOW_EXECUTION_INITIATED'].includes(typeOf(event)),
    );
    expect(named.length).toBeGreaterThan(20);
    for (const event of named) {
      const summary = summaryOf(event);
      expect(
        summary,
        `${typeOf(event)} ${String(event.eventId)} ${event.activityTaskScheduledEventAttributes?.activityType?.name ?? ''}`,
      ).not.toBe('');
      expect(Buffer.byteLength(summary)).toBeLessThan(SUMMARY_LIMIT);
    }
  });

  test('every signal has a description with the JSON to paste', () => {
    for (const name of SIGNAL_NAMES) expect(signalDescriptions[name], name).toMatch(/.{20}/);
    expect(signalDescriptions['decide']).toContain('"gate"');
  });

  test('each card is durable: the whole text is the result of openGate in history, at most 16 KiB', () => {
    const opened = history
      .of('ACTIVITY_TASK_SCHEDULED')
      .filter((e) => e.activityTaskScheduledEventAttributes?.activityType?.name === 'openGate');
    expect(opened).toHaveLength(2);
    for (const event of opened) {
      const end = history
        .of('ACTIVITY_TASK_COMPLETED')
        .find((e) => String(e.activityTaskCompletedEventAttributes?.scheduledEventId) === String(event.eventId));
      const text = firstPayload(end?.activityTaskCompletedEventAttributes?.result);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(CARD_LIMIT_BYTES);
      const { card, code, hash } = JSON.parse(text) as { card: string; code: string; hash: string };
      expect(card).toContain(code);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('search attributes say what it was, and how it ended', () => {
    const values = Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, key]) => [name, described.typedSearchAttributes.get(key)]),
    );
    expect(values).toMatchObject({
      store: 'store-plain',
      cluster: 'cluster-plain',
      mode: 'incident',
      gate: 'none',
      verdict: 'primary-dead',
      trading: 'lifted',
      outcome: 'verified',
    });
  });

  test('a query after the end still answers from history alone', async () => {
    const facts = await run.facts();
    expect(facts.result?.outcome).toBe('verified');
    expect(await run.handle.query('card')).toContain('verified');
  });

  test('the report and the sentinel go on as children of their own; the sentinel ends by sign-off of a listed person only', async () => {
    const after = env.client.workflow.getHandle('after:store-plain:inc-plain:1');
    expect(((await after.result()) as { report: string }).report).toContain('report-1-');
    const sentinel = env.client.workflow.getHandle('sentinel:store-plain:inc-plain:1');
    expect((await sentinel.describe()).status.name).toBe('RUNNING');
    for (const nonsense of [undefined, null, 7, { node: 'a' }, { node: 'a', by: 'nobody' }, { node: 'z', by: 'ana' }])
      await sentinel.signal('sign-off', nonsense);
    await sentinel.signal('no-such-signal', 1);
    expect((await sentinel.describe()).status.name).toBe('RUNNING');
    await sentinel.signal('sign-off', { node: 'a', by: 'ana' });
    expect(await sentinel.result()).toEqual(['a signed off by ana']);
  });
});

test('an engaged row ends verified-engaged: resume is not offered', async () => {
  const scene = createScene(env, 'engaged', { world: { row: { engaged: true, reason: 'drawdown limit', ageMs: 1_000 } } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  expect((await sayYes(run, ['promote'])).outcome).toBe('verified-engaged');
  expect(scene.world.trading.state).toBe('paused');
});

test('a healthy store closes without touching anything', async () => {
  const scene = createScene(env, 'healthy');
  const run = await scene.start();
  expect((await run.result()).outcome).toBe('no-failover');
  expect(scene.world.journal.filter((entry) => entry.by === 'holdfast')).toEqual([]);
});

test('promise S15: a disarmed store is observed and nothing is touched', async () => {
  const scene = createScene(env, 'disarmed', { world: { armed: false } });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  expect((await run.result()).outcome).toBe('handed-over');
  expect(scene.world.journal.filter((entry) => entry.by === 'holdfast' && entry.what !== 'pause')).toEqual([]);
});
