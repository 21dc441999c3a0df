// needs: postgres, patroni, kubernetes
/** The leader is lost; Patroni promotes another node by itself, and the rest of the runbook is carried out in the cluster. */
import { expect, test } from 'vitest';
import { countOf } from '../support/history.js';
import { play } from '../support/people.js';
import {
  expectFenced,
  expectMoved,
  expectPodsEngaged,
  expectReady,
  expectRow,
  expectTrading,
  expectUntouched,
  remember,
} from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { rowOn } from './support/world.js';

const situation = onFullStage();

test('situation on the full lab: leader host killed', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    await stage.lab.cluster.nodes.n1.kill();
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    expect(result.target?.how).toBe('found');
    expect(await countOf(stage, 'promoteNode'), 'Patroni promoted, nobody else').toBe(0);
    const target = await stage.lab.cluster.waitForLeader({ not: 'n1' });
    expect(result.target?.node).toBe(target);
    await expectMoved(stage, before, target);
    expectFenced(stage, 'n1');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: leader host killed while the switch is engaged', () =>
  situation(async (stage) => {
    await stage.lab.cluster.writeRow('n1', { engaged: true, reason: 'volatility guard, set by the desk' });
    await stage.untilSnapshot((s) => s.row.state === 'present' && s.row.row.engaged);
    await stage.lab.cluster.waitForStreaming();
    const before = await remember(stage);
    const row = await rowOn(stage, 'n1');
    await stage.lab.cluster.nodes.n1.kill();
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(result.outcome).toBe('verified-engaged');
    const target = await stage.lab.cluster.waitForLeader({ not: 'n1' });
    await expectMoved(stage, before, target);
    await expectRow(stage, target, true, row?.updatedAt);
    await expectPodsEngaged(stage);
    await expectTrading(stage, 'paused', before);
  }));

test('situation on the full lab: an alert without a cause', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(stage, {}, FULL_RUN_MS);
    expect(result.outcome).toBe('no-failover');
    expect(result.verdict).toBe('healthy');
    await expectUntouched(stage, before);
  }));
