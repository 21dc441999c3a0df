// needs: postgres, patroni, kubernetes
/** Patroni cannot act, or not alone: its agent is dead, its store is away, it is paused, or a node cannot be proven. */
import { expect, test } from 'vitest';
import { callsOf, countOf } from '../support/history.js';
import { gate, play } from '../support/people.js';
import { expectFenced, expectMoved, expectReady, expectTrading, expectUntouched, remember } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { applicationPods, podStatuses, settingsOf } from './support/world.js';

const situation = onFullStage();

test('situation on the full lab: Patroni killed while its postgres lives (two writable primaries: pause first, fence, then on)', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    await cluster.nodes.n1.killPatroni();
    await cluster.etcd.expireLeader();
    const leader = await cluster.waitForLeader({ not: 'n1' });
    expect(await cluster.primaries(), 'two nodes take writes').toEqual(['n1', leader].sort());
    expect((await stage.postAlert()).status).toBe(200);
    const { judgement } = await gate(stage, 'accept', FULL_RUN_MS);
    expect(judgement?.verdict.code).toBe('split-brain');
    // Before people are asked anything: trading stands still, and one writer is left.
    await expectTrading(stage, 'paused', before);
    expectFenced(stage, 'n1');
    expect(await cluster.primaries()).toEqual([leader]);
    const calls = await callsOf(stage);
    const nth = (name: string): number => calls.find((c) => c.name === name)?.scheduledEvent ?? Infinity;
    expect(nth('pauseTrading'), 'pause first, then fence').toBeLessThan(nth('fenceNode'));
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(result.outcome, result.summary).toBe('verified');
    expect(result.target).toMatchObject({ node: leader, how: 'found' });
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    await expectMoved(stage, before, leader);
    expectFenced(stage, 'n1');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: Patroni paused, and a wrong certificate on one node', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    await cluster.issueWrongCertificate('n2');
    await cluster.pause();
    await cluster.nodes.n1.kill();
    await cluster.etcd.expireLeader();
    expect((await stage.postAlert()).status).toBe(200);
    const { open, judgement } = await gate(stage, 'promote', FULL_RUN_MS);
    const seen = [judgement?.verdict, ...(judgement?.also ?? [])].map((v) => v?.code);
    expect(seen, 'dead by its host, and without a leader by the word of Patroni').toEqual(['primary-dead', 'primary-lost']);
    expect(await cluster.primaries(), 'nobody is elected while Patroni is paused').toEqual([]);
    expect(open?.opened.card).toMatch(/Not n2: .*certificate/);
    await expectTrading(stage, 'paused', before);
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(result.outcome, result.summary).toBe('verified');
    expect(result.target).toMatchObject({ node: 'n3', how: 'promoted' });
    expect(await countOf(stage, 'promoteNode'), 'Patroni was asked once').toBe(1);
    expect(await cluster.leader(), 'its leader by its own word').toBe('n3');
    expect(await cluster.primaries()).toEqual(['n3']);
    await expectMoved(stage, before, 'n3');
    expectFenced(stage, 'n1');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: wrong certificate on one node', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    // A person made n2 the primary, and then its certificate is one that nobody trusts. Patroni does not look at it.
    const { status, body } = await cluster.switchover('n2');
    expect(status, body).toBe(200);
    await cluster.waitForStreaming();
    await stage.untilSnapshot(({ primary }) => primary === 'n2');
    await cluster.issueWrongCertificate('n2');
    expect((await stage.postAlert()).status).toBe(200);
    const { open } = await gate(stage, 'inconclusive', FULL_RUN_MS);
    expect(open?.opened.card).toContain('n2');
    expect(open?.opened.card).toContain('certificate');
    // A primary that cannot be proven is not adopted by anybody's word: nothing is moved, fenced or promoted.
    expect(await settingsOf(stage)).toBe(before.settings);
    expect((await applicationPods(stage)).map(({ uid }) => uid)).toEqual(before.pods);
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    expect(await countOf(stage, 'fenceNode')).toBe(0);
    await cluster.issueRightCertificate('n2');
    await stage.decide('ana', 'recheck');
    const result = await play(stage, undefined, FULL_RUN_MS);
    expect(result.outcome, result.summary).toBe('verified');
    expect(result.target).toMatchObject({ node: 'n2', how: 'found' });
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    await expectMoved(stage, before, 'n2');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: etcd frozen (wait, never promote)', () =>
  situation(async (stage) => {
    const { cluster } = stage.lab;
    const before = await remember(stage);
    await cluster.etcd.freeze();
    // Some seconds later Patroni has made its own leader read-only.
    await expect.poll(() => cluster.primaries(), { timeout: FULL_RUN_MS }).toEqual([]);
    expect((await stage.postAlert()).status).toBe(200);
    const { open } = await stage.until('the loss is recognised', (f) => f.judgement?.verdict.code === 'dcs-lost', FULL_RUN_MS);
    expect(open, 'it is waited for, nobody is asked').toBeUndefined();
    expect(await cluster.primaries(), 'nobody was promoted').toEqual([]);
    await expectTrading(stage, 'untouched', before);
    // With both others held, the old leader is the one that Patroni elects when its store is back.
    await Promise.all([cluster.nodes.n2.freezePatroni(), cluster.nodes.n3.freezePatroni()]);
    cluster.etcd.thaw();
    await cluster.waitForLeader({ is: 'n1' });
    cluster.nodes.n2.thaw();
    cluster.nodes.n3.thaw();
    await expect.poll(() => podStatuses(stage), { timeout: FULL_RUN_MS }).toEqual(before.pods.map(() => 200));
    const result = await play(stage, { inconclusive: [['ana', 'recheck']] }, FULL_RUN_MS);
    expect(result.outcome, result.summary).toBe('no-failover');
    expect(result.verdict).toBe('healthy');
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    expect(await countOf(stage, 'fenceNode')).toBe(0);
    await expectUntouched(stage, before);
    await expectReady(stage);
  }));
