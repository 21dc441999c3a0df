/** Brings a full lab back to what it was at the start, by switchover rather than restart. */
import { expect } from 'vitest';
import { asMergePatch } from '../../../../lab/kubernetes/index.js';
import type { FullStage } from '../../../../src/cli/demo/full-stage.js';
import { killWorker } from '../../support/night-watch.js';
import { applicationPods, NODES, podHealth, pointedAt, sessionsOn, tradingOf } from './world.js';

/** Pods of the application, and of what trades. */
const REPLICAS = 3;
const TRADING = 1;
const GONE_MS = 30_000;
const FORGOTTEN = {
  'holdfast.dev/full-strength': null,
  'holdfast.dev/scaled-to': null,
  'holdfast.dev/paused-by': null,
  'holdfast.dev/paused-replicas': null,
} as const;

/**
 * Ends every fault of hosts, etcd, network, control plane, workers and receivers, gives the leadership back to n1, and leaves: all nodes
 * streaming, no fence, a clear and fresh row, the Secret pointed at n1, three ready pods with sessions there, trading running, no open run,
 * a memory of the store that begins now. A fault that has a function of its own to end it (a controller that reverts, an autoscaler, a
 * link) must have been ended.
 */
export async function reset(stage: FullStage): Promise<void> {
  const { lab } = stage;
  if (lab.hosts.kind === 'namespaces') lab.network.healAll();
  await Promise.all([endRuns(stage), restoreControlPlane(stage)]);
  for (const receiver of ['on-call', 'risk', 'operations', 'chat']) lab.receivers.setMode(receiver, 'take');
  await lab.cluster.resetBySwitchover('n1');
  await lab.cluster.writeRow('n1', { engaged: false });
  await Promise.all([restoreTrading(stage), restoreApplication(stage)]);
  await stage.watchAnew();
  const { primary } = await stage.untilSnapshot(() => true);
  expect(primary, 'the memory of the store begins with n1').toBe('n1');
}

/** No run goes on, and no activity of one: a worker that may still be acting for a terminated run is replaced. */
async function endRuns(stage: FullStage): Promise<void> {
  const { client } = stage;
  let acting = false;
  for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) {
    acting ||= /^(failover|pause|exercise|rehearsal):/.test(workflowId);
    // One that has ended meanwhile needs no end.
    await client.workflow
      .getHandle(workflowId)
      .terminate('reset of the lab')
      .catch(() => undefined);
  }
  if (acting && stage.worker().ended() === undefined) await killWorker(stage);
  if (stage.worker().ended() !== undefined) await stage.startWorker();
}

async function restoreControlPlane({ lab }: FullStage): Promise<void> {
  const { etcd, apiServer, controllerManager, kubelet } = lab.kubernetes;
  // It would come back to a new API server only after a back-off of up to 30 s; a real one ends when its lease is lost.
  if (apiServer.pid() === undefined) await controllerManager.kill();
  for (const server of [etcd, apiServer, controllerManager, kubelet]) {
    server.thaw();
    await server.start();
  }
}

async function patchDeployment({ lab }: FullStage, name: string, replicas: number): Promise<void> {
  const { namespace } = lab.application;
  const body = { metadata: { annotations: FORGOTTEN }, spec: { replicas } };
  await lab.kubernetes.api.apps.patchNamespacedDeployment({ namespace, name, body }, asMergePatch);
}

async function restoreTrading(stage: FullStage): Promise<void> {
  await patchDeployment(stage, stage.lab.application.tradingDeployment, TRADING);
  await expect.poll(async () => (await tradingOf(stage)).pods.length, { timeout: GONE_MS }).toBe(TRADING);
}

/** Whether the application is as at the start, so that nothing has to be restarted. */
async function isWell(stage: FullStage): Promise<boolean> {
  const { place, port } = stage.lab.cluster.nodes.n1;
  if ((await pointedAt(stage)) !== `${place.address}:${port}`) return false;
  const pods = await applicationPods(stage);
  if (pods.length !== REPLICAS) return false;
  for (const pod of pods) if ((await podHealth(stage, pod))?.status !== 200) return false;
  const sessions = await Promise.all(NODES.map(async (node) => (await sessionsOn(stage, node)) ?? []));
  return JSON.stringify(sessions) === JSON.stringify([pods.map(({ address }) => address).sort(), [], []]);
}

async function restoreApplication(stage: FullStage): Promise<void> {
  const { lab } = stage;
  const { namespace, deployment, selector } = lab.application;
  if (!(await isWell(stage))) {
    const { core } = lab.kubernetes.api;
    await lab.application.pointAt(lab.database('n1'));
    await patchDeployment(stage, deployment, 0);
    await core.deleteCollectionNamespacedPod({ namespace, labelSelector: selector, gracePeriodSeconds: 1 });
    const left = async (): Promise<number> => (await core.listNamespacedPod({ namespace, labelSelector: selector })).items.length;
    await expect.poll(left, { timeout: GONE_MS }).toBe(0);
  }
  await patchDeployment(stage, deployment, REPLICAS);
  await lab.application.waitRolledOut();
}
