import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HoldfastError } from '../../src/domain/errors.js';
import type { Row } from '../../src/domain/facts.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import type { RowStorePort } from '../../src/ports/row-store.js';
import type { ConformanceWorld, Harness } from './harness.js';
import { abortedSignal, errorOf } from './harness.js';

/** A pair to try a row store on: a primary with a streaming standby, Holdfast's grants in place, one session of the application on the primary. */
export interface RowStoreWorld extends ConformanceWorld {
  readonly store: RowStorePort;
  readonly primary: PlannedNode;
  readonly standby: PlannedNode;
  readonly canaries: readonly string[];
  /** The nodes' clock, epoch milliseconds. */
  now(): number;
  /** Writes (or deletes) the row behind Holdfast's back, as the application or a person would. Resolves once the standby has it too. */
  writeRow(row: { readonly engaged: boolean; readonly reason: string; readonly ageMs: number } | 'missing'): Promise<void>;
  dropTable(): Promise<void>;
  kill(node: PlannedNode): Promise<void>;
  freeze(node: PlannedNode): Promise<void>;
  /** Runs an `engage` that takes place, but whose answer is lost. Returns what the adapter threw. */
  loseAnswerOfEngage(node: PlannedNode, reason: string): Promise<HoldfastError>;
}

function expectNoCanary(world: RowStoreWorld, seen: unknown): void {
  const text = seen instanceof Error ? `${seen.stack} ${JSON.stringify(seen)} ${String(seen.cause)}` : JSON.stringify(seen);
  for (const canary of world.canaries) expect(text).not.toContain(canary);
}

