// needs: postgres, patroni, kubernetes
/**
 * promise S11: killing the worker loses no state; promise S5: what can be done only once is done once. Three of each here, with the
 * effects that only this lab has; the sweeps are on the embedded pair. The cluster's own record is asked what happened.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FullStage } from '../../../src/cli/demo/full-stage.js';
import { follow, followKilling, killWorker, replaceWorker, startedActivity } from '../support/night-watch.js';
import { recordChanges, type Changes } from './support/changes.js';
import { expectFenced, expectMoved, expectReady, expectTrading, remember, type Before } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { settingsOf } from './support/world.js';

const situation = onFullStage();

/** Where steps end, as `activity#n`: trading proven to stand still, all pods proven gone, the first pod verified. */
const BETWEEN_STEPS: readonly string[] = ['proveTrading#1', 'stopInstances#1', 'verifyInstances#1'];

/** n1's host is lost, and Patroni promotes another node before the run looks: the end of the ttl is played at once. */
async function movedByPatroni(stage: FullStage): Promise<'n1' | 'n2' | 'n3'> {
  await stage.lab.cluster.nodes.n1.kill();
  await stage.lab.cluster.etcd.expireLeader();
  return stage.lab.cluster.waitForLeader({ not: 'n1' });
}

/** Trading: paused and resumed. Application: to none, to one, to all. Secret: one new value. */
async function expectOnce(stage: FullStage, changes: Changes, before: Before): Promise<void> {
  expect(await changes.specs()).toEqual({ application: 3, trading: 2 });
  expect(changes.settings).toEqual([before.settings, await settingsOf(stage)]);
  await changes.end();
}

/** How often Patroni was asked for a switchover since the lab began, by its own log. */
function switchoversAskedFor({ lab }: FullStage): number {
  const logs = Object.values(lab.cluster.nodes).map(({ spec }) => readFileSync(spec.logFile, 'utf8'));
  return logs.join('').split('received switchover request').length - 1;
}

test('situation on the full lab: worker killed between three steps', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const changes = await recordChanges(stage);
    const target = await movedByPatroni(stage);
    await stage.start();
    const scheduled = await followKilling(stage, BETWEEN_STEPS);
    expect((await stage.result()).outcome).toBe('verified');
    await expectMoved(stage, before, target);
    expectFenced(stage, 'n1');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
    for (const once of ['pauseTrading', 'fenceNode', 'stopInstances', 'pointApplication', 'resumeTrading'])
      expect(scheduled[once], once).toBe(1);
    expect(scheduled['promoteNode'], 'Patroni promoted, nobody else').toBeUndefined();
    await expectOnce(stage, changes, before);
  }));

test('situation on the full lab: worker killed inside three effects: trading to 0, pods to 0, Secret', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const changes = await recordChanges(stage);
    const target = await movedByPatroni(stage);
    await stage.start();
    const ended = follow(stage);

    await startedActivity(stage, 'pauseTrading');
    await replaceWorker(stage);
    await startedActivity(stage, 'stopInstances');
    await replaceWorker(stage);
    // The request is on its way to an API server that answers nobody, and is handled when nobody waits for its answer any more.
    await startedActivity(stage, 'pointApplication');
    stage.lab.kubernetes.apiServer.freeze();
    await killWorker(stage);
    stage.lab.kubernetes.apiServer.thaw();
    await stage.startWorker();

    await ended;
    expect((await stage.result()).outcome).toBe('verified');
    await expectMoved(stage, before, target);
    expectFenced(stage, 'n1');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
    await expectOnce(stage, changes, before);
  }));

test('situation on the full lab: worker killed inside the request for a switchover, the rolling restart, the resume', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const changes = await recordChanges(stage);
    await stage.start({ mode: 'planned', trigger: { kind: 'person', incident: `change-${Date.now()}`, atMs: Date.now(), by: 'cleo' } });
    const asked = switchoversAskedFor(stage);
    // Nobody is asked about the lost answer: it is read back.
    const ended = follow(stage);

    await expect.poll(() => switchoversAskedFor(stage), { interval: 20, timeout: FULL_RUN_MS }).toBe(asked + 1);
    await replaceWorker(stage);
    await startedActivity(stage, 'rollInstances');
    await replaceWorker(stage);
    await startedActivity(stage, 'resumeTrading');
    await replaceWorker(stage);

    await ended;
    const result = await stage.result();
    expect(result.outcome).toBe('verified');
    const target = await stage.lab.cluster.waitForLeader({ not: 'n1' });
    expect(result.target?.node).toBe(target);
    expect(switchoversAskedFor(stage), 'asked once, whoever lost the answer').toBe(asked + 1);
    await expectMoved(stage, before, target);
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
    expect(await stage.lab.cluster.inRecovery('n1'), 'the old leader follows in good order').toBe(true);
    expect(await changes.specs(), 'one restart; trading paused and resumed').toEqual({ application: 1, trading: 2 });
    expect(changes.settings).toEqual([before.settings, await settingsOf(stage)]);
    await changes.end();
  }));
