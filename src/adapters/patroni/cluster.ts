import type { ManagerFacts, ManagerRules } from '../../domain/facts.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { ClusterPort } from '../../ports/cluster.js';
import type { ReadScope } from '../../ports/scope.js';
import { tryAccess } from './access.js';
import type { PatroniMemory } from './manager-facts.js';
import { managerFacts } from './manager-facts.js';
import { promoteByPatroni } from './promote.js';
import { readCluster, readRules } from './reading.js';
import { createPatroniRest } from './rest.js';
import type { PatroniSettings } from './settings.js';
import { DEFAULT_PATRONI_LIMITS } from './settings.js';

/** What the adapter is composed with. */
export interface PatroniDeps {
  /** SQL facts about the same nodes; its `promote` is never called. */
  readonly sql: Pick<ClusterPort, 'observe'>;
  readonly nodes: readonly PlannedNode[];
}

/**
 * A PostgreSQL cluster under Patroni (3 or 4): facts about nodes over SQL, the manager’s word over its REST API, promotion by asking it.
 * Patroni acts by itself; this adapter finds what it did, asks it where people decided, and trusts SQL alone for who is primary.
 */
export function createPatroniCluster(settings: PatroniSettings, deps: PatroniDeps): ClusterPort {
  const limits = { ...DEFAULT_PATRONI_LIMITS, ...settings.limits };
  const { members } = settings;
  const rest = createPatroniRest(settings, limits.readMs);
  let memory: PatroniMemory = {};
  let known: { readonly rules: ManagerRules; readonly atMs: number } | undefined;

  const rulesNow = async (scope: ReadScope): Promise<ManagerRules | undefined> => {
    if (known === undefined || scope.now() - known.atMs >= limits.rulesMs) {
      const rules = await readRules(rest, members, scope);
      // What was in force a while ago is closer to the truth than defaults.
      if (rules !== undefined) known = { rules, atMs: scope.now() };
    }
    return known?.rules;
  };

  const manager = async (scope: ReadScope): Promise<ManagerFacts> => {
    const [reading, rules] = await Promise.all([readCluster(rest, members, settings.scope, scope), rulesNow(scope)]);
    const outcome = managerFacts({ reading, rules, memory, nodes: deps.nodes });
    // A look that was cut off saw nothing, and nothing is to be concluded from it later.
    if (!scope.signal.aborted) memory = outcome.memory;
    return outcome.facts;
  };

  const sql = async (name: string, scope: ReadScope) => {
    const node = deps.nodes.find((each) => each.name === name);
    return node === undefined ? undefined : (await deps.sql.observe([node], { probe: false }, scope))[0];
  };

  return {
    kind: 'patroni',
    promoteClass: 'read-back',
    settleMs: settings.settleMs,
    observe: (nodes, options, scope) => deps.sql.observe(nodes, options, scope),
    manager,
    promote: (node, scope) => promoteByPatroni({ rest, limits, members, sql, manager }, node, scope),
    access: (scope) => tryAccess(rest, settings, limits.readMs, scope),
  };
}
