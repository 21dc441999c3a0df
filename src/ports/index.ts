import type { ApplicationPort } from './application.js';
import type { ArchivePort } from './archive.js';
import type { AttestationPort } from './attestation.js';
import type { ClusterPort } from './cluster.js';
import type { ConfigSourcePort } from './config-source.js';
import type { FencePort } from './fence.js';
import type { MetricsPort } from './metrics.js';
import type { NotifierPort } from './notifier.js';
import type { PlatformPort } from './platform.js';
import type { RowStorePort } from './row-store.js';
import type { StoreMemoryPort } from './store-memory.js';
import type { TradingPausePort } from './trading-pause.js';
import type { WorkloadPort } from './workload.js';

/** The ports of one store, as wired from its configuration. */
export interface StorePorts {
  readonly cluster: ClusterPort;
  readonly rowStore: RowStorePort;
  readonly workload: WorkloadPort;
  readonly configSource: ConfigSourcePort;
  readonly application: ApplicationPort;
  readonly tradingPause: TradingPausePort;
  readonly fence: FencePort;
  readonly notifier: NotifierPort;
  readonly archive: ArchivePort;
  readonly attestation: AttestationPort;
  readonly memory: StoreMemoryPort;
  readonly metrics: MetricsPort;
  /** Readiness of the platform; absent where nothing of the store is on one that can be asked. */
  readonly platform?: PlatformPort;
}
