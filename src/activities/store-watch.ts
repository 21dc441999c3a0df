/** The watcher of a store between incidents: snapshots of row, LSN, lineage and clocks (design §4). Never writes to the database. */
import type { Snapshot } from '../domain/facts.js';
import type { Plan } from '../domain/plan.js';
import { snapshotOf } from '../domain/snapshot.js';
import { relate } from '../domain/timeline.js';
import type { ActivityDeps } from './deps.js';
import { snapshotSeries } from './records.js';
import { withKey, type ActivityScope } from './scope.js';

export interface WatchStoreInput {
  readonly store: string;
  readonly known?: Snapshot;
  readonly everyMs: number;
  /** Returns after this even when nothing changed, so that the workflow keeps the newest snapshot. */
  readonly returnAfterMs: number;
}

export interface SentinelInput {
  readonly plan: Pick<Plan, 'store' | 'nodes' | 'instances'>;
  readonly target: string;
  readonly oldNodes: readonly string[];
  readonly everyMs: number;
  readonly returnAfterMs: number;
}

/** "Last looked, could not see X", never "none" (design S4). */
export interface SentinelReading {
  readonly atMs: number;
  readonly writable: readonly string[];
  readonly standby: readonly string[];
  readonly couldNotSee: readonly string[];
}

/** What makes two snapshots different enough to be kept as a new one. */
function differs(a: Snapshot | undefined, b: Snapshot): boolean {
  if (a === undefined) return true;
  const essence = (s: Snapshot): string =>
    JSON.stringify([s.primary, s.systemIdentifier, s.history, s.row.state === 'present' ? s.row.row : s.row.state]);
  return essence(a) !== essence(b);
}

/** Whether the new snapshot is of the known lineage, or of another cluster altogether (which the verdict `wrong-database` is for). */
function continues(last: Snapshot | undefined, next: Snapshot): boolean {
  if (last === undefined || last.systemIdentifier !== next.systemIdentifier) return true;
  const { relation } = relate({ ...last.history, lsn: last.lsn }, next.history);
  return relation === 'same' || relation === 'extends';
}

export function createStoreWatchActivities(deps: ActivityDeps) {
  return {
    /** Looks at the store until it changed in substance, or `returnAfterMs`; each change is appended to the archive. */
    async watchStore(input: WatchStoreInput, scope: ActivityScope): Promise<Snapshot | undefined> {
      const ports = deps.portsFor(input.store);
      const plan = await deps.planFor(
        {
          schema: 1,
          store: input.store,
          mode: 'rehearsal',
          trigger: { kind: 'schedule', incident: `watch-${input.store}`, atMs: scope.now() },
        },
        scope,
      );
      const endMs = scope.now() + input.returnAfterMs;
      let last = input.known;
      for (;;) {
        // The newest credible snapshot travels in the heartbeat: the workflow's own may be an hour old while nothing changes.
        scope.heartbeat(last);
        const nodes = await ports.cluster.observe(plan.nodes, { probe: false }, scope);
        const snapshot = snapshotOf(input.store, nodes, plan, scope.now());
        // A node of a lineage that was left already is no news of the store, whatever it accepts: the last credible snapshot stays.
        if (snapshot !== undefined && continues(last, snapshot)) {
          if (differs(last, snapshot)) {
            await ports.archive.append(
              snapshotSeries(input.store),
              `${snapshot.atMs}`,
              snapshot,
              withKey(scope, `watch/${input.store}/${snapshot.atMs}`),
            );
            return snapshot;
          }
          last = snapshot;
        }
        if (scope.now() >= endMs) return last;
        await scope.sleep(input.everyMs);
      }
    },

    /** Looks at the old nodes after a run; returns at once when one of them accepts writes, else after `returnAfterMs`. */
    async watchOldNodes(input: SentinelInput, scope: ActivityScope): Promise<SentinelReading> {
      const ports = deps.portsFor(input.plan.store);
      const nodes = input.plan.nodes.filter((n) => input.oldNodes.includes(n.name));
      const endMs = scope.now() + input.returnAfterMs;
      for (;;) {
        scope.heartbeat();
        const facts = await ports.cluster.observe(nodes, { probe: false }, scope);
        const reading: SentinelReading = {
          atMs: scope.now(),
          writable: facts.filter((f) => f.answer?.inRecovery === false).map((f) => f.node),
          standby: facts.filter((f) => f.answer?.inRecovery === true).map((f) => f.node),
          couldNotSee: facts.filter((f) => f.answer === undefined).map((f) => f.node),
        };
        if (reading.writable.length > 0 || reading.standby.length === nodes.length || scope.now() >= endMs) return reading;
        await scope.sleep(input.everyMs);
      }
    },
  };
}
