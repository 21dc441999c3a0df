import { describe, expect, test } from 'vitest';
import type { Row } from '../../../../src/domain/facts.js';
import type { Outcome as RunOutcome } from '../../../../src/domain/run-facts.js';
import type { Sentry } from '../../../../src/workflows/steps/sentry.js';
import { resumeTrading } from '../../../../src/workflows/steps/resume.js';
import { startPauseKeeper } from '../../../../src/workflows/steps/trading.js';
import { NOW_MS } from '../../../support/build-facts.js';
import { createStepRig, done, type StepRig } from '../../../support/step-rig.js';

const ROW: Row = { engaged: false, reason: '', updatedAtMs: NOW_MS };
const quiet: Sentry = { alarm: () => [], reports: 0, stop: () => Promise.resolve() };
const WISH = { by: 'olga', reason: 'I do not like it' };

/** A run right before its gate `resume`: trading is paused by us, proven; `world` is what the platform does. */
function pausedRun(onResume: (rig: StepRig) => void = () => undefined): { readonly rig: StepRig; readonly world: { trading: boolean } } {
  const world = { trading: false };
  const rig: StepRig = createStepRig({
    pauseTrading: () => {
      world.trading = false;
      return done({ restore: {}, detail: 'orders stopped' });
    },
    proveTrading: () => done({ state: world.trading ? 'trading' : 'paused', detail: 'the platform says so' }),
    resumeTrading: () => {
      world.trading = true;
      onResume(rig);
      return done({ detail: 'orders are sent again' });
    },
  });
  const { run } = rig;
  run.target = { node: 'b', host: 'b', port: 5432, timeline: 2, how: 'promoted' };
  const record = { key: 'pause/1', requestedAtMs: NOW_MS, restore: {}, provenAtMs: NOW_MS };
  run.pause = { state: 'proven', because: 'primary-dead', record, detail: 'the platform says so' };
  return { rig, world };
}

/** Two people resume; then everything that the run still does about trading is done. */
async function resume(rig: StepRig): Promise<RunOutcome> {
  const { clock, run } = rig;
  const keeper = startPauseKeeper(run);
  const resumed = resumeTrading(run, quiet, ROW, () => Promise.resolve());
  await clock.run(() => run.open !== undefined, NOW_MS + 60_000);
  rig.decide('alice', 'resume');
  rig.decide('bob', 'resume');
  const outcome = await clock.drive(resumed);
  await clock.run(() => false, clock.now() + 600_000);
  await clock.drive(keeper.stop());
  return outcome;
}

const pauses = ({ calls }: StepRig): number => calls.filter(({ name }) => name === 'pauseTrading').length;

describe('promise S7: a wish to pause and the resume by people', () => {
  test('a wish that was known when people resumed does not undo their resume', async () => {
    const { rig, world } = pausedRun();
    rig.inbox.receive('pause-trading', WISH);
    expect([await resume(rig), rig.run.pause.state, pauses(rig), world.trading]).toEqual(['verified', 'lifted', 0, true]);
  });

  test('a wish that comes while the resume is on its way pauses again', async () => {
    const { rig, world } = pausedRun(({ inbox }) => inbox.receive('pause-trading', WISH));
    await resume(rig);
    expect([rig.run.pause.state, pauses(rig), world.trading]).toEqual(['proven', 1, false]);
  });

  test('an earlier wish does not swallow a later one', async () => {
    const { rig, world } = pausedRun();
    rig.inbox.receive('pause-trading', WISH);
    rig.clock.at(NOW_MS + 120_000, () => rig.inbox.receive('pause-trading', WISH));
    await resume(rig);
    expect([rig.run.pause.state, pauses(rig), world.trading]).toEqual(['proven', 1, false]);
  });
});
