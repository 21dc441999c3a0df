// needs: kubernetes
import { describe, expect, test } from 'vitest';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { createKubernetesWorkload } from '../../src/adapters/kubernetes/workload.js';
import { errorOf, expectNoSecret, realScope, realTime } from './harness.js';
import type { Fate } from './harness.js';
import { kubernetesLabOfFile, makeDeaf } from './kubernetes-lab.js';
import type { LabNamespace } from './kubernetes-lab.js';
import { describeWorkloadConformance } from './workload.suite.js';
import type { WorkloadWorld } from './workload.suite.js';

const lab = kubernetesLabOfFile();

const scope = realScope;
const APP = { kind: 'deployment', name: 'geosync-api' } as const;
const FULL = 2;

function workloadPort(space: LabNamespace, stallAfterMs = 10_000) {
  return createKubernetesWorkload({ connection: space.connection, workload: { ...APP, namespace: space.name }, stallAfterMs });
}

async function openWorkload(): Promise<WorkloadWorld> {
  const space = await lab.openNamespace();
  await space.deploy(APP.name, FULL);
  await space.settled(APP.name, FULL);
  const labels = `app=${APP.name}`;
  const paths = { scale: /^PATCH \/apis\/apps/, kill: /^DELETE / } as const;
  return {
    ...realTime(async () => {
      lab.gate.clear();
      await space.leave();
    }),
    port: workloadPort(space),
    full: FULL,
    running: () => space.processes(labels),
    fate: async (verb, fate: Fate) => lab.gate.fate(paths[verb], fate),
    async ignoreStop() {
      const [first = ''] = await space.answering(labels);
      await makeDeaf(first);
    },
    silence: async () => lab.gate.fate(/^GET .*\/pods/, 'timeout-before'),
  };
}

describeWorkloadConformance('Kubernetes Deployment', { open: openWorkload });

