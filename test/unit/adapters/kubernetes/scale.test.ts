import { describe, expect, test } from 'vitest';
import { planPause, planResume } from '../../../../src/adapters/kubernetes/pause-plan.js';
import { planScale, strengthOf } from '../../../../src/adapters/kubernetes/scale.js';
import { tradingStateOf } from '../../../../src/adapters/kubernetes/scale-pause.js';
import { planRoll } from '../../../../src/adapters/kubernetes/workload.js';
import { controller, pod } from '../../../support/build-kubernetes.js';

const FULL = 'holdfast.dev/full-strength';
const TO = 'holdfast.dev/scaled-to';
const BY = 'holdfast.dev/paused-by';
const BEFORE = 'holdfast.dev/paused-replicas';

describe('scale', () => {
  const scaled = (replicas: number, full: string, to: string) => controller({ replicas, annotations: { [FULL]: full, [TO]: to } });

  test('the first scale remembers the full strength by the same write', () => {
    expect(planScale(controller(), 0)).toMatchObject({
      found: false,
      change: { annotations: { [FULL]: '3', [TO]: '0' }, spec: { replicas: 0 } },
    });
  });

  test('what was remembered is not overwritten by a second incident', () => {
    expect(strengthOf(scaled(0, '3', '0'))).toEqual({ count: 3, remembered: true });
    expect(planScale(scaled(1, '3', '1'), 0)).toMatchObject({ change: { annotations: { [FULL]: '3', [TO]: '0' } } });
    expect(planScale(scaled(0, '3', '0'), 0)).toMatchObject({ found: true });
  });

  test('at full strength again nothing is left behind', () => {
    expect(planScale(scaled(1, '3', '1'), 3)).toMatchObject({
      change: { annotations: { [FULL]: null, [TO]: null }, spec: { replicas: 3 } },
    });
    expect(planScale(scaled(3, '3', '1'), 3)).toMatchObject({ found: false });
    expect(planScale(controller(), 3)).toMatchObject({ found: true });
  });

  test('somebody’s scale meanwhile is noticed: not undone upwards, told when stopping', () => {
    expect(() => planScale(scaled(3, '3', '0'), 1)).toThrow(expect.objectContaining({ code: 'HF_CONFLICT' }));
    expect(planScale(scaled(5, '3', '1'), 0).detail).toContain('somebody had set 5 after Holdfast asked for 1');
  });

  test('a workload at 0 that Holdfast did not scale has nothing to remember', () => {
    expect(planScale(controller({ replicas: 0 }), 0)).toMatchObject({ found: true });
    expect(planScale(controller({ replicas: 0 }), 2)).toMatchObject({ change: { annotations: { [FULL]: null } } });
  });
});

describe('restart', () => {
  test('the key is kept in the template, so that a repeat is found done', () => {
    const step = planRoll(controller(), 'k', 0);
    const annotations = { 'holdfast.dev/restarted-by': 'k', 'kubectl.kubernetes.io/restartedAt': '1970-01-01T00:00:00.000Z' };
    expect(step).toMatchObject({ change: { spec: { template: { metadata: { annotations } } } } });
    expect(planRoll(controller({ template: { metadata: { annotations } } }), 'k', 9)).toMatchObject({ found: true });
  });

  test.each([
    ['paused rollouts', { paused: true }, 'spec.paused'],
    ['OnDelete', { strategy: 'OnDelete' }, 'OnDelete'],
    ['Recreate', { strategy: 'Recreate' }, 'Recreate'],
  ] as const)('%s are refused', (_name, change, words) => {
    expect(() => planRoll(controller(change), 'k', 0)).toThrow(
      expect.objectContaining({ code: 'HF_COMMAND_FAILED', message: expect.stringContaining(words) }),
    );
  });
});

describe('pause', () => {
  const paused = (replicas: number, by = 'k') => controller({ replicas, annotations: { [BY]: by, [BEFORE]: '3' } });

  test('replicas and key are remembered by the write that pauses', () => {
    expect(planPause(controller(), 'k')).toMatchObject({
      replicas: 3,
      step: { change: { annotations: { [BY]: 'k', [BEFORE]: '3' }, spec: { replicas: 0 } } },
    });
  });

  test('our own pause is found; one over which somebody raised the replicas is put in force again', () => {
    expect(planPause(paused(0), 'k')).toMatchObject({ replicas: 3, step: { found: true } });
    expect(planPause(paused(2), 'k')).toMatchObject({
      replicas: 3,
      step: { found: false, change: { annotations: {}, spec: { replicas: 0 } } },
    });
  });

  test('a workload at 0 by somebody else is their pause', () => {
    expect(planPause(controller({ replicas: 0 }), 'k').foundBy).toContain('somebody');
    expect(planPause(paused(0, 'theirs'), 'k')).toEqual({ foundBy: 'theirs' });
  });

  test('a pause of another key that is no longer in force is taken over', () => {
    expect(planPause(paused(2, 'theirs'), 'k')).toMatchObject({
      replicas: 2,
      step: { change: { annotations: { [BY]: 'k', [BEFORE]: '2' } } },
    });
  });

  test('the undo is exact, and a lost answer is made good by the annotation', () => {
    const change = { annotations: { [BY]: null, [BEFORE]: null }, spec: { replicas: 3 } };
    expect(planResume(paused(0), 'k', 3)).toMatchObject({ change });
    expect(planResume(paused(0), 'k', undefined)).toMatchObject({ change });
    expect(planResume(paused(3), 'k', 3)).toMatchObject({ change });
    expect(planResume(controller(), 'k', 3)).toMatchObject({ found: true });
  });

  test.each([
    ['another key', paused(0, 'theirs')],
    ['nobody named', controller({ replicas: 0 })],
    ['another number of replicas meanwhile', paused(1)],
  ])('not ours to lift: %s', (_name, is) => {
    expect(() => planResume(is, 'k', 3)).toThrow(expect.objectContaining({ code: 'HF_PAUSE_NOT_OURS' }));
  });

  test('paused only when asked for 0, seen by the controller, and no pod left', () => {
    const none = { replicas: 0, updated: 0, ready: 0, available: 0 };
    const at0 = { ...paused(0), status: none };
    expect(tradingStateOf(at0, [])).toMatchObject({ state: 'paused', by: 'k' });
    expect(tradingStateOf(at0, [{ pod: pod('a', 'rs', {}, { metadata: { deletionTimestamp: new Date(0) } }) }])).toMatchObject({
      state: 'trading',
      by: 'k',
    });
    expect(tradingStateOf(at0, [{ pod: pod('a', 'rs', {}, { status: { phase: 'Failed' } }) }])).toMatchObject({ state: 'paused' });
    expect(tradingStateOf({ ...at0, observedGeneration: 3 }, [])).toMatchObject({ state: 'trading' });
    expect(tradingStateOf(paused(1), [])).toMatchObject({ state: 'trading', detail: expect.stringContaining('brought the replicas back') });
  });
});
