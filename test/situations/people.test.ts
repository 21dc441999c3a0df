/** People: what counts as a decision, what silence means, who may stop a run. */
import { expect, test } from 'vitest';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { Stage } from '../../src/cli/demo/stage.js';
import type { RunFacts } from '../../src/domain/run-facts.js';
import { decideUpdate, manualQuery } from '../../src/workflows/messages.js';
import { loadKey, signDecision } from '../../src/wiring.js';
import { expectMoved, expectTrading, expectUntouched, remember } from './support/expectations.js';
import { countOf } from './support/history.js';
import { gate, play } from './support/people.js';
import { onStage } from './support/stage.js';
import { pagesTo, serviceOf } from './support/world.js';

const acting = (stage: Stage) => stage.client.workflow.getHandle(`failover:${stage.cluster}`);

/** The code and reason with which the Update `decide` is refused at once. */
async function refusal(stage: Stage, decision: unknown): Promise<{ readonly code: string; readonly message: string }> {
  const error: unknown = await acting(stage)
    .executeUpdate(decideUpdate, { args: [decision] })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`the decision was not refused: ${String(error)}`);
  const cause = error.cause as { readonly type?: string; readonly message?: string } | undefined;
  return { code: cause?.type ?? '', message: cause?.message ?? '' };
}

/** The open gate's count of decisions, once there are so many. */
async function counted(stage: Stage, atLeast: number): Promise<NonNullable<NonNullable<RunFacts['open']>['tally']>> {
  const facts = await stage.until(`${atLeast} decisions counted`, (f) => (f.open?.tally?.decisions.length ?? 0) >= atLeast);
  const tally = facts.open?.tally;
  if (tally === undefined) throw new Error('no tally');
  return tally;
}

/** A killed primary and an open gate `promote`. */
async function atPromote(stage: Stage): Promise<RunFacts> {
  await stage.lab.faults.killNode('a');
  await stage.start();
  return gate(stage, 'promote');
}

test('situation: declared decision refused on an armed store', () =>
  onStage({}, async (stage) => {
    const { open } = await atPromote(stage);
    const code = open?.opened.code ?? '';
    await stage.signal('decide', { schema: 1, gate: 'promote', option: 'approve', code, by: 'ana' });
    const tally = await counted(stage, 1);
    expect(tally.option).toBeUndefined();
    expect(tally.decisions[0]).toMatchObject({ person: 'ana', counted: false });
    expect(tally.decisions[0]?.why).toContain('only declared');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    // The safe option is heard from a typed name: nobody is kept from the safe side.
    await stage.signal('decide', { schema: 1, gate: 'promote', option: 'reject', by: 'ana' });
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expectTrading(stage, 'paused');
  }));

test('situation: stale evidence code and wrong signature refused', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    const { open } = await atPromote(stage);
    const hash = open?.opened.hash ?? '';
    const code = open?.opened.code ?? '';
    const stale = await refusal(stage, { schema: 1, gate: 'promote', option: 'approve', code: 'AAAAAAAAAA', by: 'ana' });
    expect(stale.code).toBe('HF_DECISION_STALE');
    expect(stale.message).toContain(code);
    // Signed with somebody else's key, and signed for other evidence: both are counted as nothing, with the reason.
    const cleo = stage.people.find((p) => p.id === 'cleo');
    const ana = stage.people.find((p) => p.id === 'ana');
    if (cleo === undefined || ana === undefined) throw new Error('a lab without its people');
    const decision = { schema: 1, gate: 'promote', option: 'approve', code } as const;
    await stage.signal('decide', signDecision(decision, hash, 'ana', await loadKey(`file:${cleo.keyFile}`), ana.keyId));
    await stage.signal('decide', signDecision(decision, 'f'.repeat(64), 'ana', await loadKey(`file:${ana.keyFile}`), ana.keyId));
    const tally = await counted(stage, 2);
    expect(tally.decisions.map((d) => d.counted)).toEqual([false, false]);
    for (const each of tally.decisions) expect(each.why).toMatch(/signature/i);
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    const result = await play(stage);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
  }));

test('promise S9: evidence that gets worse voids the card, and the difference is named', () =>
  onStage({}, async (stage) => {
    const { open } = await atPromote(stage);
    const old = open?.opened.code ?? '';
    await stage.lab.faults.wrongCertificate('b');
    await stage.lab.pair
      .sql(
        'b',
        `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename in ('holdfast', 'geosync')`,
        { database: 'postgres' },
      )
      .catch(() => undefined);
    const facts = await stage.until('a void card', (f) => f.ignored.some((line) => line.includes(`card ${old} of gate promote is void`)));
    expect(facts.ignored.join('\n')).toMatch(/void: .*b/);
    // No candidate is left, so another question is asked; the yes to the old card is a yes to nothing.
    await gate(stage, 'inconclusive');
    const late = await refusal(stage, { schema: 1, gate: 'promote', option: 'approve', code: old, by: 'ana' });
    expect(late.code).toBe('HF_DECISION_REFUSED');
    await stage.lab.faults.rightCertificate('b');
    await stage.decide('ana', 'recheck');
    const again = await gate(stage, 'promote');
    expect(again.open?.opened.code).not.toBe(old);
    const stale = await refusal(stage, { schema: 1, gate: 'promote', option: 'approve', code: old, by: 'ana' });
    expect(stale.code).toBe('HF_DECISION_STALE');
    await stage.decide('ana', 'reject');
    expect((await stage.result()).outcome).toBe('handed-over');
    expect(await stage.lab.pair.inRecovery('b'), 'nothing was promoted on void evidence').toBe(true);
  }));

