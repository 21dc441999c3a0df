import { describe, expect, test } from 'vitest';
import type { GateName } from '../../../../src/domain/gate.js';
import type { GateSubject } from '../../../../src/domain/gate-evidence.js';
import type { Outcome } from '../../../../src/workflows/run-context.js';
import { passGate } from '../../../../src/workflows/steps/gate.js';
import type { Sentry } from '../../../../src/workflows/steps/sentry.js';
import { ensurePaused, startPauseKeeper } from '../../../../src/workflows/steps/trading.js';
import { NOW_MS, observation } from '../../../support/build-facts.js';
import { createStepRig, done, type StepRig } from '../../../support/step-rig.js';

const MINUTE_MS = 60_000;
/** Calls around a gate take moments; what is a matter of minutes must not depend on them. */
const MOMENTS_MS = 5_000;

const subject = (gate: GateName, title: string): GateSubject => ({ gate, topic: 'b', title, lines: [], logins: [], extraPeople: [] });
const unfenced = subject('unfenced', 'No fence is in force on a.');

/** A sentry that finds node `a` writable at `atMs`. */
function sentryAt(rig: StepRig, atMs: number): Sentry {
  let reports = 0;
  rig.clock.at(atMs, () => {
    rig.run.see(observation());
    reports += 1;
  });
  return {
    alarm: () => (reports === 0 ? [] : ['a']),
    get reports() {
      return reports;
    },
    stop: () => Promise.resolve(),
  };
}

const minutesOf = (atMs: number | undefined): number | undefined =>
  atMs === undefined ? undefined : Math.round((atMs - NOW_MS) / MINUTE_MS);

/** Each gate with the minute at which it was opened and closed, and the answer. */
const gatesOf = ({ run }: StepRig): readonly unknown[] =>
  run.gates.map((g) => [g.gate, minutesOf(g.openedAtMs), minutesOf(g.closedAtMs), g.option, g.answeredBy]);

describe('promise S7: a gate that is opened while another one waits', () => {
  test('ends with the outer one at the latest, which then ends at once', async () => {
    const rig = createStepRig({});
    const { run, clock } = rig;
    const sentry = sentryAt(rig, NOW_MS + 10 * MINUTE_MS);
    let met = 0;
    run.guard = async () => {
      met += 1;
      await passGate(run, sentry, unfenced);
    };
    const answer = await clock.drive(passGate(run, sentry, subject('accept', 'b is the primary already.')));
    expect([answer.option, answer.answeredBy, met]).toEqual(['reject', 'silence', 1]);
    expect(gatesOf(rig)).toEqual([
      ['accept', 0, 15, 'reject', 'silence'],
      ['unfenced', 10, 15, 'hold', 'silence'],
    ]);
    expect(clock.now() - NOW_MS - 15 * MINUTE_MS).toBeLessThan(MOMENTS_MS);
    expect(run.open).toBeUndefined();
  });

  test('keeps its own deadline when that is the earlier one, and gives the outer one back', async () => {
    const rig = createStepRig({});
    const { run, clock } = rig;
    const sentry = sentryAt(rig, NOW_MS + 10 * MINUTE_MS);
    run.guard = async () => {
      await passGate(run, sentry, unfenced);
      expect(run.open?.opened.gate).toBe('resume');
    };
    await clock.drive(passGate(run, sentry, subject('resume', 'Everything is verified.')));
    expect(gatesOf(rig)).toEqual([
      ['resume', 0, 60, 'keep-paused', 'silence'],
      ['unfenced', 10, 40, 'hold', 'silence'],
    ]);
  });

  test('calls the next person at half of the time that it really has', async () => {
    const rig = createStepRig({});
    const { run, clock, calls } = rig;
    const sentry = sentryAt(rig, NOW_MS + 5 * MINUTE_MS);
    run.guard = async () => {
      await passGate(run, sentry, unfenced);
    };
    await clock.drive(passGate(run, sentry, subject('accept', 'b is the primary already.')));
    const called = calls.filter(
      ({ name, input }) => name === 'notify' && (input as { notice: { title: string } }).notice.title.includes('unfenced is still open'),
    );
    expect(called.map(({ atMs }) => minutesOf(atMs))).toEqual([10]);
  });

  test('does not ask about an unproven pause for ever while the outer one is over', async () => {
    const silent: Outcome<never> = { kind: 'unknown', error: { code: 'HF_EFFECT_UNKNOWN', message: 'no answer', evidence: {} } };
    const rig = createStepRig({ pauseTrading: () => silent, proveTrading: () => done({ state: 'trading', detail: 'orders are sent' }) });
    const { run, clock } = rig;
    const keeper = startPauseKeeper(run);
    run.pauseNow = (because) => keeper.pause(because);
    const sentry = sentryAt(rig, NOW_MS + 10 * MINUTE_MS);
    run.guard = () => ensurePaused(run, sentry, keeper, 'a accepts writes');
    const answer = await clock.drive(passGate(run, sentry, subject('accept', 'b is the primary already.')));
    expect([answer.option, answer.answeredBy]).toEqual(['reject', 'silence']);
    expect(gatesOf(rig)).toEqual([
      ['accept', 0, 15, 'reject', 'silence'],
      ['inconclusive', 10, 15, 'recheck', 'silence'],
    ]);
    await clock.drive(keeper.stop());
  });
});
