import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '../../src/domain/facts.js';
import { createStoreMemory, watchId } from '../../src/temporal/store-memory.js';
import {
  armSignal,
  disarmSignal,
  storeStateQuery,
  TASK_QUEUES,
  WORKFLOWS,
  type StoreState,
  type WatchStoreWorkflowInput,
} from '../../src/workflows/messages.js';
import { startTemporalEnv, type TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { createScene, type Scene } from './support/scene.js';

let env: TemporalEnv;
beforeAll(async () => {
  env = await startTemporalEnv();
});
afterAll(() => env.close());

const scope = { key: 'test', signal: new AbortController().signal, now: () => Date.now(), sleep: () => Promise.resolve() };

async function watch(scene: Scene, overrides: Partial<WatchStoreWorkflowInput> = {}) {
  const { store } = scene.world;
  const input: WatchStoreWorkflowInput = { schema: 1, store, everyMs: 50, armed: false, armedBy: '', ...overrides };
  await env.client.workflow.start(WORKFLOWS.watchStore, { workflowId: watchId(store), taskQueue: TASK_QUEUES.act, args: [input] });
  const handle = env.client.workflow.getHandle(watchId(store));
  const until = async (what: string, predicate: (state: StoreState) => boolean): Promise<StoreState> => {
    for (const endMs = Date.now() + 60_000; Date.now() < endMs;) {
      const state = await handle.query(storeStateQuery);
      if (predicate(state)) return state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never: ${what}`);
  };
  return { handle, until };
}

test('remembers arming and the last credible snapshot; only what changed is kept', async () => {
  const scene = createScene(env, 'memory');
  const { handle, until } = await watch(scene);
  const memory = createStoreMemory(env.client);
  const { store } = scene.world;
  const first = await until('a snapshot', (s) => s.snapshot !== undefined);
  expect(first.snapshot).toMatchObject({ store, primary: 'a', row: { state: 'present', row: { engaged: false } } });
  expect(await memory.arming(store, scope)).toEqual({ armed: false });
  for (const nonsense of [undefined, null, 7, [], { undecodable: true }]) await handle.signal('no-such-signal', nonsense);
  await handle.signal(armSignal, { by: 'ana' });
  const armed = await until('armed', (s) => s.armed);
  expect(await memory.arming(store, scope)).toEqual({ armed: true, by: 'ana', atMs: armed.armedAtMs });
  applyFault(scene.world, { kind: 'person-engages', instance: 'app-1' });
  const engaged = await until('the engaged row', (s) => s.snapshot?.row.state === 'present' && s.snapshot.row.row.engaged);
  expect(engaged.snapshot?.atMs).toBeGreaterThan(first.snapshot?.atMs ?? Infinity);
  expect(await memory.lastSnapshot(store, scope)).toEqual(engaged.snapshot);
  // A lost primary is no credible reading: the last one stays.
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  await handle.signal(disarmSignal, { by: 'raj' });
  const disarmed = await until('disarmed', (s) => !s.armed);
  expect(disarmed).toMatchObject({ armedBy: 'raj', snapshot: engaged.snapshot });
  expect(await memory.arming(store, scope)).toEqual({ armed: false });
  expect([...scene.world.series.values()].map((records) => records.size)).toEqual([2]);
  await handle.terminate();
});

test('a store that nobody watches is disarmed and has no snapshot', async () => {
  const memory = createStoreMemory(env.client);
  expect(await memory.arming('store-nobody-watches', scope)).toEqual({ armed: false });
  expect(await memory.lastSnapshot('store-nobody-watches', scope)).toBeUndefined();
});

test('a flapping store continues as new after so many looks, and carries everything over', async () => {
  const scene = createScene(env, 'flapping');
  const base = scene.world.snapshot;
  let looks = 0;
  scene.hooks.set('watchStore', (): Promise<Snapshot | undefined> => {
    looks += 1;
    return Promise.resolve(base === undefined ? undefined : { ...base, atMs: base.atMs + looks });
  });
  const { handle, until } = await watch(scene, { continueAfterLooks: 40 });
  await handle.signal(armSignal, { by: 'ana' });
  await until('armed', (s) => s.armed);
  const first = (await handle.describe()).runId;
  while ((await handle.describe()).runId === first) await new Promise((resolve) => setTimeout(resolve, 250));
  const after = await until('the new run answers', () => true);
  expect(after).toMatchObject({ armed: true, armedBy: 'ana' });
  expect(after.snapshot?.atMs).toBeGreaterThan(base?.atMs ?? Infinity);
  expect((await env.client.workflow.getHandle(watchId(scene.world.store), first).describe()).historyLength).toBeLessThan(1_000);
  await handle.terminate();
});
