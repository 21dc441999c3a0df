/** One path through the runbook each: how its history is recorded, and its name in the folder of histories. */
import type { Decision } from '../../src/domain/decision.js';
import type { TemporalEnv } from '../support/temporal-env.js';
import { applyFault } from '../support/world/faults.js';
import { createScene, sayYes, signed, type Run, type Scene, type SceneOptions } from '../workflow/support/scene.js';

/** A path. `play` drives a started store to the end of the execution whose history is kept, and returns its run id if it is not the last. */
export interface Scenario {
  readonly options?: SceneOptions;
  play(scene: Scene): Promise<{ readonly run: Run; readonly runId?: string }>;
}

function lost(scene: Scene): Promise<Run> {
  applyFault(scene.world, { kind: 'kill', node: 'a' });
  return scene.start();
}

async function answered(scene: Scene, decision: Omit<Decision, 'schema' | 'code'>): Promise<{ readonly run: Run }> {
  const run = await lost(scene);
  await run.gate('promote');
  await run.handle.signal('decide', decision);
  await run.result();
  return { run };
}

/** Every scenario, by its name. Each has a recorded history, and each history a scenario. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'happy-clear': {
    play: async (scene) => {
      const run = await lost(scene);
      await run.answer('promote', 'ana', 'approve');
      await run.handle.signal('note', { by: 'olga', text: 'recorded' });
      await run.handle.signal('decide', { gate: 'no gate at all' });
      await sayYes(run, ['resume']);
      return { run };
    },
  },
  engaged: {
    options: { world: { row: { engaged: true, reason: 'drawdown limit', ageMs: 1_000 } } },
    play: async (scene) => {
      const run = await lost(scene);
      await sayYes(run, ['promote']);
      return { run };
    },
  },
  adopted: {
    play: async (scene) => {
      applyFault(scene.world, { kind: 'kill', node: 'a' });
      applyFault(scene.world, { kind: 'promote-by-hand', node: 'b' });
      await new Promise((resolve) => scene.world.clock.at(Date.now() + scene.world.times.promoteMs * 2, () => resolve(undefined)));
      const run = await scene.start();
      await sayYes(run, ['accept', 'resume']);
      return { run };
    },
  },
  'stale-reaffirmed': {
    options: { world: { row: { engaged: false, ageMs: 290_000 } } },
    play: async (scene) => {
      const run = await lost(scene);
      await sayYes(run, ['promote', 'reaffirm', 'resume']);
      return { run };
    },
  },
  'row-lost': {
    play: async (scene) => {
      applyFault(scene.world, { kind: 'row-deleted', node: 'a' });
      const run = await scene.start();
      await run.result();
      return { run };
    },
  },
  rejected: { play: (scene) => answered(scene, { gate: 'promote', option: 'reject', by: 'ana' }) },
  silence: {
    options: { gates: { promote: { deadlineMs: 1_200 } } },
    play: async (scene) => {
      const run = await lost(scene);
      await run.result();
      return { run };
    },
  },
  aborted: {
    play: async (scene) => {
      const run = await lost(scene);
      await run.gate('promote');
      await run.handle.signal('abort', { by: 'raj', reason: 'recorded' });
      await run.result();
      return { run };
    },
  },
  disarmed: {
    options: { world: { armed: false } },
    play: async (scene) => {
      const run = await lost(scene);
      await run.result();
      return { run };
    },
  },
  'disarmed-meanwhile': {
    play: async (scene) => {
      const run = await lost(scene);
      const opened = await run.gate('promote');
      await run.handle.signal('disarm', { by: 'raj' });
      await run.handle.signal('decide', signed(scene.world, opened, 'ana', 'approve'));
      await run.result();
      return { run };
    },
  },
  rehearsal: {
    play: async (scene) => {
      const run = await scene.start({
        mode: 'rehearsal',
        trigger: { kind: 'person', incident: 'rehearsal-1', atMs: Date.now(), by: 'ana' },
      });
      await run.result();
      return { run };
    },
  },
  'no-failover': {
    play: async (scene) => {
      const run = await scene.start();
      await run.result();
      return { run };
    },
  },
  'reopened-gate': {
    play: async (scene) => {
      const run = await lost(scene);
      await run.answer('promote', 'ana', 'approve');
      const first = await run.gate('resume');
      applyFault(scene.world, { kind: 'instance-dies', instance: 'app-2' });
      await run.gate('resume', first.code);
      await run.handle.signal('decide', { gate: 'resume', option: 'keep-paused', by: 'raj' });
      await run.result();
      return { run };
    },
  },
  'epoch-1': { options: { world: { nodes: ['a', 'b', 'c'] } }, play: (scene) => twoEpochs(scene, 'first') },
  'epoch-2': { options: { world: { nodes: ['a', 'b', 'c'] } }, play: (scene) => twoEpochs(scene, 'second') },
};

/** The promoted node is lost while the application is moved: the first execution continues as new, the second one finishes. */
async function twoEpochs(scene: Scene, which: 'first' | 'second'): Promise<{ readonly run: Run; readonly runId?: string }> {
  let done = false;
  scene.hooks.set('stopInstances', async (_input, proceed) => {
    const stopped = await proceed();
    const promoted = [...scene.world.nodes.values()].find((node) => !node.inRecovery && node.process === 'up');
    if (!done && promoted !== undefined) applyFault(scene.world, { kind: 'kill', node: promoted.name });
    done = true;
    return stopped;
  });
  const run = await lost(scene);
  const { runId } = await run.facts();
  await run.answer('promote', 'ana', 'approve');
  await run.until('the second epoch', (f) => f.epoch === 2 && f.open !== undefined);
  await sayYes(run);
  return which === 'first' ? { run, runId } : { run };
}

/** Plays a scenario on a store of its own. */
export async function playScenario(
  env: TemporalEnv,
  name: string,
): Promise<{ readonly workflowId: string; readonly runId: string | undefined }> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const { run, runId } = await scenario.play(createScene(env, name, scenario.options));
  return { workflowId: run.workflowId, runId };
}
