/**
 * promise S11: killing the worker at any moment loses no state; promise S5: what can be done only once is done once. Real processes and
 * kill -9; the world's own record is asked what happened.
 */
import { expect, test } from 'vitest';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { holdCommand } from './support/held-command.js';
import { follow, followKilling, killWorker, replaceWorker, startedActivity } from './support/night-watch.js';
import { USUAL, type Script } from './support/people.js';
import { onStage } from './support/stage.js';
import { envFileOf, rowOn } from './support/world.js';

/** Where each step of the runbook ends, as `activity#n`. */
const BETWEEN_STEPS: readonly string[] = [
  'resolvePlan#1',
  'confirm#1',
  'proveTrading#1',
  'fenceNode#1',
  'promoteNode#1',
  'stopInstances#1',
  'pointApplication#1',
  'startInstances#1',
  'verifyInstances#1',
  'verifyInstances#2',
  'verifyInstances#3',
  'resumeTrading#1',
];

/** An answer of unknown outcome is put to people after the read-back; what was not done is then sent again by their word. */
const WITH_UNKNOWN: Script = { ...USUAL, inconclusive: [['ana', 'send-again']] };

test('promise S11: situation: worker killed between every two steps', () =>
  onStage({ gateway: false }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    const scheduled = await followKilling(stage, BETWEEN_STEPS);
    expect((await stage.result()).outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
    for (const once of ['pauseTrading', 'fenceNode', 'promoteNode', 'stopInstances', 'pointApplication', 'resumeTrading'])
      expect(scheduled[once], once).toBe(1);
  }));

test('promise S5: situation: worker killed inside each effect: pause, fence, promotion, stop, configuration', () =>
  onStage({ gateway: false }, async (stage) => {
    const before = remember(stage);
    const fence = holdCommand(stage, 'pg-fence');
    const appctl = holdCommand(stage, 'appctl');
    await stage.lab.faults.killNode('a');
    stage.lab.faults.tradingMode('hang');
    await stage.start();
    const ended = follow(stage, undefined, WITH_UNKNOWN);

    await startedActivity(stage, 'pauseTrading');
    await killWorker(stage);
    stage.lab.faults.tradingMode('serve');
    const fenced = fence.hang('put');
    await stage.startWorker();
    await fenced;
    await killWorker(stage);
    fence.release();
    await stage.startWorker();
    // The standby stops in the middle of whatever it was asked, and goes on when nobody waits for its answer any more.
    await startedActivity(stage, 'promoteNode');
    await stage.lab.faults.freezeNode('b');
    await killWorker(stage);
    await stage.lab.faults.thawNode('b');
    const stopping = appctl.hang('stop');
    await stage.startWorker();
    await stopping;
    await killWorker(stage);
    appctl.release();
    await stage.startWorker();
    await startedActivity(stage, 'pointApplication');
    await replaceWorker(stage);

    await ended;
    expect((await stage.result()).outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
    expect(
      fence.calls().filter((line) => line === 'put a').length,
      'the fence is repeatable, and read before it is put again',
    ).toBeLessThanOrEqual(2);
  }));

test('promise S5: situation: worker killed inside each effect: start, lease, resume', () =>
  onStage({ gateway: false }, async (stage) => {
    const before = remember(stage);
    const appctl = holdCommand(stage, 'appctl');
    await stage.lab.faults.writeRow('a', { engaged: false, ageSeconds: 400 });
    await stage.lab.pair.waitReplayed('a');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const ended = follow(stage, undefined, {
      ...WITH_UNKNOWN,
      reaffirm: [
        ['ana', 'reaffirm'],
        ['ben', 'reaffirm'],
      ],
    });

    await startedActivity(stage, 'holdLease');
    await replaceWorker(stage);
    await appctl.hang('start');
    await killWorker(stage);
    appctl.release();
    await stage.startWorker();
    await startedActivity(stage, 'resumeTrading');
    stage.lab.faults.tradingMode('hang');
    await killWorker(stage);
    stage.lab.faults.tradingMode('serve');
    await stage.startWorker();

    await ended;
    expect((await stage.result()).outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
    expect((await rowOn(stage, 'b'))?.engaged).toBe(false);
    expect(envFileOf(stage)).not.toBe(before.envFile);
  }));
