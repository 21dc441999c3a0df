// needs: postgres, patroni, kubernetes
/** The row in every state the runbook knows, after Patroni moved the primary by itself: the run never turns the switch off. */
import { expect, test } from 'vitest';
import type { PatroniNodeName } from '../../../lab/full.js';
import type { FullStage } from '../../../src/cli/demo/full-stage.js';
import { countOf } from '../support/history.js';
import { play, USUAL } from '../support/people.js';
import { pagesTo } from '../support/world.js';
import {
  expectApplicationOn,
  expectFenced,
  expectMoved,
  expectPodsEngaged,
  expectReady,
  expectRow,
  expectTrading,
  remember,
} from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { rowOn, timelineOf } from './support/world.js';

const situation = onFullStage();

/** A person's switchover under the feet of the application: it stays pointed at what is a standby now. */
async function switchOver(stage: FullStage, to: PatroniNodeName): Promise<void> {
  const { status, body } = await stage.lab.cluster.switchover(to);
  expect(status, body).toBe(200);
  await stage.lab.cluster.waitForLeader({ is: to });
}

/** Loss of n1's host, with the end of the ttl played at once. Returns whom Patroni promoted. */
async function loseLeader({ lab }: FullStage): Promise<PatroniNodeName> {
  await lab.cluster.nodes.n1.kill();
  await lab.cluster.etcd.expireLeader();
  return lab.cluster.waitForLeader({ not: 'n1' });
}

test('situation on the full lab: row fresh', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const row = await rowOn(stage, 'n1');
    await switchOver(stage, 'n2');
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(stage, { accept: USUAL.accept ?? [], resume: USUAL.resume ?? [] }, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    expect(result.target).toMatchObject({ node: 'n2', how: 'found' });
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    await expectMoved(stage, before, 'n2');
    await expectReady(stage);
    await expectRow(stage, 'n2', false, row?.updatedAt);
    expect(await countOf(stage, 'holdLease'), 'a fresh row is left alone').toBe(0);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: row stale', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    await stage.lab.cluster.writeRow('n1', { engaged: false, ageSeconds: 400 });
    await stage.lab.cluster.waitForStreaming();
    await switchOver(stage, 'n2');
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(
      stage,
      {
        accept: USUAL.accept ?? [],
        resume: USUAL.resume ?? [],
        reaffirm: [
          ['ana', 'reaffirm'],
          ['ben', 'reaffirm'],
        ],
      },
      FULL_RUN_MS,
    );
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before, 'n2');
    await expectReady(stage);
    const row = await rowOn(stage, 'n2');
    expect(row?.engaged).toBe(false);
    expect(row?.ageMs, 'younger than the application accepts').toBeLessThan(300_000);
    expect(await countOf(stage, 'holdLease')).toBe(1);
    const { gates, steps } = await stage.facts();
    expect(gates.find(({ gate }) => gate === 'reaffirm')?.people).toEqual(['ana', 'ben']);
    const order = steps.map(({ step }) => step);
    expect(order.indexOf('row'), 'before any pod starts').toBeLessThan(order.indexOf('canary'));
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: row engaged before the outage', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    await stage.lab.cluster.writeRow('n1', { engaged: true, reason: 'limits breached' });
    await stage.lab.cluster.waitForStreaming();
    const row = await rowOn(stage, 'n1');
    const target = await loseLeader(stage);
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(stage, { accept: USUAL.accept ?? [] }, FULL_RUN_MS);
    expect(result.outcome).toBe('verified-engaged');
    await expectMoved(stage, before, target);
    expectFenced(stage, 'n1');
    await expectPodsEngaged(stage);
    await expectRow(stage, target, true, row?.updatedAt);
    expect((await rowOn(stage, target))?.reason).toBe('limits breached');
    await expectTrading(stage, 'paused', before);
    expect(
      (await stage.facts()).gates.map(({ gate }) => gate),
      'resume is not offered',
    ).not.toContain('resume');
  }));

test('situation on the full lab: row lost', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    await stage.lab.cluster.sql('n1', 'delete from public.kill_switch_state');
    expect((await stage.postAlert()).status).toBe(200);
    const result = await play(stage, {}, FULL_RUN_MS);
    expect(result.outcome).toBe('verified-engaged');
    expect(result.verdict).toBe('row-missing');
    await expectRow(stage, 'n1', true);
    expect(await timelineOf(stage, 'n1'), 'nothing is promoted for a lost row').toBe(before.timeline);
    await expectApplicationOn(stage, 'n1', before);
    await expectPodsEngaged(stage);
    await expectTrading(stage, 'paused', before);
    expect(pagesTo(stage, 'risk').join('\n')).toContain('the row was lost and was restored as ENGAGED');
  }));
