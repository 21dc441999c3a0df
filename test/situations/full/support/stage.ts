/** One full lab a file: its tests run on it one after the other, each from the state at the start. */
import { afterAll, beforeAll } from 'vitest';
import { createFullStage, type FullStage, type FullStageOptions } from '../../../../src/cli/demo/full-stage.js';
import { circumstances } from '../../support/stage.js';
import { tellRuns } from '../../support/tell-runs.js';
import { reset } from './reset.js';

/** Runs a test's body on the file's lab. */
export type OnFullStage = (body: (stage: FullStage) => Promise<void>) => Promise<void>;

const START_MS = 180_000;

/** Longest time between two gates of a run on the full lab: Patroni's ttl of 20 s, and pods that come and go. */
export const FULL_RUN_MS = 120_000;

/**
 * Starts the file's lab before its tests and ends it after them. Call it once, at the head of the file; what it returns runs a test's body
 * on a lab that is as at the start: fresh, or reset.
 */
export function onFullStage(options: FullStageOptions = {}): OnFullStage {
  let stage: FullStage | undefined;
  let used = false;
  beforeAll(async () => {
    stage = await createFullStage(options);
  }, START_MS);
  afterAll(() => stage?.close(), START_MS);
  return async (body) => {
    if (stage === undefined) throw new Error('this lab did not start');
    if (used) await reset(stage);
    used = true;
    const sinceMs = Date.now();
    try {
      await body(stage);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${await circumstances(stage)}`, { cause: error });
    } finally {
      await tellRuns(stage.client, sinceMs);
    }
  };
}
