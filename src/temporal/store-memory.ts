/** What `watch:<store>` remembers, read through Temporal. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { HoldfastError } from '../domain/errors.js';
import type { Snapshot } from '../domain/facts.js';
import type { Arming, StoreMemoryPort } from '../ports/store-memory.js';
import { rememberPlanSignal, SEARCH_ATTRIBUTES, storeStateQuery, type StoreState } from '../workflows/messages.js';
import { payloadConverter } from './payload-converter.js';

/** Workflow id of a store's memory. */
export function watchId(store: string): string {
  return `watch:${store}`;
}

/** A question waits at most this long: a run must get its plan even when the watcher's workflow is stuck. */
const ANSWER_MS = 3000;

/**
 * Arming is read from the search attribute, which needs no worker; the snapshot from the query, and a newer one from the heartbeat of the
 * activity that looks. A store that was never watched is disarmed. Errors: HF_TEMPORAL_UNREACHABLE.
 */
export function createStoreMemory(client: Client): StoreMemoryPort {
  const bounded = <T>(ask: () => Promise<T>): Promise<T> => client.connection.withDeadline(Date.now() + ANSWER_MS, ask);
  const state = (store: string): Promise<StoreState | undefined> =>
    bounded(() =>
      client.workflow
        .getHandle(watchId(store))
        .query(storeStateQuery)
        .catch(() => undefined),
    );
  const describe = async (store: string) => {
    try {
      return await bounded(() => client.workflow.getHandle(watchId(store)).describe());
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw new HoldfastError('HF_TEMPORAL_UNREACHABLE', `What is remembered of ${store} could not be read.`, { store }, { cause: error });
    }
  };
  return {
    async arming(store): Promise<Arming> {
      const described = await describe(store);
      if (described?.typedSearchAttributes.get(SEARCH_ATTRIBUTES.armed) !== true) return { armed: false };
      const known = await state(store);
      return {
        armed: true,
        ...(known === undefined ? {} : { by: known.armedBy }),
        ...(known?.armedAtMs === undefined ? {} : { atMs: known.armedAtMs }),
      };
    },
    lastPlan: async (store, incident) => (await state(store))?.plans.find((plan) => plan.incident !== incident),
    async rememberPlan(plan) {
      await bounded(() => client.workflow.getHandle(watchId(plan.store)).signal(rememberPlanSignal, plan)).catch(() => undefined);
    },
    async lastSnapshot(store): Promise<Snapshot | undefined> {
      const described = await describe(store);
      if (described === undefined) return undefined;
      const beaten = (described.raw.pendingActivities ?? []).flatMap((activity) =>
        (activity.heartbeatDetails?.payloads ?? []).map((payload) => payloadConverter.fromPayload<Partial<Snapshot> | undefined>(payload)),
      );
      const credible = beaten.filter((s): s is Snapshot => s?.schema === 1 && s.store === store && typeof s.atMs === 'number');
      const kept = (await state(store))?.snapshot;
      return [...credible, ...(kept === undefined ? [] : [kept])].toSorted((a, b) => b.atMs - a.atMs)[0];
    },
  };
}
