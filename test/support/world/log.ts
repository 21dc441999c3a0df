/** The write-ahead log and its way to the standbys, computed when somebody looks: nothing ticks in between. */
import type { LogRecord, RowState, World, WorldNode } from './types.js';

/** PostgreSQL's text form of a byte position. */
export function lsnText(lsn: number): string {
  return `${Math.floor(lsn / 2 ** 32)
    .toString(16)
    .toUpperCase()}/${(lsn % 2 ** 32).toString(16).toUpperCase()}`;
}

/** Where the node's own log stood at a time. */
export function ownLsnAt(node: WorldNode, atMs: number): number {
  let found = node.marks[0];
  for (const mark of node.marks) if (mark.atMs <= atMs) found = mark;
  if (found === undefined) return node.receivedLsn;
  return found.lsn + Math.max(0, Math.floor((atMs - found.atMs) * found.rate));
}

/** From now on the node's log grows at this rate (0 when it stands still). */
export function setGrowth(world: World, node: WorldNode, rate: number): void {
  const atMs = world.clock.now();
  node.marks.push({ atMs, lsn: ownLsnAt(node, atMs), rate });
}

const sameLineage = (a: WorldNode, b: WorldNode): boolean =>
  a.timeline === b.timeline && a.systemIdentifier === b.systemIdentifier && JSON.stringify(a.switches) === JSON.stringify(b.switches);

/** The upstream this standby streams from right now. */
export function linkedUpstream(world: World, node: WorldNode): WorldNode | undefined {
  const upstream = node.upstream === undefined ? undefined : world.nodes.get(node.upstream);
  if (upstream === undefined || node.process !== 'up' || !node.inRecovery) return undefined;
  return upstream.process === 'up' && !upstream.inRecovery && sameLineage(upstream, node) ? upstream : undefined;
}

/** Brings every standby to what it has received by now. Must be called before anything about a node changes, and before it is read. */
export function settleLogs(world: World): void {
  const nowMs = world.clock.now();
  for (const node of world.nodes.values()) {
    if (!node.inRecovery) continue;
    const upstream = linkedUpstream(world, node);
    if (upstream !== undefined) {
      const reached = Math.max(node.receivedLsn, ownLsnAt(upstream, nowMs - node.lagMs));
      for (const record of upstream.log) if (record.lsn > node.receivedLsn && record.lsn <= reached) node.log.push(record);
      node.receivedLsn = reached;
      node.lastLinkAtMs = nowMs;
    }
    if (!node.replayPaused && node.process === 'up') node.replayedLsn = node.receivedLsn;
  }
}

/** The row as a reader of this node sees it now. */
export function rowOn(node: WorldNode): RowState {
  const upTo = node.inRecovery ? node.replayedLsn : Number.MAX_SAFE_INTEGER;
  let seen: LogRecord | undefined;
  for (const record of node.log) if (record.lsn <= upTo) seen = record;
  return seen?.row ?? { state: 'table-missing' };
}

/** The node's LSN as its role has it: written on a primary, received on a standby. */
export function lsnOf(world: World, node: WorldNode): number {
  return node.inRecovery ? node.receivedLsn : ownLsnAt(node, world.clock.now());
}

/** Bytes that one small transaction takes. */
const RECORD_BYTES = 224;

/** Appends a change of the row to a primary's log. */
export function appendRow(world: World, node: WorldNode, row: RowState): LogRecord {
  const atMs = world.clock.now();
  const rate = node.marks.at(-1)?.rate ?? 0;
  const record: LogRecord = { lsn: ownLsnAt(node, atMs) + RECORD_BYTES, atMs, row };
  node.marks.push({ atMs, lsn: record.lsn, rate });
  node.log.push(record);
  return record;
}
