import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldfastError } from '../../src/domain/errors.js';
import type { NodeAnswer, NodeFacts } from '../../src/domain/facts.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import type { ClusterPort } from '../../src/ports/cluster.js';
import type { ConformanceWorld, Harness } from './harness.js';
import { abortedSignal, errorOf } from './harness.js';

/** A pair to try a cluster adapter on: at first a primary with a streaming, caught-up standby, and a present, disengaged row. */
export interface ClusterWorld extends ConformanceWorld {
  readonly cluster: ClusterPort;
  readonly primary: PlannedNode;
  readonly standby: PlannedNode;
  /** Environment name in the marker. */
  readonly environment: string;
  /** Secret values the adapter works with; none may ever be seen. */
  readonly canaries: readonly string[];
  /** The node's process is gone: its host refuses connections. */
  kill(node: PlannedNode): Promise<void>;
  /** The node accepts and never answers. */
  freeze(node: PlannedNode): Promise<void>;
  /** Runs a promotion that takes place, but whose answer is lost. Returns what the adapter threw. */
  loseAnswerOfPromote(node: PlannedNode): Promise<HoldfastError>;
}

function answerOf(facts: readonly NodeFacts[], node: PlannedNode): NodeAnswer {
  const found = facts.find((one) => one.node === node.name);
  if (found?.answer === undefined) throw new Error(`node ${node.name} gave no answer: ${JSON.stringify(found?.failure)}`);
  return found.answer;
}

function expectNoCanary(world: ClusterWorld, ...seen: readonly unknown[]): void {
  for (const one of seen) {
    const text = one instanceof Error ? `${one.stack} ${JSON.stringify(one)} ${String(one.cause)}` : JSON.stringify(one);
    for (const canary of world.canaries) expect(text).not.toContain(canary);
  }
}

