import { describe, expect, test } from 'vitest';
import { createWorld } from '../../support/world/create.js';
import { applyFault } from '../../support/world/faults.js';
import { healthOf, settle, startInstance, stopInstance } from '../../support/world/instances.js';
import { rowOn } from '../../support/world/log.js';
import { instanceOf, nodeOf } from '../../support/world/lookup.js';
import { fenceNode, freezeNode, killNode, promoteNode, startNode, thawNode } from '../../support/world/nodes.js';
import { truthOf } from '../../support/world/truth.js';
import type { World } from '../../support/world/types.js';

const pass = (world: World, ms: number): Promise<void> => world.clock.drive(world.clock.sleep(ms));
const engagedOn = (world: World, node: string): boolean => {
  settle(world);
  const row = rowOn(nodeOf(world, node));
  return row.state === 'present' && row.engaged;
};
const acknowledged = (world: World): readonly (boolean | undefined)[] =>
  world.journal.filter((entry) => entry.what === 'row-write').map((entry) => entry.acknowledged);

describe('replication', () => {
  test('a standby has what was written longer ago than its lag, and keeps that when the primary dies', async () => {
    const world = createWorld({ lagMs: 500 });
    applyFault(world, { kind: 'person-engages', instance: 'app-1' });
    await pass(world, 400);
    killNode(world, 'a');
    await pass(world, 5_000);
    expect([engagedOn(world, 'a'), engagedOn(world, 'b')]).toEqual([true, false]);
    expect(acknowledged(world)).toEqual([true]);
  });

  test('a synchronous commit whose primary dies before the standby has it was promised to nobody', async () => {
    const world = createWorld({ lagMs: 500, synchronous: true });
    applyFault(world, { kind: 'person-engages', instance: 'app-1' });
    await pass(world, 400);
    killNode(world, 'a');
    await pass(world, 5_000);
    expect(acknowledged(world)).toEqual([false]);
  });

  test('promotion ends the timeline where the standby had received, and never happens on a node that dies', async () => {
    const world = createWorld({ nodes: ['a', 'b', 'c'], times: { promoteMs: 300 } });
    await pass(world, 1_000);
    killNode(world, 'a');
    expect(promoteNode(world, 'b', 'person', 'k', world.clock.now())).toBe('accepted');
    expect(promoteNode(world, 'c', 'person', 'k', world.clock.now())).toBe('accepted');
    killNode(world, 'c');
    await pass(world, 1_000);
    const { nodes } = truthOf(world);
    expect(nodes['b']).toMatchObject({ outOfRecovery: true, timeline: 2, switches: [{ timeline: 1, endLsn: nodes['c']?.lsn }] });
    expect(nodes['c']).toMatchObject({ outOfRecovery: false, timeline: 1 });
  });

  test('a fenced node cannot be started; one that is only dead can', async () => {
    const world = createWorld();
    fenceNode(world, 'a', 'person', 'k', world.clock.now());
    killNode(world, 'b');
    expect([startNode(world, 'a'), startNode(world, 'b')]).toEqual([false, true]);
    await pass(world, 2_000);
    expect([truthOf(world).nodes['a']?.up, truthOf(world).nodes['b']?.up]).toEqual([false, true]);
  });
});

describe('the application', () => {
  test('quarantines itself on a stale row, and a row made fresh later does not heal it', async () => {
    const world = createWorld({ row: { engaged: false, ageMs: 299_000 } });
    await pass(world, 2_000);
    applyFault(world, { kind: 'keep-fresh' });
    expect(healthOf(world, 'app-1')).toEqual({ kind: 'error-body' });
  });

  test('hangs with its database, ignores SIGTERM meanwhile, and ends when the database answers again', async () => {
    const world = createWorld();
    freezeNode(world, 'a');
    expect(healthOf(world, 'app-1')).toEqual({ kind: 'hangs' });
    stopInstance(world, 'app-1');
    await pass(world, 60_000);
    settle(world);
    expect(instanceOf(world, 'app-1').process).toBe('running');
    thawNode(world, 'a');
    settle(world);
    expect(instanceOf(world, 'app-1').process).toBe('stopped');
  });

  test('is at once ready again when its old primary comes back, whatever the promoted row says', async () => {
    const world = createWorld();
    killNode(world, 'a');
    expect(healthOf(world, 'app-1')).toEqual({ kind: 'error-body' });
    startNode(world, 'a');
    await pass(world, 2_000);
    expect(healthOf(world, 'app-1')).toEqual({ kind: 'ready' });
  });

  test('says that it is ready on its fallback store, without a session', async () => {
    const world = createWorld({ times: { stopMs: 0 } });
    world.env.wrongForm = true;
    stopInstance(world, 'app-1');
    settle(world);
    startInstance(world, 'app-1');
    await pass(world, 1_000);
    expect(healthOf(world, 'app-1')).toEqual({ kind: 'ready' });
    expect(truthOf(world).instances['app-1']?.sessionOn).toBe('fallback');
  });

  test('reads a lost row as a clear one', async () => {
    const world = createWorld({ row: { engaged: true, ageMs: 1_000 } });
    expect(healthOf(world, 'app-1')).toMatchObject({ kind: 'engaged' });
    applyFault(world, { kind: 'row-deleted', node: 'a' });
    expect(healthOf(world, 'app-1')).toEqual({ kind: 'ready' });
  });
});
