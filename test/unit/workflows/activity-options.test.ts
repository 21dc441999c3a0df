import { describe, expect, test } from 'vitest';
import { activityOptions } from '../../../src/workflows/activity-options.js';
import type { CallOptions } from '../../../src/workflows/run-context.js';

const EFFECTS: readonly CallOptions['effect'][] = ['read', 'guarded', 'repeatable', 'visible', 'read-back'];
const optionsOf = (effect: CallOptions['effect']) => activityOptions({ summary: 'x', effect });

describe('promise S5: attempts by class of effect', () => {
  test('an effect that is neither guarded nor repeatable is sent once', () => {
    expect(Object.fromEntries(EFFECTS.map((effect) => [effect, optionsOf(effect).retry?.maximumAttempts]))).toEqual({
      read: 20,
      guarded: 5,
      repeatable: 5,
      visible: 4,
      'read-back': 1,
    });
  });

  test('a cancelled effect is waited for, so that its end is known; a read is let go', () => {
    expect(EFFECTS.map((effect) => optionsOf(effect).cancellationType)).toEqual([
      'TRY_CANCEL',
      ...EFFECTS.slice(1).map(() => 'WAIT_CANCELLATION_COMPLETED'),
    ]);
  });
});

test('every call has a heartbeat limit and a limit of its own, so that a lost worker costs seconds', () => {
  for (const effect of EFFECTS) {
    expect(optionsOf(effect)).toMatchObject({ heartbeatTimeout: 5000, startToCloseTimeout: 10_000, taskQueue: 'holdfast-act' });
    // No limit over all attempts: a worker that is away for an hour must not fail a read.
    expect(optionsOf(effect)).not.toHaveProperty('scheduleToCloseTimeout');
  }
  expect(activityOptions({ summary: 'x', effect: 'read', limitMs: 75_000 }, 'watch')).toMatchObject({
    startToCloseTimeout: 75_000,
    taskQueue: 'holdfast-watch',
  });
});

test('a summary is cut to what the Temporal UI shows', () => {
  expect(String(activityOptions({ summary: 'y'.repeat(300), effect: 'read' }).summary).length).toBe(100);
});
