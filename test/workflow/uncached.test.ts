import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { createScene } from './support/scene.js';

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv({ maxCachedWorkflows: 0 });
});
afterAll(() => env.close());

test('every workflow task replayed from history alone does the same, each effect once', async () => {
  const { world, start } = createScene(env, 'uncached');
  applyFault(world, { kind: 'kill', node: 'a' });
  const run = await start();
  // Signals and Updates take turns, so that both ways of deciding are replayed.
  await run.answer('promote', 'ana', 'approve', 'signal');
  await run.answer('resume', 'ana', 'resume', 'signal');
  await run.answer('resume', 'raj', 'resume');
  expect((await run.result()).outcome).toBe('verified');
  const effects = world.journal.filter((entry) => entry.by === 'holdfast' && entry.changed).map((entry) => entry.what);
  for (const what of ['pause', 'fence', 'promote', 'point', 'resume'])
    expect(
      effects.filter((e) => e === what),
      what,
    ).toHaveLength(1);
});
