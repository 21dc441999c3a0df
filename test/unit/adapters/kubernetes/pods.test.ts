import { expect, test } from 'vitest';
import { containerWords, podWords } from '../../../../src/adapters/kubernetes/pod-words.js';
import { instanceOf, ownedPods } from '../../../../src/adapters/kubernetes/pods.js';
import { controller, pod, replicaSet } from '../../../support/build-kubernetes.js';

const own = (...args: Parameters<typeof pod>) => instanceOf({ pod: pod(...args), revision: 'current' });

test('a pod is of the newest template when its ReplicaSet’s template is, whatever the revision number says', () => {
  const sets = [replicaSet('rs-old', 'old'), replicaSet('rs-new', 'new')];
  const found = ownedPods(controller(), sets, [pod('a', 'rs-old'), pod('b', 'rs-new')]);
  expect(found.map(({ revision }) => revision)).toEqual(['old', 'current']);
});

test('a pod of another controller is left out; one whose owner is gone counts', () => {
  const orphan = pod('c', 'x');
  delete orphan.metadata?.ownerReferences;
  const found = ownedPods(controller(), [replicaSet('rs-new', 'new')], [pod('a', 'rs-new'), pod('b', 'somebody’s'), orphan]);
  expect(found.map(({ pod: { metadata } }) => metadata?.name)).toEqual(['a', 'c']);
});

test('before the newest template was seen, a StatefulSet’s revision is not believed', () => {
  const set = controller({
    ref: { kind: 'statefulset', name: 'geosync-api', namespace: 'geosync' },
    status: { replicas: 1, updated: 1, ready: 1, available: 1, updateRevision: 'r2' },
  });
  const labelled = pod('geosync-api-0', 'd1', {}, { metadata: { labels: { 'controller-revision-hash': 'r1' } } });
  expect(ownedPods(set, [], [labelled])[0]?.revision).toBe('old');
  expect(ownedPods({ ...set, generation: 5 }, [], [labelled])[0]?.revision).toBeUndefined();
});

test.each([
  ['terminating', own('a', 'rs', {}, { metadata: { deletionTimestamp: new Date(0) } }), 'running'],
  ['not placed yet', own('a', 'rs', {}, { status: { phase: 'Pending' } }), 'running'],
  ['between two restarts', own('a', 'rs', { state: { waiting: { reason: 'CrashLoopBackOff' } } }), 'running'],
  ['evicted', own('a', 'rs', {}, { status: { phase: 'Failed', reason: 'Evicted' } }), 'stopped'],
  ['on a node that is lost', own('a', 'rs', {}, { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }), 'unknown'],
] as const)('a pod that is %s is %s', (_name, instance, state) => {
  expect(instance.state).toBe(state);
});

test('a restart is another incarnation, and so is another pod of the same name', () => {
  const [first, restarted] = [own('a', 'rs'), own('a', 'rs', { restartCount: 1 })];
  const again = own('a', 'rs', {}, { metadata: { name: 'a', uid: 'other' } });
  expect(new Set([first, restarted, again].map(({ incarnation }) => incarnation)).size).toBe(3);
  expect(first.address).toBe('10.0.0.1');
});

test('a pod’s words: waiting, restarts, last end, place; credentials are masked', () => {
  const words = podWords(
    pod(
      'a',
      'rs',
      {
        ready: false,
        restartCount: 3,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', message: 'login postgresql://u:canary-7b1f@db failed' } },
      },
      { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] } },
    ),
  );
  expect(words).toContain('waiting: CrashLoopBackOff (back-off 40s)');
  expect(words).toContain('restarts 3');
  expect(words).toContain('last ended: Error (exit 1)');
  expect(words).toContain('not placed: Unschedulable (0/3 nodes)');
  expect(words).not.toContain('canary-7b1f');
});

test('a container without a state says so', () => {
  expect(containerWords({ name: 'api', image: '', imageID: '', ready: false, restartCount: 0 })).toBe('api no state yet');
});
