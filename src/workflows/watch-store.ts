/**
 * `watch:<store>`: one workflow per store with one heartbeating activity. Remembers the last credible snapshot and whether the store is
 * armed; continued as new daily; nothing grows when idle (design §4).
 */
import {
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Plan } from '../domain/plan.js';
import {
  armSignal,
  disarmSignal,
  rememberPlanSignal,
  SEARCH_ATTRIBUTES,
  storeStateQuery,
  type StoreState,
  type WatchStoreWorkflowInput,
} from './messages.js';
import { temporalContext } from './temporal-context.js';

const RETURN_AFTER_MS = 3_600_000;
const CONTINUE_AFTER_MS = 24 * 3_600_000;
/** A second limit beside the day: a flapping store must not grow the history. */
const CONTINUE_AFTER_LOOKS = 500;

const by = (payload: unknown): string => {
  const said = typeof payload === 'object' && payload !== null ? (payload as { by?: unknown }).by : undefined;
  return typeof said === 'string' ? said.slice(0, 100) : '';
};

/** A plan is kept only when it is one of this store: everything else is nonsense and is dropped. */
function planOf(payload: unknown, store: string): Plan | undefined {
  const plan = payload as Partial<Plan> | null | undefined;
  return typeof plan === 'object' && plan?.schema === 1 && plan.store === store && typeof plan.incident === 'string'
    ? (plan as Plan)
    : undefined;
}

/** The memory of one store. Never ends by itself. */
export async function watchStore(input: WatchStoreWorkflowInput): Promise<void> {
  let { armed, armedBy, armedAtMs, snapshot } = input;
  let plans = input.plans ?? [];
  let changes = 0;
  const show = (): void => {
    const at =
      snapshot === undefined
        ? 'no credible snapshot yet'
        : `last snapshot ${new Date(snapshot.atMs).toISOString()}, primary ${snapshot.primary}, timeline ${snapshot.history.timeline}`;
    setCurrentDetails(
      `**${input.store}** is ${armed ? `ARMED by ${armedBy}` : 'disarmed: watched and reported on, nothing is touched'}.\n\n${at}.`,
    );
  };
  const set = (value: boolean) => (payload: unknown) => {
    armed = value;
    armedBy = by(payload);
    armedAtMs = Date.now();
    changes += 1;
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.armed, value }]);
    show();
  };
  setHandler(armSignal, set(true), {
    description: 'Allow acts that add risk on this store: {"by":"<your id>"}. Use `holdfast arm`, which first prints what is unproven.',
  });
  setHandler(disarmSignal, set(false), { description: 'Allow no act that adds risk: {"by":"<your id>"}' });
  setHandler(
    rememberPlanSignal,
    (payload) => {
      const plan = planOf(payload, input.store);
      if (plan !== undefined) plans = [plan, ...plans.filter((p) => p.incident !== plan.incident)].slice(0, 2);
    },
    { description: 'From the worker: the plan of an acting run, to name what changed since.' },
  );
  setDefaultSignalHandler((name) => log.warn('ignored a signal of an unknown name', { name }));
  setHandler(storeStateQuery, (): StoreState => ({
    store: input.store,
    armed,
    armedBy,
    ...(armedAtMs === undefined ? {} : { armedAtMs }),
    ...(snapshot === undefined ? {} : { snapshot }),
    plans,
  }));
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.store, value: input.store },
    { key: SEARCH_ATTRIBUTES.armed, value: armed },
  ]);
  show();

  const ctx = temporalContext(() => undefined);
  const startedAtMs = ctx.now();
  for (
    let looks = 0;
    looks < (input.continueAfterLooks ?? CONTINUE_AFTER_LOOKS) && ctx.now() - startedAtMs < CONTINUE_AFTER_MS;
    looks += 1
  ) {
    const watching = ctx.background(
      'watchStore',
      {
        store: input.store,
        everyMs: input.everyMs,
        returnAfterMs: RETURN_AFTER_MS,
        ...(snapshot === undefined ? {} : { known: snapshot }),
      },
      {
        summary: `Watch ${input.store}: row, LSN, timeline history, clocks`,
        effect: 'read',
        queue: 'watch',
        limitMs: RETURN_AFTER_MS + 60_000,
      },
    );
    await condition(() => watching.ended() !== undefined);
    const outcome = watching.ended();
    if (outcome?.kind === 'done') {
      if (outcome.value !== undefined) snapshot = outcome.value;
      show();
    } else {
      await condition(() => false, 10_000, { summary: 'The store could not be watched; tried again' });
    }
  }
  log.info('continued as new', { looks: changes });
  return continueAsNew<typeof watchStore>({
    ...input,
    armed,
    armedBy,
    plans,
    ...(armedAtMs === undefined ? {} : { armedAtMs }),
    ...(snapshot === undefined ? {} : { snapshot }),
  });
}
