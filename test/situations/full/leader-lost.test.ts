// needs: patroni, kubernetes
/** The leader is lost; Patroni promotes another node by itself, and the rest of the runbook is carried out in the cluster. */
import { expect, test } from 'vitest';
import { countOf } from '../support/history.js';
import { play } from '../support/people.js';
import { expectFenced, expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';

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