/** What every row store must do, fakes included. */
export function describeRowStoreConformance(name: string, harness: Harness<RowStoreWorld>): void {
  describe(`${name}: row store`, () => {
    let world: RowStoreWorld;
    beforeAll(async () => {
      world = await harness.open();
    });
    afterAll(() => world.close());
    beforeEach(() => world.writeRow({ engaged: false, reason: 'reset by risk', ageMs: 30_000 }));

    const rowOn = async (node: PlannedNode): Promise<Row> => {
      const reading = await world.drive(world.store.read(node, world.scope()));
      if (reading.state !== 'present') throw new Error(`the row on ${node.name} is ${reading.state}`);
      return reading.row;
    };
    const reaffirm = (expected: Row, over: { node?: PlannedNode; timeline?: number; notAfterMs?: number } = {}) =>
      world.drive(
        world.store.reaffirm(
          over.node ?? world.primary,
          expected,
          over.timeline ?? 1,
          over.notAfterMs ?? world.now() + 60_000,
          world.scope(),
        ),
      );

    test('reads the row on primary and standby', async () => {
      for (const node of [world.primary, world.standby]) {
        expect(await world.drive(world.store.read(node, world.scope()))).toMatchObject({
          state: 'present',
          row: { engaged: false, reason: 'reset by risk' },
          lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) as string,
        });
      }
    });

    test('a missing row is a reading', async () => {
      await world.writeRow('missing');
      expect(await world.drive(world.store.read(world.primary, world.scope()))).toMatchObject({ state: 'row-missing' });
    });

    test('engages once; an engaged row is found done and left as it is', async () => {
      expect((await world.drive(world.store.engage(world.primary, 'testimony says engaged', world.scope()))).state).toBe('done');
      const engaged = await rowOn(world.primary);
      expect(engaged).toMatchObject({ engaged: true, reason: 'testimony says engaged' });
      expect((await world.drive(world.store.engage(world.primary, 'another reason', world.scope()))).state).toBe('found-done');
      expect(await rowOn(world.primary)).toEqual(engaged);
    });

    test('a missing row is restored as engaged', async () => {
      await world.writeRow('missing');
      expect((await world.drive(world.store.engage(world.primary, 'the row was missing', world.scope()))).state).toBe('done');
      expect(await rowOn(world.primary)).toMatchObject({ engaged: true, reason: 'the row was missing' });
    });

    test('a standby is not written to', async () => {
      const error = await world.drive(errorOf(world.store.engage(world.standby, 'on the wrong node', world.scope())));
      expect(['HF_TARGET_UNPROVEN', 'HF_CONFLICT']).toContain(error.code);
      expect(await rowOn(world.primary)).toMatchObject({ engaged: false });
    });

    test('makes the row fresh and changes nothing else; each write is bound to the one before', async () => {
      const seen = await rowOn(world.primary);
      const first = await reaffirm(seen);
      expect(first.updatedAtMs).toBeGreaterThan(seen.updatedAtMs);
      expect(await rowOn(world.primary)).toEqual({ ...seen, updatedAtMs: first.updatedAtMs });
      const second = await reaffirm({ ...seen, updatedAtMs: first.updatedAtMs });
      expect(second.updatedAtMs).toBeGreaterThanOrEqual(first.updatedAtMs);
      // Whether or not the second fell into the same millisecond, the first one seen is history.
      expect((await errorOf(reaffirm(seen))).code).toBe('HF_CONFLICT');
      expect(await rowOn(world.primary)).toEqual({ ...seen, updatedAtMs: second.updatedAtMs });
    });

    test('never writes later than the latest timestamp allowed', async () => {
      const seen = await rowOn(world.primary);
      const notAfterMs = seen.updatedAtMs + 1_000;
      expect((await reaffirm(seen, { notAfterMs })).updatedAtMs).toBe(notAfterMs);
    });

    const conflicts: readonly (readonly [string, (seen: Row) => Promise<unknown>])[] = [
      ['engaged', (seen) => reaffirm({ ...seen, engaged: true })],
      ['the reason', (seen) => reaffirm({ ...seen, reason: 'another' })],
      ['the timestamp', (seen) => reaffirm({ ...seen, updatedAtMs: seen.updatedAtMs - 1 })],
      ['the timeline', (seen) => reaffirm(seen, { timeline: 2 })],
      ['the role of the node', (seen) => reaffirm(seen, { node: world.standby })],
      ['the latest timestamp allowed', (seen) => reaffirm(seen, { notAfterMs: seen.updatedAtMs - 1 })],
    ];
    test.each(conflicts)('refuses to make the row fresh when %s is not as approved', async (_what, attempt) => {
      const seen = await rowOn(world.primary);
      const error = await errorOf(attempt(seen));
      expect(error.code).toBe('HF_CONFLICT');
      expectNoCanary(world, error);
      expect(await rowOn(world.primary)).toEqual(seen);
    });

    test('a missing row is not made fresh', async () => {
      const seen = await rowOn(world.primary);
      await world.writeRow('missing');
      expect((await errorOf(reaffirm(seen))).code).toBe('HF_CONFLICT');
      expect(await world.drive(world.store.read(world.primary, world.scope()))).toMatchObject({ state: 'row-missing' });
    });

    test('lists the sessions of the application on the named node only', async () => {
      const onPrimary = await world.drive(world.store.sessions(world.primary, world.scope()));
      expect(onPrimary.length).toBeGreaterThan(0);
      for (const session of onPrimary) {
        expect(session).toMatchObject({ node: world.primary.name, clientAddress: expect.stringMatching(/\d/) as string });
        expect(session.clientPort).toBeGreaterThan(0);
        expect(session.startedAtMs).toBeLessThanOrEqual(world.now());
      }
      expect(await world.drive(world.store.sessions(world.standby, world.scope()))).toEqual([]);
    });

    test('proves that the application could log in, in a sentence that names the node', async () => {
      const sentence = await world.drive(world.store.applicationLogin(world.standby, world.scope()));
      expect(sentence).toContain(world.standby.name);
      expectNoCanary(world, sentence);
    });

    test('has no problem with grants that are right', async () => {
      expect(await world.drive(world.store.grantProblems(world.primary, world.scope()))).toEqual([]);
    });

    test('a lost answer is unknown; reading back shows what happened', async () => {
      const error = await world.loseAnswerOfEngage(world.primary, 'the answer is lost');
      expect(error.code).toBe('HF_EFFECT_UNKNOWN');
      expectNoCanary(world, error);
      expect(await rowOn(world.primary)).toMatchObject({ engaged: true, reason: 'the answer is lost' });
      expect((await world.drive(world.store.engage(world.primary, 'again', world.scope()))).state).toBe('found-done');
    });

    test('a call that was cancelled before it was sent did nothing', async () => {
      const error = await world.drive(errorOf(world.store.engage(world.primary, 'cancelled', world.scope({ signal: abortedSignal() }))));
      expect(error.code).toBe('HF_CANCELLED');
      expect(await rowOn(world.primary)).toMatchObject({ engaged: false });
    });
  });

  describe(`${name}: row store, table lost`, () => {
    test('a missing table is a reading, is not engaged blindly, and never comes back as disengaged', async () => {
      const world = await harness.open();
      const { store, primary } = world;
      try {
        await world.dropTable();
        expect(await world.drive(store.read(primary, world.scope()))).toMatchObject({ state: 'table-missing' });
        expect((await world.drive(errorOf(store.engage(primary, 'no table', world.scope())))).code).toBe('HF_ROW_INVALID');
        expect((await world.drive(store.restoreTable(primary, world.scope()))).state).toBe('done');
        const restored = await world.drive(store.read(primary, world.scope()));
        expect(restored.state === 'row-missing' || (restored.state === 'present' && restored.row.engaged)).toBe(true);
        await world.drive(store.engage(primary, 'the table was missing', world.scope()));
        expect(await world.drive(store.read(primary, world.scope()))).toMatchObject({ state: 'present', row: { engaged: true } });
        expect((await world.drive(store.restoreTable(primary, world.scope()))).state).toBe('found-done');
        expect(await world.drive(store.grantProblems(primary, world.scope()))).toEqual([]);
      } finally {
        await world.close();
      }
    });
  });

  describe(`${name}: row store, nodes that do not answer`, () => {
    test.each(['kill', 'freeze'] as const)('%s: every method says that the node is unreachable, and shows no secret', async (fault) => {
      const world = await harness.open();
      const { store, primary } = world;
      try {
        await world[fault](primary);
        const row: Row = { engaged: false, reason: '', updatedAtMs: world.now() };
        const calls = [
          () => store.read(primary, world.scope()),
          () => store.engage(primary, 'unreachable', world.scope()),
          () => store.reaffirm(primary, row, 1, world.now(), world.scope()),
          () => store.sessions(primary, world.scope()),
          () => store.applicationLogin(primary, world.scope()),
        ];
        const errors = await world.drive(Promise.all(calls.map((call) => errorOf(call()))));
        for (const error of errors) {
          // A write into silence may also be called unknown: then nobody could say whether it had been sent.
          expect(['HF_NODE_UNREACHABLE', ...(fault === 'freeze' ? ['HF_EFFECT_UNKNOWN'] : [])]).toContain(error.code);
          expectNoCanary(world, error);
        }
      } finally {
        await world.close();
      }
    });
  });
}
