/** Effects on the database: fence, promotion, the row. */
import { formatLsn, parseLsn } from '../domain/lsn.js';
import { HoldfastError } from '../domain/errors.js';
import type { FenceRecord } from '../domain/contract.js';
import type { Observation, Row } from '../domain/facts.js';
import type { PlannedNode } from '../domain/plan.js';
import { writableNodes } from '../domain/substance.js';
import type { EffectResult } from '../ports/cluster.js';
import type { FenceState } from '../ports/fence.js';
import type { ActivityDeps } from './deps.js';
import { observeStore, type ObservedPlan } from './observing.js';
import { withKey, type ActivityScope } from './scope.js';

export interface FenceInput {
  readonly store: string;
  readonly node: PlannedNode;
  readonly key: string;
}

/** What people approved for the promotion; re-read and enforced right before the act (design S9). */
export interface PromoteBounds {
  /** The candidate must have received at least this LSN. */
  readonly receivedLsnAtLeast: string;
  readonly timeline: number;
}

export interface PromoteInput {
  readonly plan: ObservedPlan;
  readonly node: PlannedNode;
  readonly bounds: PromoteBounds;
  /** Nodes under a proven fence: they may not be asked any more. */
  readonly fenced: readonly string[];
  /** A living primary that gives its role to the node (a switchover of its HA manager): the only other writer there may be. */
  readonly handsOver?: string;
  readonly key: string;
}

/** How the promotion went, and what was seen right after it. */
export type PromoteResult = EffectResult & { readonly observation?: Observation };

export interface RowEffectInput {
  readonly store: string;
  readonly node: PlannedNode;
  readonly key: string;
}

export interface LeaseInput extends RowEffectInput {
  readonly row: Row;
  readonly timeline: number;
  /** Absolute end of the lease, epoch milliseconds on the worker's clock. */
  readonly endsAtMs: number;
  /** Renew when the row is older than this. */
  readonly renewAfterMs: number;
  readonly everyMs: number;
  /** Slowest verified clock minus the worker's: a written timestamp is never later than it (promise S13). */
  readonly slowestOffsetMs: number;
}

