// needs: postgres, patroni, kubernetes
/** Patroni, or a person by it, acts before or beside the run: what happened is found and proven, and nothing is promoted a second time. */
import { expect, test } from 'vitest';
import type { FullStage } from '../../../src/cli/demo/full-stage.js';
import type { RunResult } from '../../../src/domain/run-facts.js';
import type { PatroniNodeName } from '../../../lab/full.js';
import { countOf } from '../support/history.js';
import { gate, play } from '../support/people.js';
import { expectFenced, expectMoved, expectReady, expectTrading, expectUntouched, remember, type Before } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { podStatuses, timelineOf } from './support/world.js';

const situation = onFullStage();

/** The run ended well on a node that others had promoted; by no promotion of ours. Returns that node. */
async function expectAdopted(stage: FullStage, before: Before, result: RunResult): Promise<PatroniNodeName> {
  expect(result.outcome, result.summary).toBe('verified');
  expect(result.target?.how).toBe('found');
  expect(await countOf(stage, 'promoteNode'), 'Holdfast asked for no promotion').toBe(0);
  const leader = await stage.lab.cluster.waitForLeader({ not: 'n1' });
  expect(result.target?.node).toBe(leader);
  expect(await stage.lab.cluster.primaries()).toEqual([leader]);
  await expectMoved(stage, before, leader);
  await expectReady(stage);
  await expectTrading(stage, 'resumed', before);
  return leader;
}

test('situation on the full lab: only postgres killed (Patroni restarts it: no failover)', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const pid = stage.lab.cluster.nodes.n1.postmasterPid();
    await stage.lab.cluster.nodes.n1.killPostgres();
    expect((await stage.postAlert()).status).toBe(200);
    // Containers that ended without their store are started again after some seconds; the run may ask about them, and is told to look again.
    await expect.poll(() => podStatuses(stage), { timeout: FULL_RUN_MS }).toEqual(before.pods.map(() => 200));
    const result = await play(stage, { inconclusive: [['ana', 'recheck']] }, FULL_RUN_MS);
    expect(result.outcome, result.summary).toBe('no-failover');
    expect(result.verdict).toBe('healthy');
    expect(stage.lab.cluster.nodes.n1.postmasterPid(), 'another postmaster, started by Patroni').not.toBe(pid);
    expect(await timelineOf(stage, 'n1'), 'no promotion').toBe(before.timeline);
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    expect(await countOf(stage, 'fenceNode')).toBe(0);
    await expectUntouched(stage, before);
    await expectReady(stage);
  }));

test('situation on the full lab: leader frozen', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    await cluster.nodes.n1.freeze();
    expect((await stage.postAlert()).status).toBe(200);
    // The end of the ttl: the frozen leader cannot renew its lock.
    await cluster.etcd.expireLeader();
    const result = await play(stage, undefined, FULL_RUN_MS);
    await expectAdopted(stage, before, result);
    expectFenced(stage, 'n1');
    // Whatever is thawed later: nothing of the old primary is left that could go on writing.
    cluster.nodes.n1.thaw();
    expectFenced(stage, 'n1');
  }));

test('situation on the full lab: Patroni promoted before the run looked', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    await cluster.nodes.n1.kill();
    await cluster.etcd.expireLeader();
    const leader = await cluster.waitForLeader({ not: 'n1' });
    const timeline = await timelineOf(stage, leader);
    expect((await stage.postAlert()).status).toBe(200);
    const { judgement, open } = await gate(stage, 'accept', FULL_RUN_MS);
    expect(judgement?.verdict.code).toBe('already-moved');
    expect(open?.opened.card).toContain(`${leader} is the primary already`);
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(await expectAdopted(stage, before, result)).toBe(leader);
    expect(await timelineOf(stage, leader), 'nobody promoted it again').toBe(timeline);
    expectFenced(stage, 'n1');
  }));

test('situation on the full lab: a person promoted another node', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    const { status, body } = await cluster.switchover('n3');
    expect(status, body).toBe(200);
    await cluster.waitForStreaming();
    expect((await stage.postAlert()).status).toBe(200);
    const { open } = await gate(stage, 'accept', FULL_RUN_MS);
    expect(open?.opened.card).toContain('n3 is the primary already');
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(await expectAdopted(stage, before, result)).toBe('n3');
    // The old primary follows in good order: Patroni keeps it as a standby, and it is taken from nobody.
    expect(await countOf(stage, 'fenceNode')).toBe(0);
    expect(cluster.nodes.n1.disabled()).toBe(false);
    expect(await cluster.inRecovery('n1')).toBe(true);
  }));