test('situation: silence at the gate promote', () =>
  onStage({ gates: { promote: { deadline: '3s' } } }, async (stage) => {
    const before = remember(stage);
    await atPromote(stage);
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expect(remember(stage)).toEqual(before);
    const { gates } = await stage.facts();
    expect(gates.at(-1)).toMatchObject({ gate: 'promote', option: 'reject', answeredBy: 'silence' });
    // The safe outcome is true in the world, not only in the words.
    expectTrading(stage, 'paused');
    expect(stage.lab.trading.state().paused).toBe(true);
    await stage.lab.receivers.waitFor((d) => d.receiver === 'risk' && d.body.includes('nobody answered gate promote'));
    await stage.lab.receivers.waitFor((d) => d.receiver === 'operations' && d.body.includes('is still open'));
  }));

test('situation: abort in the middle', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await atPromote(stage);
    await stage.signal('abort', { by: 'ana', reason: 'we do it by hand' });
    const result = await stage.result();
    expect(result.outcome).toBe('aborted');
    expect(result.summary).toContain('we do it by hand');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expect(remember(stage)).toEqual(before);
    expect(await serviceOf(stage, 'a'), 'the fence stays').toBe('inactive disabled');
    expectTrading(stage, 'paused');
    expect(result.obligations.join(' ')).toContain('Trading is paused by Holdfast');
    const manual = await acting(stage).query(manualQuery);
    expect(manual).toMatch(/pg_promote|promote/);
    expect(manual).toContain(stage.lab.pair.nodes.b.place.address);
  }));

test('situation: disarmed store, the primary is lost (nothing is touched)', () =>
  onStage({ armed: false }, async (stage) => {
    const before = remember(stage);
    await stage.lab.faults.killNode('a');
    expect((await stage.postAlert()).status).toBe(200);
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(result.verdict).toBe('primary-dead');
    await expectUntouched(stage, before, 'lost');
    expect(pagesTo(stage, 'on-call').join('\n')).toContain('primary-dead');
  }));

test('promise S15: a store disarmed in the middle promotes nothing, and pausing still works', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    await atPromote(stage);
    await stage.signal('disarm', { by: 'ben' });
    await stage.until('disarmed', (f) => !f.armed);
    await stage.decide('ana', 'approve');
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    const facts = await stage.facts();
    expect(facts.errors.map((e) => e.code)).toContain('HF_STORE_DISARMED');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    expect(remember(stage)).toEqual(before);
    expect(await countOf(stage, 'promoteNode')).toBe(0);
    expectTrading(stage, 'paused');
  }));

test('promise S15: anybody listed pauses trading on a disarmed store, without a run', () =>
  onStage({ armed: false }, async (stage) => {
    const asked = await stage.cli([
      'trading',
      'pause',
      stage.store,
      '--as',
      'cleo',
      '--reason',
      'prices look wrong',
      '--config',
      stage.configFile,
    ]);
    expect(asked.code, asked.output).toBe(0);
    for (let looks = 0; looks < 100 && !stage.lab.trading.state().paused; looks += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expectTrading(stage, 'paused');
    expect(await serviceOf(stage, 'a')).toBe('active enabled');
  }));

test('situation: trading platform hangs at pause (pause-unproven, paged with the manual kill)', () =>
  onStage({}, async (stage) => {
    const before = remember(stage);
    stage.lab.faults.tradingMode('hang');
    await stage.lab.faults.killNode('a');
    await stage.start();
    const facts = await gate(stage, 'inconclusive');
    expect(facts.pause.state).toBe('unproven');
    expect(facts.open?.opened.card).not.toMatch(/\*\*Trading:\*\* PAUSED/);
    expect(facts.errors.map((e) => e.code)).toContain('HF_PAUSE_UNPROVEN');
    await stage.lab.receivers.waitFor(
      (d) => d.receiver === 'risk' && d.body.includes('UNPROVEN') && d.body.includes('Press the red button'),
    );
    expect(await serviceOf(stage, 'a'), 'nothing else was done meanwhile').not.toContain('disabled');
    expect(await stage.lab.pair.inRecovery('b')).toBe(true);
    stage.lab.faults.tradingMode('serve');
    await stage.decide('ana', 'recheck');
    const result = await play(stage, {
      inconclusive: [['ana', 'recheck']],
      promote: [['ana', 'approve']],
      resume: [
        ['ana', 'resume'],
        ['ben', 'resume'],
      ],
    });
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before);
    expectTrading(stage, 'resumed');
  }));

test('promise S7: the safe outcome of silence that cannot be proven is never called paused', () =>
  onStage({ gates: { inconclusive: { deadline: '60s' } } }, async (stage) => {
    stage.lab.faults.tradingMode('refuse');
    await stage.lab.faults.killNode('a');
    await stage.start();
    await gate(stage, 'inconclusive');
    await stage.decide('ana', 'close');
    const result = await stage.result();
    expect(result.outcome).toBe('handed-over');
    expect(stage.lab.trading.state().paused).toBe(false);
    expect(result.summary).not.toMatch(/trading is paused, proven/);
    expect(result.obligations.join(' ')).toContain('Press the red button');
    const facts = await stage.facts();
    expect(facts.pause.state).toBe('unproven');
    await stage.lab.receivers.waitFor((d) => d.receiver === 'on-call' && d.body.includes('Trading: unproven'));
  }));
