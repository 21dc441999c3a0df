import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AfterwardsResult } from '../../src/workflows/afterwards.js';
import { WORLD_REVIEW_TIMES } from '../support/fakes/metrics.js';
import { planOfWorld } from '../support/plan-of-world.js';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { createWorld } from '../support/world/create.js';
import { applyFault } from '../support/world/faults.js';
import { historyOf } from './support/history.js';
import { createScene, sayYes, type Scene } from './support/scene.js';

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv();
});
afterAll(() => env.close());

/** A store with a monitoring system; the plan says so, as the configuration would. */
function watched(name: string): Scene {
  const world = createWorld();
  const some = planOfWorld(world, { schema: 1, store: 's', mode: 'incident', trigger: { kind: 'schedule', incident: 'i', atMs: 0 } });
  return createScene(env, name, { plan: { adapters: { ...some.adapters, metrics: { kind: 'world', ...WORLD_REVIEW_TIMES } } } });
}

async function afterwardsOf(name: string) {
  const handle = env.client.workflow.getHandle(`after:store-${name}:inc-${name}:1`);
  const result = (await handle.result()) as AfterwardsResult;
  return { result, history: await historyOf(handle) };
}
const reportsIn = ({ world }: Scene): readonly string[] =>
  [...world.archive].filter(([name]) => name.includes('/report-')).map(([, { content }]) => content);
const named = (scene: Scene, part: string): readonly string[] => [...scene.world.archive.keys()].filter((name) => name.includes(part));

test('the run closes without the review; it comes when the time after is over, as a document and in a second report', async () => {
  const scene = watched('reviewed');
  // Everything but the usual lag is known, and the last instance was lost in the night.
  for (const { question, query } of env.stores.get('store-reviewed')?.ports.metrics.questions ?? []) {
    if (question.name === 'replication-lag') continue;
    const startMs = Date.now();
    const value = (atMs: number): number =>
      question.name === 'instances-up' ? (atMs > startMs + 200 ? 2 : 3) : question.better === 'higher' ? 1 : 0;
    scene.world.metrics.series.set(query, [{ labels: {}, value }]);
  }
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  const closed = await sayYes(await scene.start());
  expect(closed.outcome).toBe('verified');
  const { result, history } = await afterwardsOf('reviewed');
  expect(result.metrics).toBe('worse');
  const [first = '', second = ''] = reportsIn(scene);
  expect(first).toContain('a second report with the review is written then');
  expect(second).toMatch(/\| instances-up \| worse \|.*2 after, 3 before/);
  expect(second).toMatch(/\| replication-lag \| missing \|/);
  expect(second).toContain('Find the instance that is not scraped any more');
  expect(named(scene, '/metrics-1-')).toHaveLength(1);
  // The evidence of the run is one document, whatever the review says later.
  expect(named(scene, '/run-1-')).toHaveLength(1);
  expect(history.count('WORKFLOW_TASK_FAILED')).toBe(0);
  expect(env.foreignErrors).toEqual([]);
});

test('a monitoring system that is away is asked again', async () => {
  const scene = watched('away');
  let tries = 0;
  scene.hooks.set('reviewMetrics', async (_input, proceed) => {
    tries += 1;
    scene.world.metrics.reach = tries < 3 ? 'refuse' : 'ok';
    return proceed();
  });
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  await sayYes(await scene.start());
  expect((await afterwardsOf('away')).result.metrics).toBe('incomplete');
  expect(tries).toBe(3);
  expect(named(scene, '/metrics-1-')).toHaveLength(1);
});

test('a run that moved nothing is not reviewed, and its report says so', async () => {
  const scene = watched('unmoved');
  await (await scene.start()).result();
  expect((await afterwardsOf('unmoved')).result.metrics).toBe('none');
  expect(reportsIn(scene)).toEqual([expect.stringContaining('Not reviewed: The application was not moved')]);
});
