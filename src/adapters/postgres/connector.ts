import type { PlannedNode } from '../../domain/plan.js';
import type { ReadScope } from '../../ports/scope.js';
import type { ConnectionRequest } from './connection.js';
import type { PostgresDeps, PostgresLimits, PostgresLogin, PostgresSettings } from './settings.js';
import { DEFAULT_LIMITS } from './settings.js';

/** What differs from one kind of call to the next. */
interface RequestOverrides {
  readonly deadlineMs: number;
  /** Default: Holdfast's own. */
  readonly login?: PostgresLogin;
  readonly statementMs?: number;
}

/** Settings with their defaults filled in, and how to address a node with them. */
export interface NodeConnector {
  readonly settings: PostgresSettings;
  readonly limits: PostgresLimits;
  request(node: PlannedNode, scope: ReadScope, overrides: RequestOverrides): ConnectionRequest;
}

/** Binds settings and secrets; connects to nothing. */
export function createConnector(settings: PostgresSettings, deps: PostgresDeps): NodeConnector {
  const limits: PostgresLimits = { ...DEFAULT_LIMITS, ...settings.limits };
  const request: NodeConnector['request'] = (node, scope, overrides) => ({
    host: node.host,
    port: node.port,
    login: overrides.login ?? settings.login,
    resolveSecret: deps.resolveSecret,
    signal: scope.signal,
    connectMs: limits.connectMs,
    statementMs: overrides.statementMs ?? limits.statementMs,
    lockMs: limits.lockMs,
    deadlineMs: overrides.deadlineMs,
  });
  return { settings, limits, request };
}
