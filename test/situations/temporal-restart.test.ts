import { expect, test } from 'vitest';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { follow } from './support/night-watch.js';
import { onStage } from './support/stage.js';

/** Before the pause is proven, at an open gate, and while the application is moved. */
const RESTARTS: readonly string[] = ['confirm#1', 'openGate#1', 'stopInstances#1'];

test('promise S11: situation: Temporal killed and restarted in the middle of a run', () =>
  onStage({ gateway: false }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    const restarted: string[] = [];
    const scheduled = await follow(stage, async (name, n) => {
      if (!RESTARTS.includes(`${name}#${n}`)) return;
      restarted.push(`${name}#${n}`);
      await stage.lab.faults.killTemporal();
      await stage.lab.faults.restartTemporal();
    });
    expect(restarted).toEqual(RESTARTS);
    expect((await stage.result()).outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
    for (const once of ['pauseTrading', 'fenceNode', 'promoteNode', 'stopInstances', 'pointApplication', 'resumeTrading'])
      expect(scheduled[once], once).toBe(1);
    expect(stage.worker().ended(), 'the worker never stopped').toBeUndefined();
  }));
