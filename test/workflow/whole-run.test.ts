import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { createScene, sayYes } from './support/scene.js';

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv();
});
afterAll(() => env.close());

test('a whole run over fakes on a real server', async () => {
  const scene = createScene(env, 'whole');
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const run = await scene.start();
  const result = await sayYes(run);
  expect(result.outcome, result.summary).toBe('verified');
});
test('debug', async () => {
  const { historyOf, typeOf, summaryOf, sequentialActivities } = await import('./support/history.js');
  const h = await historyOf(env.client.workflow.getHandle('failover:cluster-whole'));
  let last = 0;
  for (const e of h.events) { const t = Number(e.eventTime!.seconds) * 1000 + e.eventTime!.nanos! / 1e6; console.log(String(e.eventId), typeOf(e), Math.round(last ? t - last : 0), e.activityTaskScheduledEventAttributes?.activityType?.name ?? '', summaryOf(e)); last = t; }
  console.log(h.events.length, sequentialActivities(h), env.foreignErrors);
});
