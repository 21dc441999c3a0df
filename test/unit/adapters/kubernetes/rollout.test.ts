import { expect, test } from 'vitest';
import { judgeRollout } from '../../../../src/adapters/kubernetes/rollout.js';
import type { OwnedPod } from '../../../../src/adapters/kubernetes/pods.js';
import { warningWords } from '../../../../src/adapters/kubernetes/pod-evidence.js';
import { controller, pod } from '../../../support/build-kubernetes.js';

const STALL_MS = 10_000;
const current = (name: string, ...rest: [Parameters<typeof pod>[2]?, Parameters<typeof pod>[3]?]): OwnedPod => ({
  pod: pod(name, 'rs-new', ...rest),
  revision: 'current',
});
const old = (name: string, extra: Parameters<typeof pod>[3] = {}): OwnedPod => ({ pod: pod(name, 'rs-old', {}, extra), revision: 'old' });
const judge = (change: Parameters<typeof controller>[0], pods: readonly OwnedPod[], nowMs = 5_000) =>
  judgeRollout(controller(change), pods, nowMs, STALL_MS);
const all = [current('a'), current('b'), current('c')];
const half = { status: { replicas: 4, updated: 1, ready: 3, available: 3 } };

test('complete when every pod is of the newest template and available', () => {
  expect(judge({}, all)).toMatchObject({ state: 'complete' });
});

test.each([
  ['the controller has not seen the change', { observedGeneration: 3 }, all],
  ['an old pod still terminates', {}, [...all, old('z', { metadata: { deletionTimestamp: new Date(0) } })]],
  ['one is not available yet', { status: { replicas: 3, updated: 3, ready: 2, available: 2 } }, all],
  ['a new pod starts', half, [current('a', { ready: false }), old('y'), old('z')]],
] as const)('progressing while %s', (_name, change, pods) => {
  expect(judge(change, pods).state).toBe('progressing');
});

test.each([
  ['says no to its probe', { ready: false }, /does not become ready/],
  [
    'crashes',
    { ready: false, restartCount: 2, state: { waiting: { reason: 'ContainerCreating' } } },
    /crashes again and again \(2 restarts\)/,
  ],
  [
    'cannot be started',
    { ready: false, state: { waiting: { reason: 'CreateContainerConfigError', message: 'key not found' } } },
    /key not found/,
  ],
  ['is in back-off', { ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }, /CrashLoopBackOff/],
] as const)('stalled at once when a new pod %s, in its own words', (_name, status, words) => {
  const verdict = judge(half, [current('a', status), old('y'), old('z')], STALL_MS + 1);
  expect(verdict).toMatchObject({ state: 'stalled', detail: expect.stringMatching(words) });
  expect(verdict.stuck.map(({ metadata }) => metadata?.name)).toEqual(['a']);
  expect(verdict.detail).toContain('1 of 3 new');
});

test('a pod that finds no node is a stall, after its time', () => {
  const unplaced = current(
    'a',
    {},
    {
      status: { phase: 'Pending', containerStatuses: [], conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
    },
  );
  expect(judge(half, [unplaced], STALL_MS - 1).state).toBe('progressing');
  expect(judge(half, [unplaced], STALL_MS)).toMatchObject({ state: 'stalled', detail: expect.stringContaining('finds no node') });
});

test('it is known when a pod that is not ready will count as stuck', () => {
  expect(judge(half, [current('a', { ready: false }), old('y')], 4_000)).toMatchObject({
    state: 'progressing',
    againInMs: STALL_MS - 4_000,
  });
  expect(judge(half, [current('a'), old('y')], 4_000).againInMs).toBeUndefined();
});

test('the platform’s own verdict is believed only about this change', () => {
  const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: '' }];
  expect(judge({ ...half, conditions }, [old('y')])).toMatchObject({ state: 'stalled' });
  expect(judge({ ...half, conditions, observedGeneration: 3 }, [old('y')]).state).toBe('progressing');
});

test('a paused Deployment is stalled and says so', () => {
  expect(judge({ ...half, paused: true }, [old('y')])).toMatchObject({ state: 'stalled', detail: expect.stringContaining('spec.paused') });
});

test('events: warnings only, the newest first, credentials masked', () => {
  const event = (reason: string, atMs: number, type: string, message: string) =>
    ({ type, reason, message, count: 2, lastTimestamp: new Date(atMs), metadata: {}, involvedObject: {} }) as const;
  const words = warningWords([
    event('Pulled', 3, 'Normal', 'ok'),
    event('Unhealthy', 1, 'Warning', 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
    event('BackOff', 2, 'Warning', 'token=canary-7b1f'),
  ]);
  expect(words).toMatch(/^BackOff ×2: .* \| Unhealthy ×2: .*503$/);
  expect(words).not.toContain('canary-7b1f');
});
