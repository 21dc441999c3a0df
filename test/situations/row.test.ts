/** The row in every state the runbook knows: the failover never turns the switch off, and the application boots on a row it accepts. */
import { expect, test } from 'vitest';
import {
  expectApplicationOn,
  expectInstancesEngaged,
  expectMoved,
  expectReady,
  expectRow,
  expectTrading,
  remember,
} from './support/expectations.js';
import { countOf } from './support/history.js';
import { gate, play, USUAL } from './support/people.js';
import { onStage } from './support/stage.js';
import { pagesTo, rowOn, timelineOf } from './support/world.js';

test('situation: row stale (reaffirm, then boot)', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.writeRow('a', { engaged: false, ageSeconds: 400 });
    await stage.lab.pair.waitReplayed('a');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const result = await play(stage, {
      ...USUAL,
      reaffirm: [
        ['ana', 'reaffirm'],
        ['ben', 'reaffirm'],
      ],
    });
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
    const row = await rowOn(stage, 'b');
    expect(row?.engaged).toBe(false);
    expect(row?.ageMs, 'younger than the application accepts').toBeLessThan(300_000);
    expect(await countOf(stage, 'holdLease')).toBe(1);
    const { gates } = await stage.facts();
    expect(gates.find((g) => g.gate === 'reaffirm')?.people).toEqual(['ana', 'ben']);
    expectTrading(stage, 'resumed');
  }));

test('situation: row engaged before the outage (stays engaged, verified-engaged, no old instance left)', () =>
  onStage({ lab: { row: { engaged: true, reason: 'limits breached' } } }, async (stage) => {
    const before = remember(stage);
    const row = await rowOn(stage, 'a');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const result = await play(stage, { promote: [['ana', 'approve']] });
    expect(result.outcome).toBe('verified-engaged');
    await expectMoved(stage, before);
    await expectInstancesEngaged(stage);
    await expectRow(stage, 'b', true, row?.updatedAt);
    expectTrading(stage, 'paused');
    const { gates } = await stage.facts();
    expect(
      gates.map((g) => g.gate),
      'resume is not offered',
    ).toEqual(['promote']);
  }));

test('situation: row lost', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.deleteRow('a');
    await stage.start();
    const result = await play(stage, {});
    expect(result.outcome).toBe('verified-engaged');
    expect(result.verdict).toBe('row-missing');
    await expectRow(stage, 'a', true);
    expect(await timelineOf(stage, 'a'), 'nothing is promoted for a lost row').toBe(1);
    await expectApplicationOn(stage, 'a', before);
    await expectInstancesEngaged(stage);
    expectTrading(stage, 'paused');
    expect(pagesTo(stage, 'risk').join('\n')).toContain('the row was lost and was restored as ENGAGED');
  }));

test('situation: table lost', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.dropTable('a');
    await stage.start();
    const result = await play(stage, { 'restore-row': [['ana', 'restore-engaged']] });
    expect(result.outcome).toBe('verified-engaged');
    expect(result.verdict).toBe('table-missing');
    await expectRow(stage, 'a', true);
    const [index] = await stage.lab.pair.sql<{ owner: string }>(
      'a',
      `select tableowner as owner from pg_tables where tablename = 'kill_switch_state'`,
    );
    expect(index?.owner, 'the application owns its table again').toBe('geosync');
    await expectApplicationOn(stage, 'a', before);
    await expectInstancesEngaged(stage);
    expectTrading(stage, 'paused');
  }));

test('promise S2: a switch that was engaged after the standby lost its stream is engaged again', () =>
  onStage({}, async (stage) => {
    // The standby misses the last write: what it promotes with says disengaged, the memory of the store says engaged.
    await stage.lab.pair.nodes.b.kill();
    await stage.lab.faults.writeRow('a', { engaged: true, reason: 'limits breached' });
    await stage.untilSnapshot((s) => s.row.state === 'present' && s.row.row.engaged);
    await stage.lab.faults.killNode('a');
    await stage.lab.pair.nodes.b.start();
    await stage.start();
    const result = await play(stage, { promote: [['ana', 'approve']] });
    expect(result.outcome).toBe('verified-engaged');
    await expectRow(stage, 'b', true);
    await expectInstancesEngaged(stage);
    expectTrading(stage, 'paused');
    const facts = await stage.facts();
    expect(facts.errors.map((e) => e.code)).toContain('HF_ROW_DISPUTED');
    expect(
      facts.gates.map((g) => g.gate),
      'engaging needs no gate',
    ).toEqual(['promote']);
    const order = facts.steps.map((s) => s.step);
    expect(order.indexOf('row'), 'before any instance starts').toBeLessThan(order.indexOf('canary'));
  }));

test('promise S2: silence at the gate reaffirm writes nothing and starts no instance', () =>
  onStage({ gates: { reaffirm: { deadline: '2s' } } }, async (stage) => {
    await stage.lab.faults.writeRow('a', { engaged: false, ageSeconds: 400 });
    await stage.lab.pair.waitReplayed('a');
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'promote');
    await stage.decide('ana', 'approve');
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    const row = await rowOn(stage, 'b');
    expect(row?.ageMs, 'not re-affirmed').toBeGreaterThan(400_000);
    expect(await countOf(stage, 'startInstances')).toBe(0);
    expectTrading(stage, 'paused');
  }));
