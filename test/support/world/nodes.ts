/** What can happen to a database node. Each function settles the past first: what was received before stays received. */
import { settle } from './instances.js';
import { nodeOf } from './lookup.js';
import { appendRow, linkedUpstream, lsnOf, rowOn, setGrowth } from './log.js';
import { isFenced, record, rowTruth } from './truth.js';
import type { RowState, World, WorldNode } from './types.js';

/** Whether a client could commit a write on it right now. */
export function isWritable(node: WorldNode): boolean {
  return node.process === 'up' && !node.inRecovery && !node.readOnly;
}

/** Whether commits wait for a synchronous standby that is not there. */
export function isCommitBlocked(world: World, node: WorldNode): boolean {
  return node.syncNames !== '' && !synchronousStandbys(world, node).length;
}

/** Names of the standbys that stream from it, when it asks for synchronous ones. */
export function synchronousStandbys(world: World, node: WorldNode): readonly string[] {
  if (node.syncNames === '') return [];
  return [...world.nodes.values()].filter((other) => linkedUpstream(world, other) === node).map((other) => other.name);
}

function leave(world: World, node: WorldNode, process: 'down' | 'frozen'): void {
  settle(world);
  node.pending?.();
  node.pending = undefined;
  node.promoting = false;
  if (!node.inRecovery) setGrowth(world, node, 0);
  node.process = process;
}

/** The process is gone at once. */
export function killNode(world: World, name: string): void {
  leave(world, nodeOf(world, name), 'down');
}

/** It accepts connections and never answers. */
export function freezeNode(world: World, name: string): void {
  const node = nodeOf(world, name);
  if (node.process === 'up') leave(world, node, 'frozen');
}

/** A frozen node goes on as if nothing had been. */
export function thawNode(world: World, name: string): void {
  const node = nodeOf(world, name);
  if (node.process !== 'frozen') return;
  settle(world);
  node.process = 'up';
  if (!node.inRecovery) setGrowth(world, node, world.writeRate);
}

/** Somebody starts the service: refused when it is disabled. It comes back in the role and on the timeline it had. */
export function startNode(world: World, name: string): boolean {
  const node = nodeOf(world, name);
  if (!node.enabled || node.process !== 'down') return false;
  settle(world);
  node.process = 'starting';
  node.pending = world.clock.at(world.clock.now() + world.times.startMs, () => {
    settle(world);
    node.pending = undefined;
    node.process = 'up';
    if (!node.inRecovery) setGrowth(world, node, world.writeRate);
    record(world, { what: 'fault', by: 'world', target: name, key: 'started', changed: true });
  });
  return true;
}

/** `pg_promote`: accepted at once, true a little later. A node that dies in between stays a standby. */
export function promoteNode(
  world: World,
  name: string,
  by: 'holdfast' | 'person' | 'world',
  key: string,
  askedAtMs: number,
): 'accepted' | 'already' | 'refused' {
  const node = nodeOf(world, name);
  settle(world);
  if (node.process !== 'up') return 'refused';
  if (!node.inRecovery) return 'already';
  record(world, { what: 'promote', by, target: name, key, changed: !node.promoting, askedAtMs });
  if (node.promoting) return 'accepted';
  node.promoting = true;
  node.pending = world.clock.at(world.clock.now() + world.times.promoteMs, () => {
    settle(world);
    node.pending = undefined;
    node.promoting = false;
    node.replayPaused = false;
    node.replayedLsn = node.receivedLsn;
    node.switches = [...node.switches, { timeline: node.timeline, endLsn: node.receivedLsn }];
    node.timeline += 1;
    node.inRecovery = false;
    node.upstream = undefined;
    node.marks = [{ atMs: world.clock.now(), lsn: node.receivedLsn, rate: world.writeRate }];
    record(world, { what: 'promoted', by, target: name, key, changed: true, askedAtMs });
  });
  return 'accepted';
}

/** Stops the service and keeps it from being started. */
export function fenceNode(world: World, name: string, by: 'holdfast' | 'person', key: string, askedAtMs: number): void {
  const node = nodeOf(world, name);
  const changed = !isFenced(node);
  node.enabled = false;
  if (node.process !== 'down') killNode(world, name);
  record(world, { what: 'fence', by, target: name, key, changed, askedAtMs });
}

/** How a write of the row went. */
export type WriteEnd = 'committed' | 'not-writable' | 'blocked';

/** Who writes, for the journal. */
export interface Writer {
  readonly by: 'holdfast' | 'person' | 'application';
  readonly what: 'engage' | 'row-write' | 'restore-table' | 'reaffirm';
  readonly key: string;
  readonly askedAtMs: number;
}

/**
 * Commits a change of the row on one node. With synchronous replication the writer hears of it only after the standby has it: when the
 * primary dies before, the commit is not acknowledged, and nobody was promised anything.
 */
export function writeRow(world: World, name: string, row: RowState, writer: Writer): WriteEnd {
  const node = nodeOf(world, name);
  settle(world);
  if (!isWritable(node)) return 'not-writable';
  if (isCommitBlocked(world, node)) return 'blocked';
  const before = rowTruth(rowOn(node));
  const { lsn } = appendRow(world, node, row);
  const entry = {
    ...writer,
    target: name,
    changed: JSON.stringify(before) !== JSON.stringify(rowTruth(row)),
    before,
    after: rowTruth(row),
  };
  if (node.syncNames === '') {
    record(world, { ...entry, acknowledged: true });
    return 'committed';
  }
  const lag = Math.max(...synchronousStandbys(world, node).map((standby) => nodeOf(world, standby).lagMs));
  world.clock.at(world.clock.now() + lag, () => {
    settle(world);
    const received = [...world.nodes.values()].some((other) => other !== node && other.receivedLsn >= lsn);
    record(world, { ...entry, acknowledged: received && node.process === 'up' });
  });
  return 'committed';
}

/** Clock of a node: the world's time with its offset. */
export function nodeNow(world: World, node: WorldNode): number {
  return world.clock.now() + node.clockOffsetMs;
}

/** LSN at which a reader of the node reads. */
export function readLsn(world: World, node: WorldNode): number {
  return node.inRecovery ? node.replayedLsn : lsnOf(world, node);
}
