/** Moving the application: every form of the DSN, and instances that say they are ready and are not. */
import { expect, test } from 'vitest';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { countOf } from './support/history.js';
import { gate, play, USUAL } from './support/people.js';
import { onStage } from './support/stage.js';
import { envFileOf, healthOf, sessionsOn } from './support/world.js';

test('situation: DSN inside a JSON document', () =>
  onStage({ lab: { dsnForm: 'json' } }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
    const line =
      envFileOf(stage)
        .split('\n')
        .find((l) => l.startsWith('GEOSYNC_KILL_SWITCH_POSTGRES=')) ?? '';
    const document = JSON.parse(line.slice(line.indexOf('=') + 1)) as { readonly dsn: string };
    expect(document.dsn).toContain('postgresql+psycopg://geosync:');
    expect(document.dsn).toContain(`@${stage.lab.pair.nodes.b.place.address}:${stage.lab.pair.nodes.b.port}/`);
  }));

test('situation: DSN in a plain key', () =>
  onStage({ lab: { dsnForm: 'keys' } }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    await stage.start();
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
    await expectReady(stage);
  }));

test('situation: application silently on a fallback store and saying it is ready (verify refuses and says why)', () =>
  onStage({ times: { verifyBudget: '3s' } }, async (stage) => {
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'promote');
    // The next build reads another form of the key: from its next start on it runs on a local file.
    for (const instance of stage.lab.instances) instance.setBehaviour({ dsnForm: 'keys' });
    await stage.decide('ana', 'approve');
    const facts = await gate(stage, 'rollout');
    const card = facts.open?.opened.card ?? '';
    expect(card).toContain('app-1 has no session on b');
    expect(card).toContain('HF_INSTANCE_ON_FALLBACK');
    const [canary, ...others] = stage.lab.instances;
    expect(canary === undefined ? undefined : (await healthOf(canary))?.status, 'it says it is ready').toBe(200);
    for (const other of others) expect(other.pid(), `${other.name} waits for the canary`).toBeUndefined();
    expect(await sessionsOn(stage, 'b')).toEqual([]);
    await stage.decide('ana', 'stop');
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(result.summary).toContain('HF_INSTANCE_ON_FALLBACK');
    expectTrading(stage, 'paused');
    expect(await countOf(stage, 'resumeTrading')).toBe(0);
  }));

test('situation: candidate with a wrong certificate refused', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.wrongCertificate('b');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const facts = await stage.until('no candidate', (f) => f.open?.opened.card.includes('No replica may be promoted') === true);
    expect(facts.open?.opened.gate).toBe('inconclusive');
    expect(facts.open?.opened.card).toContain('certificate');
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    // People mend it and say so; the run goes on from there.
    await stage.lab.faults.rightCertificate('b');
    await stage.decide('ana', 'recheck');
    const result = await play(stage, { ...USUAL, inconclusive: [['ana', 'recheck']] });
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
  }));

test('promise S12: a refusal names its rule, its number and its node', () =>
  onStage({ times: { verifyBudget: '3s' } }, async (stage) => {
    await stage.lab.faults.pauseReplay('b');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const facts = await stage.until('no candidate', (f) => f.open?.opened.card.includes('No replica may be promoted') === true);
    const error = facts.errors.find((e) => e.code === 'HF_TARGET_UNPROVEN');
    expect(error?.message).toMatch(/b has paused its replay at [0-9A-F]+\/[0-9A-F]+; resume it first/);
    expect(error?.evidence).toHaveProperty('rule');
    await stage.decide('ana', 'close');
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expectTrading(stage, 'paused');
  }));
