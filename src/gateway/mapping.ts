import type { Config } from '../config/schema.js';
import type { Alert, AlertIdentity } from '../domain/contract.js';
import type { AlertTarget } from './alert-starter.js';

/** An alert as a source’s parser understood it, before it is known whose it is. */
export interface ReceivedAlert extends AlertIdentity {
  readonly labels: Readonly<Record<string, string>>;
  readonly title: string;
}

/** An alert with the store it belongs to. */
export interface MappedAlert {
  readonly target: AlertTarget;
  readonly alert: Alert;
}

/** Finds the store: the first mapping whose labels are all equal. Undefined when none is. */
export function mapAlert(config: Config, received: ReceivedAlert): MappedAlert | undefined {
  const mapping = config.alerts.find((entry) => Object.entries(entry.labels).every(([name, value]) => received.labels[name] === value));
  const store = mapping === undefined ? undefined : config.stores[mapping.store];
  if (mapping === undefined || store === undefined) return undefined;
  const { source, fingerprint, status, startsAtMs, title } = received;
  return {
    target: { store: mapping.store, cluster: store.cluster.name },
    alert: { source, fingerprint, status, startsAtMs, title, forMs: mapping.for },
  };
}
