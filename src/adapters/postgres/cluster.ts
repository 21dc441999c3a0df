import type { ClusterPort } from '../../ports/cluster.js';
import { createConnector } from './connector.js';
import { observeNode } from './observe.js';
import { promoteNode } from './promote.js';
import type { PostgresDeps, PostgresSettings } from './settings.js';

/**
 * A plain PostgreSQL cluster (13 or newer): facts over SQL under each node's own address, promotion with `pg_promote`. There is no HA
 * manager; where one exists its own adapter promotes, and nodes are marked `managed`.
 */
export function createPostgresCluster(settings: PostgresSettings, deps: PostgresDeps): ClusterPort {
  const connector = createConnector(settings, deps);
  return {
    kind: 'postgres',
    promoteClass: 'read-back',
    settleMs: connector.limits.settleMs,
    observe: (nodes, options, scope) => Promise.all(nodes.map((node) => observeNode(connector, node, options, scope))),
    manager: () => Promise.resolve(undefined),
    promote: (node, scope) => promoteNode(connector, node, scope),
  };
}
