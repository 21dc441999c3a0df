import type { Snapshot } from '../../../src/domain/facts.js';
import { settle } from './instances.js';
import { lsnOf, lsnText, rowOn } from './log.js';
import { synchronousStandbys } from './nodes.js';
import type { World, WorldNode } from './types.js';

/** What `watch:<store>` would remember of this primary now, dated as wanted. */
export function takeSnapshot(world: World, primary: WorldNode, atMs: number): Snapshot {
  const lsn = lsnText(lsnOf(world, primary));
  const row = rowOn(primary);
  return {
    schema: 1,
    store: world.store,
    atMs,
    primary: primary.name,
    systemIdentifier: primary.systemIdentifier,
    history: { timeline: primary.timeline, switches: primary.switches.map((s) => ({ timeline: s.timeline, endLsn: lsnText(s.endLsn) })) },
    lsn,
    row:
      row.state === 'present'
        ? { state: 'present', row: { engaged: row.engaged, reason: row.reason, updatedAtMs: row.updatedAtMs }, lsn }
        : { state: row.state, lsn },
    sync: { standbyNames: primary.syncNames, applicationCommit: 'on', inSync: synchronousStandbys(world, primary) },
    clocks: Object.fromEntries([...world.nodes.values()].map((node) => [node.name, { offsetMs: node.clockOffsetMs, errorMs: 2 }])),
    settings: primary.settings,
  };
}

/** The watcher: every so often, when exactly one node shows itself as primary, it is remembered. */
export function watchStore(world: World, everyMs: number): void {
  const look = (): void => {
    settle(world);
    const primaries = [...world.nodes.values()].filter(
      (node) => node.process === 'up' && !node.inRecovery && !node.cutOff && !node.certificateWrong,
    );
    const [primary] = primaries;
    if (primary !== undefined && primaries.length === 1) world.snapshot = takeSnapshot(world, primary, world.clock.now());
    world.clock.at(world.clock.now() + everyMs, look);
  };
  world.clock.at(world.clock.now() + everyMs, look);
}
