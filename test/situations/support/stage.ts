/** Puts a stage under a test and takes it away again; a failing test also shows what the worker said last. */
import { createStage, type Stage, type StageOptions } from '../../../src/cli/demo/stage.js';
import type { AnyStage } from '../../../src/cli/demo/stage-types.js';
import { tellRuns } from './tell-runs.js';
import { redacted } from './words.js';

const LAST_WORDS = 4000;

/** Runs the body on a stage of its own. Whatever happens, the stage is closed. */
export async function onStage(options: StageOptions, body: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await createStage(options);
  try {
    await body(stage);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${await circumstances(stage)}`, { cause: error });
  } finally {
    await tellRuns(stage.client);
    await stage.close();
  }
}

/** What a reader of a red test wants to know: how far the run came, and the worker's last lines. */
export async function circumstances(stage: AnyStage): Promise<string> {
  const facts = await stage.facts().catch(() => undefined);
  const steps = facts?.steps.map((s) => `${s.step} ${s.result ?? 'open'}: ${s.detail}`) ?? ['no run answers'];
  const errors = facts?.errors.map((e) => `${e.code}: ${e.message}`) ?? [];
  return redacted(stage, [...steps, ...errors, ...(facts?.ignored ?? []), stage.worker().output().slice(-LAST_WORDS)].join('\n'));
}
