import { expect, test } from 'vitest';
import { backupKey, backupName } from '../../../../src/adapters/kubernetes/backup.js';
import { loadKubeConfig } from '../../../../src/adapters/kubernetes/connection.js';
import { selectorText } from '../../../../src/adapters/kubernetes/controller.js';
import { scaledObjects } from '../../../../src/adapters/kubernetes/scalers.js';
import { sourceOf, sourcePatch } from '../../../../src/adapters/kubernetes/source-object.js';

const SECRET = { kind: 'secret', name: 'geosync-secrets', namespace: 'geosync' } as const;

test('a patch carries the version and one key', () => {
  expect(sourcePatch(SECRET, 'DSN', 'ä', '7')).toEqual({ metadata: { resourceVersion: '7' }, data: { DSN: 'w6Q=' } });
  expect(sourcePatch({ ...SECRET, kind: 'configmap' }, 'DSN', 'ä', '7')).toEqual({
    metadata: { resourceVersion: '7' },
    data: { DSN: 'ä' },
  });
});

test('a value that is no text, or a key that is not there, is unreadable and not shown', () => {
  expect(sourceOf(SECRET, 'DSN', { data: { DSN: 'w6Q=' }, metadata: { resourceVersion: '7' } })).toMatchObject({
    value: 'ä',
    version: '7',
  });
  expect(() => sourceOf(SECRET, 'DSN', { data: { DSN: '/w==' } })).toThrow(expect.objectContaining({ code: 'HF_CONFIG_UNREADABLE' }));
  expect(() => sourceOf(SECRET, 'DSN', { data: {} })).toThrow(/has no key DSN/);
});

test('a backup’s key is allowed in a Secret, and no two meet', () => {
  const keys = [backupKey('inc 1/1/move/1', 'DSN'), backupKey('inc_1/1/move/1', 'DSN'), backupKey(`${'x'.repeat(400)}/1`, 'DSN')];
  expect(keys.every((key) => /^[-._A-Za-z0-9]{1,253}$/.test(key))).toBe(true);
  expect(new Set(keys).size).toBe(3);
  expect(backupName('geosync-secrets')).toBe('geosync-secrets-holdfast-backup');
});

test('selectors as the API takes them', () => {
  const selector = {
    matchLabels: { app: 'a', tier: 'b' },
    matchExpressions: [
      { key: 'x', operator: 'In', values: ['1', '2'] },
      { key: 'y', operator: 'DoesNotExist' },
    ],
  };
  expect(selectorText(selector)).toBe('app=a,tier=b,x in (1,2),!y');
});

test('KEDA’s objects that target the workload', () => {
  const item = (name: string, kind?: string) => ({
    metadata: { name: `s-${name}` },
    spec: { scaleTargetRef: { name, kind }, minReplicaCount: 1 },
  });
  const list = { items: [item('trading'), item('other'), item('trading', 'StatefulSet')] };
  expect(scaledObjects(list, { kind: 'deployment', name: 'trading', namespace: 'n' })).toEqual([
    { kind: 'keda', name: 's-trading', min: 1 },
  ]);
});

test.each([
  ['a kubeconfig that is not there', { kubeconfig: '/nonexistent/kubeconfig' }, 'HF_SECRET_UNRESOLVED'],
  [
    'a token that is not there',
    { server: 'https://127.0.0.1:1', ca: 'file:/nonexistent/ca', token: 'env:HOLDFAST_NO_SUCH' },
    'HF_SECRET_UNRESOLVED',
  ],
  ['no pod', { inCluster: true }, 'HF_CONFIG_INVALID'],
] as const)('access: %s is named', async (_name, access, code) => {
  await expect(loadKubeConfig(access)).rejects.toMatchObject({ code });
});
