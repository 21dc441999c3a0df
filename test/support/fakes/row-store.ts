import { HoldfastError } from '../../../src/domain/errors.js';
import type { PlannedNode } from '../../../src/domain/plan.js';
import type { EffectResult } from '../../../src/ports/cluster.js';
import type { RowStorePort } from '../../../src/ports/row-store.js';
import type { CallScope } from '../../../src/ports/scope.js';
import { rowOn } from '../world/log.js';
import { nodeNow, writeRow } from '../world/nodes.js';
import type { Writer } from '../world/nodes.js';
import type { RowState, World, WorldNode } from '../world/types.js';
import { readRow } from './cluster.js';
import { perform } from './perform.js';
import type { Ask } from './perform.js';
import { effectUnknown, nodeError, reachNode, worldNode } from './reach-node.js';

function conflict(node: WorldNode, rule: string, found: string): HoldfastError {
  return new HoldfastError('HF_CONFLICT', `${node.name}: ${rule}; found ${found}.`, { rule, node: node.name, found });
}

function write(world: World, node: WorldNode, row: RowState, writer: Omit<Writer, 'by'>): void {
  const end = writeRow(world, node.name, row, { ...writer, by: 'holdfast' });
  if (end === 'committed') return;
  if (end === 'blocked') throw effectUnknown('a commit that waits for a synchronous standby', node.name);
  throw conflict(node, 'the node must be a writable primary', node.inRecovery ? 'in recovery' : 'read-only');
}

/** The row of a world, through Holdfast's rights: there is no call that could disengage it. */
export function createFakeRowStore(world: World): RowStorePort {
  const ask = <T>(planned: PlannedNode, scope: CallScope, call: string, effect: boolean, act: Ask<T>['act']): Promise<T> =>
    perform(world, scope, {
      call: `rowStore.${call}`,
      effect,
      reach: () => reachNode(world, planned),
      refused: () => nodeError(world, planned),
      silent: () => (effect ? effectUnknown(call, planned.name) : nodeError(world, planned)),
      act,
    });

  return {
    read: (planned, scope) => ask(planned, scope, 'read', false, () => readRow(world, worldNode(world, planned))),

    engage: (planned, reason, scope) =>
      ask(planned, scope, 'engage', true, (askedAtMs): EffectResult => {
        const node = worldNode(world, planned);
        const row = rowOn(node);
        if (row.state === 'present' && row.engaged) return { state: 'found-done', detail: `the row on ${node.name} is engaged` };
        if (row.state === 'table-missing')
          throw new HoldfastError('HF_ROW_INVALID', `${node.name} has no table.`, { rule: 'the table must exist', node: node.name });
        write(
          world,
          node,
          { state: 'present', engaged: true, reason, updatedAtMs: nodeNow(world, node) },
          { what: 'engage', key: scope.key, askedAtMs },
        );
        return { state: 'done', detail: `the row on ${node.name} was engaged` };
      }),

    restoreTable: (planned, scope) =>
      ask(planned, scope, 'restoreTable', true, (askedAtMs): EffectResult => {
        const node = worldNode(world, planned);
        if (rowOn(node).state !== 'table-missing') return { state: 'found-done', detail: `the table is on ${node.name}` };
        write(world, node, { state: 'row-missing' }, { what: 'restore-table', key: scope.key, askedAtMs });
        return { state: 'done', detail: `the table was created on ${node.name}` };
      }),

    reaffirm: (planned, expected, timeline, notAfterMs, scope) =>
      ask(planned, scope, 'reaffirm', true, (askedAtMs) => {
        const node = worldNode(world, planned);
        const row = rowOn(node);
        if (node.timeline !== timeline) throw conflict(node, `the timeline must be ${timeline}`, `${node.timeline}`);
        if (row.state !== 'present') throw conflict(node, 'the row must be present', row.state);
        if (row.engaged !== expected.engaged || row.reason !== expected.reason || row.updatedAtMs !== expected.updatedAtMs) {
          throw conflict(
            node,
            'the row must be as it was last seen',
            `engaged ${row.engaged}, updated ${new Date(row.updatedAtMs).toISOString()}`,
          );
        }
        if (notAfterMs < row.updatedAtMs)
          throw conflict(node, 'the latest timestamp allowed must not be earlier than the row’s', new Date(notAfterMs).toISOString());
        const updatedAtMs = Math.max(row.updatedAtMs, Math.min(nodeNow(world, node), notAfterMs));
        write(world, node, { ...row, updatedAtMs }, { what: 'reaffirm', key: scope.key, askedAtMs });
        return { updatedAtMs };
      }),

    sessions: (planned, scope) =>
      ask(planned, scope, 'sessions', false, () => {
        const node = worldNode(world, planned);
        return [...world.instances.values()]
          .filter((instance) => instance.target === node.name)
          .map((instance, index) => ({
            node: node.name,
            clientAddress: instance.clientAddress,
            clientPort: 40_000 + index,
            applicationName: 'geosync-kill-switch',
            startedAtMs: world.clock.now() - 1_000,
          }));
      }),

    applicationLogin: (planned, scope) =>
      ask(planned, scope, 'applicationLogin', false, () => {
        const node = worldNode(world, planned);
        if (node.applicationLoginFails)
          throw new HoldfastError('HF_NODE_AUTH', `${node.name} refused the application’s role.`, {
            rule: 'the application must be able to log in',
            node: node.name,
          });
        return `the application’s role read the row on ${node.name}`;
      }),

    grantProblems: (planned, scope) => ask(planned, scope, 'grantProblems', false, () => []),
  };
}
