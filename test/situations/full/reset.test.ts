// needs: postgres, patroni, kubernetes
/** What the other suites of this folder lean on: whatever a test leaves behind, the next one finds the lab as at the start. */
import { expect, test } from 'vitest';
import { asMergePatch } from '../../../lab/kubernetes/index.js';
import { gate } from '../support/people.js';
import { killWorker } from '../support/night-watch.js';
import { expectReady, remember } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { applicationPods, NODES, pointedAt, rowOn, sessionsOn, tradingOf } from './support/world.js';

const situation = onFullStage();

test('a lab left in the middle of a run, with faults everywhere, is as at the start for the next test', async () => {
  await situation(async (stage) => {
    const { lab } = stage;
    const before = await remember(stage);
    await lab.cluster.nodes.n1.kill();
    await stage.postAlert();
    await gate(stage, 'accept', FULL_RUN_MS);
    // Left behind: a paused trading, an open gate, a fence, an engaged and old row, another DSN, deaf pods, a dead worker, silent parts.
    const leader = await lab.cluster.waitForLeader({ not: 'n1' });
    await lab.cluster.writeRow(leader, { engaged: true, reason: 'by somebody', ageSeconds: 900 });
    await lab.application.pointAt(lab.database(leader));
    await lab.application.scale(1);
    const { namespace } = lab.application;
    const annotations = { 'holdfast.dev/full-strength': '7', 'holdfast.dev/scaled-to': '1' };
    await lab.kubernetes.api.apps.patchNamespacedDeployment(
      { namespace, name: lab.application.deployment, body: { metadata: { annotations } } },
      asMergePatch,
    );
    expect((await tradingOf(stage)).replicas, 'the run has paused trading').toBe(0);
    await lab.cluster.pause();
    await killWorker(stage);
    await lab.kubernetes.controllerManager.kill();
    lab.kubernetes.kubelet.freeze();
    await lab.cluster.etcd.freeze();
    lab.receivers.setMode('risk', 'hang');
    expect(before.trading).toHaveLength(1);
  });
  await situation(async (stage) => {
    expect(await stage.lab.cluster.primaries()).toEqual(['n1']);
    for (const node of NODES) expect(stage.lab.cluster.nodes[node].disabled()).toBe(false);
    expect(await rowOn(stage, 'n1')).toMatchObject({ engaged: false, reason: '' });
    const { place, port } = stage.lab.cluster.nodes.n1;
    expect(await pointedAt(stage)).toBe(`${place.address}:${port}`);
    const pods = await applicationPods(stage);
    expect(pods).toHaveLength(3);
    await expectReady(stage);
    expect(await sessionsOn(stage, 'n1')).toEqual(pods.map(({ address }) => address).sort());
    expect(await tradingOf(stage)).toMatchObject({ replicas: 1, pods: [expect.any(String)] });
    await expect(stage.facts()).resolves.toMatchObject({ store: stage.store });
    const { status } = await stage.client.workflow.getHandle(`failover:${stage.cluster}`).describe();
    expect(status.name).toBe('TERMINATED');
    expect((await stage.untilSnapshot(() => true)).primary).toBe('n1');
    expect((await stage.cli(['check', '--store', stage.store, '--config', stage.configFile])).output).toContain(' 0 fail');
  });
});