export function createDatabaseActivities(deps: ActivityDeps) {
  return {
    /** Puts the fence on a node and reads it back. Repeatable. */
    async fenceNode(input: FenceInput, scope: ActivityScope): Promise<FenceState> {
      const { fence } = deps.portsFor(input.store);
      const before = await fence.read(input.node, scope);
      if (before.state === 'in-force') return before;
      await fence.fence(input.node, withKey(scope, input.key));
      return fence.read(input.node, scope);
    },

    /** Reads the fences that are held to be in force. One that was lifted is not in the result. */
    async readFences(
      input: { readonly store: string; readonly nodes: readonly PlannedNode[] },
      scope: ActivityScope,
    ): Promise<readonly FenceRecord[]> {
      const { fence } = deps.portsFor(input.store);
      const read = await Promise.all(input.nodes.map(async (node) => ({ node: node.name, ...(await fence.read(node, scope)) })));
      return read.filter((r) => r.state === 'in-force').map((r) => ({ node: r.node, class: r.class, atMs: scope.now(), proof: r.detail }));
    },

    /**
     * Promotes the approved node, after reading again what was approved. Sent once; an unknown outcome is read back by the run.
     * Errors: HF_BOUNDS_EXCEEDED (rule, number, node), HF_PROMOTE_REFUSED, HF_PROMOTE_UNKNOWN, HF_NODE_*.
     */
    async promoteNode(input: PromoteInput, scope: ActivityScope): Promise<PromoteResult> {
      const ports = deps.portsFor(input.plan.store);
      const held = input.plan.nodes.filter((n) => input.fenced.includes(n.name));
      const [observation, fences] = await Promise.all([
        observeStore(ports, input.plan, false, scope),
        Promise.all(held.map(async (node) => ({ node: node.name, state: (await ports.fence.read(node, scope)).state }))),
      ]);
      const facts = observation.nodes.find((n) => n.node === input.node.name);
      const answer = facts?.answer;
      if (answer === undefined) {
        throw new HoldfastError('HF_NODE_UNREACHABLE', `${input.node.name}: ${facts?.failure?.text ?? 'not asked'}.`, {
          node: input.node.name,
        });
      }
      if (!answer.inRecovery)
        return {
          state: 'found-done',
          detail: `${input.node.name} is out of recovery on timeline ${answer.history.timeline}.`,
          observation,
        };
      // While people thought about it somebody may have brought the old primary back: a fence counts until it is seen lifted, and here it is.
      const lifted = fences.filter((f) => f.state === 'not-in-force').map((f) => f.node);
      if (lifted.length > 0) {
        throw new HoldfastError('HF_BOUNDS_EXCEEDED', `The fence on ${lifted.join(', ')} is not in force any more.`, {
          rule: 'fence',
          node: lifted.join(','),
        });
      }
      const others = writableNodes(observation).filter((n) => n !== input.node.name && n !== input.handsOver && !input.fenced.includes(n));
      if (others.length > 0) {
        throw new HoldfastError('HF_BOUNDS_EXCEEDED', `${others.join(', ')} accepts writes.`, {
          rule: 'no-second-primary',
          node: others.join(','),
        });
      }
      if (answer.history.timeline !== input.bounds.timeline) {
        throw new HoldfastError(
          'HF_BOUNDS_EXCEEDED',
          `${input.node.name} is on timeline ${answer.history.timeline}, approved was ${input.bounds.timeline}.`,
          {
            rule: 'timeline',
            node: input.node.name,
          },
        );
      }
      if (parseLsn(answer.receivedLsn) < parseLsn(input.bounds.receivedLsnAtLeast)) {
        throw new HoldfastError(
          'HF_BOUNDS_EXCEEDED',
          `${input.node.name} has received ${answer.receivedLsn}, approved was at least ${formatLsn(parseLsn(input.bounds.receivedLsnAtLeast))}.`,
          {
            rule: 'received-lsn',
            node: input.node.name,
          },
        );
      }
      const effect = await ports.cluster.promote(input.node, withKey(scope, input.key));
      // The promotion has happened: whatever becomes of this look, it must not turn into an error.
      const after = await observeStore(ports, input.plan, false, scope).catch(() => undefined);
      return { ...effect, ...(after === undefined ? {} : { observation: after }) };
    },

    /** Sets the row to engaged on this node (promise S2). Needs no gate: it can only make things safer. */
    async engageRow(input: RowEffectInput & { readonly reason: string }, scope: ActivityScope): Promise<EffectResult> {
      return deps.portsFor(input.store).rowStore.engage(input.node, input.reason, withKey(scope, input.key));
    },

    async restoreTable(input: RowEffectInput, scope: ActivityScope): Promise<EffectResult> {
      return deps.portsFor(input.store).rowStore.restoreTable(input.node, withKey(scope, input.key));
    },

    /**
     * The freshness lease (design §2, step 3): keeps `updated_at` young until it is stopped or its absolute end.
     * Any foreign change of the row ends it with HF_CONFLICT. Returns the last timestamp that was written.
     */
    async holdLease(input: LeaseInput, scope: ActivityScope): Promise<{ readonly updatedAtMs: number; readonly writes: number }> {
      const { rowStore } = deps.portsFor(input.store);
      let row = input.row;
      let writes = 0;
      while (!scope.signal.aborted && scope.now() < input.endsAtMs) {
        scope.heartbeat();
        if (writes === 0 || scope.now() - row.updatedAtMs >= input.renewAfterMs) {
          const notAfterMs = Math.min(scope.now() + input.slowestOffsetMs, input.endsAtMs);
          const written = await rowStore.reaffirm(input.node, row, input.timeline, notAfterMs, withKey(scope, `${input.key}/${writes}`));
          row = { ...row, updatedAtMs: written.updatedAtMs };
          writes += 1;
        }
        await scope.sleep(input.everyMs).catch(() => undefined); // woken by the end of the lease: the loop's condition ends it
      }
      return { updatedAtMs: row.updatedAtMs, writes };
    },
  };
}