/** What every cluster adapter must do, fakes included. */
export function describeClusterConformance(name: string, harness: Harness<ClusterWorld>): void {
  describe(`${name}: cluster, facts`, () => {
    let world: ClusterWorld;
    beforeAll(async () => {
      world = await harness.open();
    });
    afterAll(() => world.close());
    const both = (): readonly PlannedNode[] => [world.primary, world.standby];
    const observe = (probe: boolean): Promise<readonly NodeFacts[]> => world.drive(world.cluster.observe(both(), { probe }, world.scope()));

    test('declares that a promotion is sent once and read back', () => {
      expect(world.cluster.promoteClass).toBe('read-back');
      expect(world.cluster.settleMs).toBeGreaterThan(0);
    });

    test('names every node that was asked, in that order, with exactly one of answer and failure', async () => {
      const facts = await observe(false);
      expect(facts.map((one) => one.node)).toEqual(both().map((node) => node.name));
      for (const one of facts) expect([one.answer, one.failure].filter((part) => part !== undefined)).toHaveLength(1);
    });

    test('tells primary and standby apart and proves that they are one cluster', async () => {
      const facts = await observe(true);
      const [primary, standby] = [answerOf(facts, world.primary), answerOf(facts, world.standby)];
      expect(primary.inRecovery).toBe(false);
      expect(standby.inRecovery).toBe(true);
      expect(standby.systemIdentifier).toBe(primary.systemIdentifier);
      expect(standby.history).toEqual(primary.history);
      expect(primary.history).toEqual({ timeline: 1, switches: [] });
    });

    test('reads marker, row, clock, settings and the WAL receiver', async () => {
      const facts = await observe(false);
      for (const node of both()) {
        const answer = answerOf(facts, node);
        expect(answer.marker).toBe(world.environment);
        expect(answer.row).toMatchObject({ state: 'present', row: { engaged: false } });
        expect(Math.abs(answer.clock.offsetMs)).toBeLessThan(2_000);
        expect(answer.clock.errorMs).toBeGreaterThan(0);
        expect(answer.settings['max_connections']).toBeGreaterThan(0);
        expect(answer.receivedLsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
      }
      expect(answerOf(facts, world.standby).walReceiver).toMatchObject({ visible: true, status: 'streaming' });
      expect(answerOf(facts, world.primary).walReceiver).toBeUndefined();
    });

    test('commits a probe on the primary and never tries one on a standby', async () => {
      const facts = await observe(true);
      expect(answerOf(facts, world.primary).probe).toMatchObject({ state: 'committed' });
      expect(answerOf(facts, world.standby).probe).toMatchObject({ state: 'not-tried' });
    });

    test('probes nothing when it was not asked to', async () => {
      const facts = await observe(false);
      for (const node of both()) expect(answerOf(facts, node).probe.state).toBe('not-tried');
    });

    test('shows no secret in facts', async () => {
      expectNoCanary(world, await observe(true));
    });

    test('claims nothing when it was cancelled', async () => {
      const scope = world.scope({ signal: abortedSignal() });
      const claims = await world.drive(
        world.cluster.observe(both(), { probe: true }, scope).then(
          (facts) => facts.filter((one) => one.answer !== undefined),
          (error: HoldfastError) => error.code,
        ),
      );
      expect([[], 'HF_CANCELLED']).toContainEqual(claims);
    });
  });

  describe(`${name}: cluster, nodes that do not answer`, () => {
    test('a dead node is refused; the other one is still seen', async () => {
      const world = await harness.open();
      try {
        await world.kill(world.primary);
        const facts = await world.drive(world.cluster.observe([world.primary, world.standby], { probe: true }, world.scope()));
        expect(facts[0]?.failure?.kind).toBe('refused');
        expect(answerOf(facts, world.standby).inRecovery).toBe(true);
        const error = await world.drive(errorOf(world.cluster.promote(world.primary, world.scope())));
        expect(error.code).toBe('HF_NODE_UNREACHABLE');
        expectNoCanary(world, facts, error);
      } finally {
        await world.close();
      }
    });

    test('a frozen node is silence, which is no evidence of death; the other one is still seen', async () => {
      const world = await harness.open();
      try {
        await world.freeze(world.primary);
        const facts = await world.drive(world.cluster.observe([world.primary, world.standby], { probe: true }, world.scope()));
        expect(facts[0]?.failure?.kind).toBe('timeout');
        expect(answerOf(facts, world.standby).inRecovery).toBe(true);
        expectNoCanary(world, facts);
      } finally {
        await world.close();
      }
    });
  });

  describe(`${name}: cluster, promotion`, () => {
    test('promotes exactly the named node, once; its history shows where it left', async () => {
      const world = await harness.open();
      const observe = (): Promise<readonly NodeFacts[]> =>
        world.drive(world.cluster.observe([world.primary, world.standby], { probe: true }, world.scope()));
      try {
        const before = answerOf(await observe(), world.standby);
        expect((await world.drive(world.cluster.promote(world.standby, world.scope()))).state).toBe('done');
        const facts = await observe();
        const [old, promoted] = [answerOf(facts, world.primary), answerOf(facts, world.standby)];
        expect(promoted).toMatchObject({
          inRecovery: false,
          systemIdentifier: before.systemIdentifier,
          history: { timeline: 2 },
          probe: { state: 'committed' },
        });
        expect(promoted.history.switches.map((one) => one.timeline)).toEqual([1]);
        expect(old).toMatchObject({ inRecovery: false, history: { timeline: 1, switches: [] } });
        expect((await world.drive(world.cluster.promote(world.standby, world.scope()))).state).toBe('found-done');
        expect(answerOf(await observe(), world.standby).history).toEqual(promoted.history);
      } finally {
        await world.close();
      }
    });

    test('finds a primary done, and refuses nodes that are managed or no candidates, without touching them', async () => {
      const world = await harness.open();
      try {
        expect((await world.drive(world.cluster.promote(world.primary, world.scope()))).state).toBe('found-done');
        for (const refused of [
          { ...world.standby, managed: true },
          { ...world.standby, candidate: false },
        ]) {
          const error = await world.drive(errorOf(world.cluster.promote(refused, world.scope())));
          expect(error.code).toBe('HF_PROMOTE_REFUSED');
          expectNoCanary(world, error);
        }
        const cancelled = await world.drive(errorOf(world.cluster.promote(world.standby, world.scope({ signal: abortedSignal() }))));
        expect(cancelled.code).toBe('HF_CANCELLED');
        const facts = await world.drive(world.cluster.observe([world.standby], { probe: false }, world.scope()));
        expect(answerOf(facts, world.standby)).toMatchObject({ inRecovery: true, history: { timeline: 1 } });
      } finally {
        await world.close();
      }
    });

    test('a lost answer is unknown; reading back shows what happened', async () => {
      const world = await harness.open();
      try {
        const error = await world.loseAnswerOfPromote(world.standby);
        expect(error.code).toBe('HF_PROMOTE_UNKNOWN');
        expectNoCanary(world, error);
        const facts = await world.drive(world.cluster.observe([world.standby], { probe: false }, world.scope()));
        expect(answerOf(facts, world.standby)).toMatchObject({ inRecovery: false, history: { timeline: 2 } });
        expect((await world.drive(world.cluster.promote(world.standby, world.scope()))).state).toBe('found-done');
      } finally {
        await world.close();
      }
    });
  });
}