describe('Kubernetes workload', () => {
  test('a rolling restart is followed until it is complete, asked under one key once', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const port = workloadPort(space);
    const before = await port.list(scope());
    expect(before.every(({ revision, address }) => revision === 'current' && address !== undefined)).toBe(true);
    expect(await port.roll(scope({ key: 'inc/1/roll/1' }))).toMatchObject({ state: 'done' });
    const mid = await port.list(scope());
    expect(mid.filter(({ revision }) => revision === 'old').map(({ instance }) => instance)).toEqual(
      before.map(({ instance }) => instance),
    );
    expect(await port.rollout(60_000, scope())).toMatchObject({ state: 'complete' });
    // One watch of the Deployment and one of its pods, taken with the shipped rights and kept to the end.
    expect(lab.gate.calls.filter(({ path }) => path.includes('watch=true')).map(({ path }) => path.split('?')[0])).toEqual([
      `/apis/apps/v1/namespaces/${space.name}/deployments`,
      `/api/v1/namespaces/${space.name}/pods`,
    ]);
    expect(await port.roll(scope({ key: 'inc/1/roll/1' }))).toMatchObject({ state: 'found-done' });
    const after = await port.list(scope());
    expect(after.filter(({ instance }) => before.some((old) => old.instance === instance))).toEqual([]);
    expect(after.every(({ revision }) => revision === 'current')).toBe(true);
    await space.leave();
  });

  test('a restart whose new pods say no is stalled, and the pods’ own words say why', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const body = { spec: { template: { spec: { containers: [{ name: 'main', env: [{ name: 'UNREADY', value: '1' }] }] } } } };
    await lab.kubernetes.api.apps.patchNamespacedDeployment(
      { namespace: space.name, name: APP.name, body },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    const result = await workloadPort(space, 2_000).rollout(60_000, scope());
    expect(result.state).toBe('stalled');
    expect(result.detail).toMatch(/does not become ready/);
    expect(result.detail).toMatch(/statuscode: 503|status ?code/i);
    expectNoSecret(result);
    await space.leave();
  });

  test('a workload whose new pods crash is stalled at once, with how they end and the last lines of their log', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, 1, { crash: true });
    const result = await workloadPort(space, 60_000).rollout(60_000, scope());
    expect(result.state).toBe('stalled');
    expect(result.detail).toMatch(/exit 3/);
    expect(result.detail).toContain('the certificate was refused');
    expectNoSecret(result);
    await space.leave();
  });

  test.each([
    ['is busy', () => lab.gate.fate(/^GET /, { status: 503, body: '' }), () => lab.gate.clear()],
    ['freezes', () => lab.kubernetes.apiServer.freeze(), () => lab.kubernetes.apiServer.thaw()],
  ] as const)('the API server %s in the middle of a rollout: it is asked again', async (_name, begin, end) => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const port = workloadPort(space);
    await port.roll(scope({ key: 'inc/1/roll/2' }));
    const followed = port.rollout(60_000, scope());
    begin();
    expect(await errorOf(port.list(scope()))).toMatchObject({ code: 'HF_KUBERNETES_UNREACHABLE' });
    end();
    expect(await followed).toMatchObject({ state: 'complete' });
    await space.leave();
  });

  test('a StatefulSet is stopped, started with one first, and restarted one after another', async () => {
    const space = await lab.openNamespace((rbac) =>
      rbac.replace('resources: [deployments], resourceNames: [geosync-api]', 'resources: [statefulsets], resourceNames: [geosync-api]'),
    );
    await space.deploySet(APP.name, FULL);
    const workload = { kind: 'statefulset', name: APP.name, namespace: space.name } as const;
    const port = createKubernetesWorkload({ connection: space.connection, workload, stallAfterMs: 10_000 });
    const until = async (count: number): Promise<void> => {
      while ((await port.list(scope())).length !== count) await scope().sleep(50);
    };
    expect(await port.rollout(60_000, scope())).toMatchObject({ state: 'complete' });
    await port.scale(0, scope());
    await until(0);
    await port.scale(1, scope());
    await until(1);
    await port.scale(FULL, scope());
    expect(await port.rollout(60_000, scope())).toMatchObject({ state: 'complete' });
    const before = await port.list(scope());
    await port.roll(scope({ key: 'inc/1/roll/3' }));
    expect(await port.rollout(60_000, scope())).toMatchObject({ state: 'complete' });
    const after = await port.list(scope());
    expect(after.map(({ instance }) => instance)).toEqual(before.map(({ instance }) => instance));
    expect(after.filter(({ incarnation }) => before.some((old) => old.incarnation === incarnation))).toEqual([]);
    expect(after.every(({ revision }) => revision === 'current')).toBe(true);
    await space.leave();
  });

  test('a pod of another workload is refused, and lives', async () => {
    const space = await lab.openNamespace();
    await Promise.all([space.deploy(APP.name, 1), space.deploy(`${APP.name}-2`, 1)]);
    await space.settled(`${APP.name}-2`, 1);
    const { items } = await lab.kubernetes.api.core.listNamespacedPod({ namespace: space.name, labelSelector: `app=${APP.name}-2` });
    const other = items[0]?.metadata?.name ?? '';
    expect(await errorOf(workloadPort(space).kill(other, scope()))).toMatchObject({
      code: 'HF_COMMAND_FAILED',
      evidence: { target: other },
    });
    expect(await space.processes(`app=${APP.name}-2`)).toBe(1);
    await space.leave();
  });

  test('what somebody scaled up meanwhile is not scaled down, and is named', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const port = workloadPort(space);
    await port.scale(0, scope());
    await space.scaleBySomebody(APP.name, FULL);
    const error = await errorOf(port.scale(1, scope()));
    expect(error).toMatchObject({ code: 'HF_CONFLICT', evidence: { found: String(FULL), wanted: '1' } });
    expect(error.message).toContain('somebody');
    expect(await port.strength(scope())).toMatchObject({ count: FULL, detail: expect.stringContaining('as remembered') });
    expect(await port.scale(FULL, scope())).toMatchObject({ state: 'done' });
    expect(await port.strength(scope())).toMatchObject({ count: FULL, detail: expect.not.stringContaining('as remembered') });
    await space.leave();
  });
});
