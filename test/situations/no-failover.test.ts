/** The database is well: nothing is failed over, however the application looks. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Stage } from '../../src/cli/demo/stage.js';
import { expectApplicationOn, expectReady, expectTrading, expectUntouched, remember } from './support/expectations.js';
import { countOf } from './support/history.js';
import { gate, play } from './support/people.js';
import { onStage } from './support/stage.js';
import { envFileOf, healthOf, rowOn, serviceOf, timelineOf } from './support/world.js';

test('situation: application unready only because engaged (no failover)', () =>
  onStage({ lab: { row: { engaged: true, reason: 'limits breached' } } }, async (stage) => {
    const before = remember(stage);
    expect((await healthOf(stage.lab.instances[0] ?? fail()))?.status, 'as its probes see it').toBe(503);
    expect((await stage.postAlert()).status).toBe(200);
    const result = await stage.result();
    expect(result.outcome).toBe('no-failover');
    expect(result.verdict).toBe('switch-engaged');
    await expectUntouched(stage, before, 'running');
  }));

test('situation: database fine but instances misconfigured', () =>
  onStage({}, async (stage) => {
    // A wrong port in the DSN, then a restart by hand: every instance exits at boot.
    const { port } = stage.lab.pair.nodes.a;
    writeFileSync(stage.lab.application.envFile, envFileOf(stage).replace(`:${port}/`, ':1/'));
    for (const instance of stage.lab.instances) {
      await instance.kill();
      await instance.start().catch(() => undefined);
    }
    const before = remember(stage);
    await stage.start();
    const facts = await gate(stage, 'inconclusive');
    expect(['application-only', 'path-fault']).toContain(facts.judgement?.verdict.code);
    expect(facts.open?.opened.card).toContain('app-1');
    await stage.decide('ana', 'close');
    const result = await stage.result();
    expect(result.outcome).toBe('no-failover');
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    await expectUntouched(stage, before, 'running');
  }));

test('situation: unpromoted standby that looks well', () =>
  onStage({}, async (stage) => {
    // Somebody pointed the application at the standby: health and admin GET say 200, only a write would fail.
    const original = remember(stage);
    stage.lab.application.pointAt('b');
    for (const instance of stage.lab.instances) {
      await instance.kill();
      await instance.start();
    }
    await expectReady(stage);
    const before = remember(stage);
    await stage.start();
    const facts = await gate(stage, 'inconclusive');
    expect(facts.judgement?.verdict.code).toBe('path-fault');
    expect(facts.open?.opened.card).toContain('pointed at b');
    // "Fail over" leads the application to the proven primary; the healthy primary is neither fenced nor replaced.
    const result = await play(stage, {
      inconclusive: [['ana', 'fail-over']],
      resume: [
        ['ana', 'resume'],
        ['ben', 'resume'],
      ],
    });
    expect(result.outcome).toBe('verified');
    expect(await timelineOf(stage, 'a')).toBe(1);
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expect(await serviceOf(stage, 'a')).toBe('active enabled');
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    await expectApplicationOn(stage, 'a', { envFile: original.envFile, pids: before.pids });
    await expectReady(stage);
    expectTrading(stage, 'resumed');
  }));

test('situation: unpromoted standby that looks well while the primary is dead', () =>
  onStage({}, async (stage) => {
    stage.lab.application.pointAt('b');
    for (const instance of stage.lab.instances) {
      await instance.kill();
      await instance.start();
    }
    await stage.lab.faults.killNode('a');
    await expectReady(stage);
    await stage.start();
    // Instances that say 200 on a standby are no witnesses for the primary; whatever the verdict is, nothing counts as done before a promotion.
    const result = await play(stage, {
      inconclusive: [['ana', 'fail-over']],
      promote: [['ana', 'approve']],
      resume: [
        ['ana', 'resume'],
        ['ben', 'resume'],
      ],
    });
    expect(result.outcome).toBe('verified');
    expect(await stage.lab.pair.inRecovery('b')).toBe(false);
    expect(await timelineOf(stage, 'b')).toBe(2);
    await expectReady(stage);
  }));

test('situation: a rehearsal reads everything and touches nothing', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    const row = await rowOn(stage, 'a');
    const writes = await writesOn(stage);
    const end = await stage.cli(['rehearse', stage.store, '--as', 'ana', '--wait', '--config', stage.configFile]);
    expect(end.code, end.output).toBe(0);
    expect(end.output).toContain('rehearsed');
    await expectUntouched(stage, before, 'running');
    expect((await rowOn(stage, 'a'))?.updatedAt).toBe(row?.updatedAt);
    expect(await writesOn(stage), 'not even a probe was committed').toEqual(writes);
    expect(stage.lab.receivers.received(), 'nobody is paged').toEqual([]);
  }));

/** Rows of Holdfast's own probe table, as text. */
async function writesOn(stage: Stage): Promise<readonly unknown[]> {
  return stage.lab.pair.sql('a', 'select probe::text from holdfast.probe');
}

function fail(): never {
  throw new Error('a lab without instances');
}
