import { describe, expect, test } from 'vitest';
import type { TradingState } from '../../../../src/ports/trading-pause.js';
import type { Outcome } from '../../../../src/workflows/run-context.js';
import { startPauseKeeper, type PauseKeeper } from '../../../../src/workflows/steps/trading.js';
import { buildPlan } from '../../../support/build-run.js';
import { createStepRig, done, type StepRig } from '../../../support/step-rig.js';

const lost: Outcome<never> = { kind: 'unknown', error: { code: 'HF_EFFECT_UNKNOWN', message: 'no answer', evidence: {} } };
const { adapters } = buildPlan();

/** A run whose pause is never answered; the platform is read to be in these states, one look after the other; the last one stays. */
function rigOf(pause: 'read-back' | 'repeatable', ...states: readonly TradingState['state'][]): StepRig & { readonly keeper: PauseKeeper } {
  let looks = 0;
  const rig = createStepRig(
    {
      pauseTrading: () => lost,
      proveTrading: () => {
        const state = states[Math.min(looks, states.length - 1)] ?? 'unknown';
        looks += 1;
        return done({ state, detail: `the platform is ${state}` });
      },
    },
    { adapters: { ...adapters, pause: { ...adapters.pause, pause } } },
  );
  return { ...rig, keeper: startPauseKeeper(rig.run) };
}

const sentBy = ({ calls }: StepRig): number => calls.filter(({ name }) => name === 'pauseTrading').length;

/** Tries so often to pause, and says how often the platform was asked for it by then. */
async function tryToPause(rig: ReturnType<typeof rigOf>, times: number): Promise<readonly number[]> {
  const sent: number[] = [];
  for (let n = 0; n < times; n += 1) {
    await rig.clock.drive(rig.keeper.pause('primary-lost'));
    sent.push(sentBy(rig));
  }
  await rig.clock.drive(rig.keeper.stop());
  return sent;
}

describe('promise S5: a pause that may not be repeated and got no answer', () => {
  test('is only read back while nobody knows how it went', async () => {
    const rig = rigOf('read-back', 'unknown');
    expect([await tryToPause(rig, 3), rig.run.pause.state]).toEqual([[1, 1, 1], 'unproven']);
  });

  test('is found done when the platform says so', async () => {
    const rig = rigOf('read-back', 'unknown', 'paused');
    expect([await tryToPause(rig, 2), rig.run.pause.state]).toEqual([[1, 1], 'proven']);
  });

  test('is sent again once the platform says that trading goes on', async () => {
    expect(await tryToPause(rigOf('read-back', 'unknown', 'trading', 'unknown'), 4)).toEqual([1, 1, 2, 2]);
  });

  test('is sent again when somebody wishes it', async () => {
    const rig = rigOf('read-back', 'unknown');
    await rig.clock.drive(rig.keeper.pause('primary-lost'));
    rig.inbox.receive('pause-trading', { by: 'olga' });
    await rig.clock.run(() => sentBy(rig) === 2, rig.clock.now() + 600_000);
    expect(sentBy(rig)).toBe(2);
    await rig.clock.drive(rig.keeper.stop());
  });

  test('that may be repeated is sent with every try', async () => {
    expect(await tryToPause(rigOf('repeatable', 'unknown'), 3)).toEqual([1, 2, 3]);
  });
});
