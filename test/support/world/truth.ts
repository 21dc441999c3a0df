import type { JournalEntry, RowTruth, Truth } from '../../checker/types.js';
import { settle } from './instances.js';
import { lsnOf, rowOn } from './log.js';
import type { RowState, World, WorldNode } from './types.js';

/** A fence is in force when the service is stopped and cannot be started. */
export function isFenced(node: WorldNode): boolean {
  return node.process === 'down' && !node.enabled;
}

/** The row for the journal. */
export function rowTruth(row: RowState): RowTruth {
  return row.state === 'present'
    ? { state: 'present', engaged: row.engaged, reason: row.reason, updatedAtMs: row.updatedAtMs }
    : { state: row.state };
}

/** The whole truth at this instant, as plain data. */
export function truthOf(world: World): Truth {
  settle(world);
  return {
    atMs: world.clock.now(),
    trading: world.trading.state,
    ...(world.trading.by === undefined ? {} : { pausedBy: world.trading.by }),
    armed: world.arming.armed,
    nodes: Object.fromEntries(
      [...world.nodes.values()].map((node) => [
        node.name,
        {
          up: node.process === 'up',
          frozen: node.process === 'frozen',
          outOfRecovery: !node.inRecovery,
          fenced: isFenced(node),
          readOnly: node.readOnly,
          visible: node.process === 'up' && !node.cutOff && !node.certificateWrong,
          clockOffsetMs: node.clockOffsetMs,
          host: node.host,
          port: node.port,
          systemIdentifier: node.systemIdentifier,
          timeline: node.timeline,
          switches: [...node.switches],
          lsn: lsnOf(world, node),
          row: rowTruth(rowOn(node)),
        },
      ]),
    ),
    instances: Object.fromEntries(
      [...world.instances.values()].map((instance) => [
        instance.name,
        {
          running: instance.process !== 'stopped',
          ...(instance.target === undefined ? {} : { sessionOn: instance.target }),
          quarantined: instance.quarantined !== undefined,
        },
      ]),
    ),
    configured: { host: world.env.host, port: world.env.port },
  };
}

/** Writes one effect into the journal, with the truth right after it. */
export function record(world: World, entry: Omit<JournalEntry, 'atMs' | 'truth' | 'askedAtMs'> & { readonly askedAtMs?: number }): void {
  const truth = truthOf(world);
  world.journal.push({ askedAtMs: truth.atMs, ...entry, atMs: truth.atMs, truth });
}
