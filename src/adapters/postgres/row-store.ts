import { HoldfastError } from '../../domain/errors.js';
import type { RowReading } from '../../domain/facts.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { EffectResult } from '../../ports/cluster.js';
import type { ApplicationSession, RowStorePort } from '../../ports/row-store.js';
import type { ReadScope } from '../../ports/scope.js';
import type { Session } from './connection.js';
import { withSession } from './connection.js';
import type { NodeConnector } from './connector.js';
import { createConnector } from './connector.js';
import { readGrantProblems } from './grants.js';
import { APPLICATION_SESSION } from './node-state.js';
import { PostgresFailure, toHoldfastError } from './postgres-failure.js';
import { reaffirmRow } from './reaffirm.js';
import { readRow } from './row-reading.js';
import type { PostgresDeps, PostgresSettings } from './settings.js';

/** More than a statement and a lock may take on the server, so that the server's answer comes first. */
const MARGIN_MS = 1_000;

/** A session of one call on a named node, with the port's errors. */
async function on<T>(
  connector: NodeConnector,
  node: PlannedNode,
  scope: ReadScope,
  kind: 'read' | 'write',
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const { connectMs, statementMs } = connector.limits;
  try {
    return await withSession(connector.request(node, scope, { deadlineMs: connectMs + 2 * statementMs + MARGIN_MS }), use);
  } catch (error) {
    throw toHoldfastError(error, node.name, kind);
  }
}

/** Calls one of Holdfast's functions that returns whether it changed anything. */
async function callEffect(
  session: Session,
  node: PlannedNode,
  text: string,
  values: readonly unknown[],
  said: { readonly done: string; readonly found: string },
): Promise<EffectResult> {
  try {
    const [row] = await session.query<{ changed: boolean }>(text, values);
    return row?.changed === true ? { state: 'done', detail: said.done } : { state: 'found-done', detail: said.found };
  } catch (error) {
    if (error instanceof PostgresFailure && error.stage === 'answered') {
      const { code } = error.failure;
      if (code === '42501')
        throw new HoldfastError('HF_GRANTS_WRONG', `Node ${node.name}: ${error.failure.text}.`, { node: node.name, code });
      if (code === '42P01')
        throw new HoldfastError('HF_ROW_INVALID', `Node ${node.name}: the application's table is missing; restore it first.`, {
          node: node.name,
          code,
        });
      if (code === '22023')
        throw new HoldfastError(
          'HF_ROW_INVALID',
          `Node ${node.name}: the reason must have 1 to 512 characters and no control characters.`,
          { node: node.name, code },
        );
    }
    throw error;
  }
}

async function readSessions(session: Session, node: PlannedNode, applicationName: string): Promise<readonly ApplicationSession[]> {
  const [able] = await session.query<{ able: boolean }>(`select pg_has_role('pg_read_all_stats', 'USAGE') as able`);
  // Without the right the list is empty, not refused: "no session" would be a lie.
  if (able?.able !== true) {
    throw new HoldfastError('HF_GRANTS_WRONG', `Node ${node.name}: the role cannot see other sessions; grant pg_monitor to it.`, {
      node: node.name,
    });
  }
  return session.query<ApplicationSession>(
    `select $2::text as node, coalesce(host(client_addr), '') as "clientAddress", greatest(coalesce(client_port, 0), 0) as "clientPort",
       application_name as "applicationName", floor(extract(epoch from backend_start) * 1000)::float8 as "startedAtMs"
     from pg_stat_activity where ${APPLICATION_SESSION} order by backend_start, pid`,
    [applicationName, node.name],
  );
}

function saw(reading: RowReading): string {
  switch (reading.state) {
    case 'present':
      return `read the row (${reading.row.engaged ? 'engaged' : 'disengaged'}, updated ${new Date(reading.row.updatedAtMs).toISOString()})`;
    case 'row-missing':
      return 'read the table, which holds no row';
    case 'table-missing':
      return 'found no table';
    case 'unreadable':
      throw new PostgresFailure(reading.failure, 'answered');
  }
}

/**
 * The protected row in PostgreSQL. Every write goes through what the migrations grant: `updated_at` alone, and functions that can only
 * engage.
 */
export function createPostgresRowStore(settings: PostgresSettings, deps: PostgresDeps): RowStorePort {
  const connector = createConnector(settings, deps);
  const { table, applicationName, login: applicationLogin } = settings.application;
  return {
    read: (node, scope) => on(connector, node, scope, 'read', (session) => readRow(session, table)),

    engage: (node, reason, scope) =>
      on(connector, node, scope, 'write', (session) =>
        callEffect(session, node, 'select holdfast.engage($1) as changed', [reason], {
          done: `The row on node ${node.name} is engaged.`,
          found: `The row on node ${node.name} was engaged already.`,
        }),
      ),

    restoreTable: (node, scope) =>
      on(connector, node, scope, 'write', (session) =>
        callEffect(session, node, 'select holdfast.restore_table() as changed', [], {
          done: `The table was created on node ${node.name}, with an engaged row.`,
          found: `The table was there on node ${node.name}; Holdfast's grants on it were renewed.`,
        }),
      ),

    reaffirm: (node, expected, timeline, notAfterMs, scope) =>
      on(connector, node, scope, 'write', async (session) => {
        try {
          return await reaffirmRow(session, table, node, { expected, timeline, notAfterMs });
        } catch (error) {
          // 25006: it only reads, so it is not the primary that was approved.
          if (error instanceof PostgresFailure && error.failure.kind === 'readonly') {
            throw new HoldfastError('HF_CONFLICT', `Node ${node.name}: the node is not a primary on the approved timeline.`, {
              node: node.name,
              timeline: String(timeline),
            });
          }
          throw error;
        }
      }),

    sessions: (node, scope) => on(connector, node, scope, 'read', (session) => readSessions(session, node, applicationName)),

    applicationLogin: async (node, scope) => {
      const { connectMs, statementMs } = connector.limits;
      const request = connector.request(node, scope, { login: applicationLogin, deadlineMs: connectMs + statementMs + MARGIN_MS });
      try {
        const seen = await withSession(request, async (session) => saw(await readRow(session, table)));
        return `${applicationLogin.role} logged in to node ${node.name} with ${applicationLogin.sslmode ?? 'verify-full'} and ${seen}.`;
      } catch (error) {
        throw toHoldfastError(error, node.name, 'read');
      }
    },

    grantProblems: (node, scope) => on(connector, node, scope, 'read', (session) => readGrantProblems(session, table, !node.managed)),
  };
}
