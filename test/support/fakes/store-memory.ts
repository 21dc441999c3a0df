import type { StoreMemoryPort } from '../../../src/ports/store-memory.js';
import type { World } from '../world/types.js';

/** What the watcher of this world's store remembers. */
export function createFakeStoreMemory(world: World): StoreMemoryPort {
  return {
    arming: () => Promise.resolve({ armed: world.arming.armed, by: 'ana', atMs: world.arming.atMs }),
    lastSnapshot: () => Promise.resolve(world.snapshot),
    lastPlan: () => Promise.resolve(undefined),
    rememberPlan: () => Promise.resolve(),
  };
}
