import type { StorePorts } from '../../../src/ports/index.js';
import type { World } from '../world/types.js';
import { createFakeApplication } from './application.js';
import { createFakeArchive } from './archive.js';
import { createFakeAttestation } from './attestation.js';
import { createFakeCluster } from './cluster.js';
import { createFakeConfigSource } from './config-source.js';
import { createFakeFence } from './fence.js';
import { createFakeMetrics } from './metrics.js';
import { createFakeNotifier } from './notifier.js';
import { createFakeRowStore } from './row-store.js';
import { createFakeStoreMemory } from './store-memory.js';
import { createFakeTradingPause } from './trading-pause.js';
import { createFakeWorkload } from './workload.js';

/** Every port of one store, over the same world. */
export function createFakePorts(world: World): StorePorts {
  return {
    cluster: createFakeCluster(world),
    rowStore: createFakeRowStore(world),
    workload: createFakeWorkload(world),
    configSource: createFakeConfigSource(world),
    application: createFakeApplication(world),
    tradingPause: createFakeTradingPause(world),
    fence: createFakeFence(world),
    notifier: createFakeNotifier(world),
    archive: createFakeArchive(world),
    attestation: createFakeAttestation(),
    memory: createFakeStoreMemory(world),
    metrics: createFakeMetrics(world),
  };
}
