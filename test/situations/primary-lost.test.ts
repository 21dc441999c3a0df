/** The primary is lost in every way the runbook knows, and the whole checklist is carried out. */
import { expect, test } from 'vitest';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { callsOf, countOf } from './support/history.js';
import { gate, play } from './support/people.js';
import { onStage } from './support/stage.js';
import { pagesTo, rowOn, timelineOf } from './support/world.js';

test('situation: primary killed', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    const posted = await stage.postAlert();
    expect(posted.status).toBe(200);
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    expect(result.verdict).toBe('primary-dead');
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
    const order = (await callsOf(stage)).map((c) => c.name);
    const at = (name: string): number => order.indexOf(name);
    expect(at('pauseTrading')).toBeLessThan(at('fenceNode'));
    expect(at('fenceNode')).toBeLessThan(at('promoteNode'));
    expect(at('promoteNode')).toBeLessThan(at('stopInstances'));
    expect(at('stopInstances')).toBeLessThan(at('pointApplication'));
    expect(at('pointApplication')).toBeLessThan(at('startInstances'));
    expect(at('verifyInstances')).toBeLessThan(at('resumeTrading'));
    expect(pagesTo(stage, 'on-call').join('\n')).toContain('primary-dead');
  }));

test('situation: primary frozen (accepts, never answers)', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.freezeNode('a');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    expect(result.verdict).toBe('primary-lost');
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
  }));

test('situation: a person promoted already', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.lab.pair.promote('b');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    expect(result.verdict).toBe('already-moved');
    expect(result.target?.how).toBe('found');
    expect(await countOf(stage, 'promoteNode'), 'nothing is promoted a second time').toBe(0);
    await expectMoved(stage, before);
    await expectReady(stage);
    expectTrading(stage, 'resumed');
  }));

test('situation: a person promoted already, and the memory of the store has followed', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.lab.pair.promote('b');
    // From now on b is the expected primary: only the application, still pointed at a, tells that something is wrong.
    await stage.untilSnapshot((s) => s.primary === 'b');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    expect(result.verdict).toBe('already-moved');
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    await expectMoved(stage, before);
    expectTrading(stage, 'resumed');
  }));

test('situation: an instance ignores SIGTERM', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    stage.lab.faults.freezeInstance('app-2');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
    const { steps } = await stage.facts();
    expect(steps.find((s) => s.step === 'stop-instances')?.detail).toContain('Ignored SIGTERM and were killed: app-2');
  }));

test('situation: row fresh', () =>
  onStage({}, async (stage) => {
    const row = await rowOn(stage, 'a');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    const after = await rowOn(stage, 'b');
    expect(after?.engaged).toBe(false);
    expect(after?.updatedAt, 'a fresh row is not written').toBe(row?.updatedAt);
    expect(await countOf(stage, 'holdLease')).toBe(0);
    expect(await timelineOf(stage, 'b')).toBe(2);
  }));

test('promise S5: a promotion that somebody makes while the gate is open is found, not sent again', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'promote');
    await stage.lab.pair.promote('b');
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    // By the world's own record: one promotion, one pause and one resume.
    await expectMoved(stage, before);
    expectTrading(stage, 'resumed');
    expect(stage.lab.trading.calls().filter((c) => c.method === 'POST' && c.path === '/resume')).toHaveLength(1);
    const failed = (await callsOf(stage)).filter((c) => c.name === 'promoteNode' && c.ended !== 'completed');
    expect(failed, 'no promotion of unknown outcome').toEqual([]);
  }));
