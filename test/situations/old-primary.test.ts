/** An old primary that comes back, and one that cannot be fenced (promise S4). */
import { expect, test } from 'vitest';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { callsOf, countOf } from './support/history.js';
import { gate, play } from './support/people.js';
import { onStage } from './support/stage.js';
import { service, serviceOf, sessionsOn } from './support/world.js';

test('situation: old primary back in the middle (fence, pause, then on)', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'promote');
    await stage.decide('ana', 'approve');
    await gate(stage, 'resume');
    const fencedOnce = await countOf(stage, 'fenceNode');
    // Somebody at the host brings the old primary back as it was: writable, beside the promoted one.
    await service(stage, 'a', 'enable', 'start');
    expect(await stage.lab.pair.inRecovery('a')).toBe(false);
    const result = await play(stage, {
      resume: [
        ['ana', 'resume'],
        ['ben', 'resume'],
      ],
    });
    expect(result.outcome).toBe('verified');
    expect(await countOf(stage, 'fenceNode'), 'it was fenced again').toBeGreaterThan(fencedOnce);
    const facts = await stage.facts();
    const again = facts.steps.filter((s) => s.step === 'fence').at(-1);
    const resumed = facts.steps.findLast((s) => s.step === 'resume');
    expect(again?.endedAtMs ?? 0).toBeLessThanOrEqual(resumed?.endedAtMs ?? 0);
    await expectMoved(stage, before);
    await expectReady(stage);
    // Trading was never live while two nodes accepted writes.
    expectTrading(stage, 'resumed');
  }));

test('situation: old primary back while the promotion waits for approval', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'promote');
    await service(stage, 'a', 'enable', 'start');
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
    // The lifted fence was seen before anything was promoted, put again, and only then a promotion was sent.
    const calls = await callsOf(stage);
    const promotions = calls.filter((c) => c.name === 'promoteNode');
    expect(promotions.map((c) => c.ended)).toEqual(['failed', 'completed']);
    const fences = calls.filter((c) => c.name === 'fenceNode').map((c) => c.scheduledEvent);
    expect(fences.at(-1) ?? 0).toBeGreaterThan(promotions[0]?.scheduledEvent ?? Infinity);
    expect(fences.at(-1) ?? Infinity).toBeLessThan(promotions[1]?.scheduledEvent ?? 0);
    expectTrading(stage, 'resumed');
  }));

test('promise S4: without a fence nothing is promoted unless two people accept it', () =>
  onStage({ fence: false }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    const facts = await gate(stage, 'unfenced');
    expect(facts.pause.state).toBe('proven');
    await stage.decide('ana', 'proceed');
    await stage.until('one person is not enough', (f) => f.open?.tally?.decisions.some((d) => d.counted) === true);
    expect((await stage.facts()).open?.opened.gate).toBe('unfenced');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    await stage.decide('ben', 'proceed');
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    expect(result.obligations.join(' ')).toContain('a is NOT fenced');
    expect(await sessionsOn(stage, 'b')).toHaveLength(stage.lab.instances.length);
    expect(before.envFile).toContain(stage.lab.pair.nodes.a.place.address);
  }));

test('promise S4: "hold" at the gate unfenced promotes nothing and keeps trading paused', () =>
  onStage({ fence: false }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'unfenced');
    await stage.decide('cleo', 'hold');
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expect(await serviceOf(stage, 'a')).toContain('enabled');
    expect(remember(stage)).toEqual(before);
    expectTrading(stage, 'paused');
  }));
