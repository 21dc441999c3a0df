/** Makes the immutable plan of one run out of the configuration (design §2, step 0). Pure: same input, same plan, same hash. */
import type { RunInput } from '../domain/contract.js';
import { HoldfastError } from '../domain/errors.js';
import type { Snapshot } from '../domain/facts.js';
import type { Person, Plan, PlanTimes, StandingApproval } from '../domain/plan.js';
import { declarationsOf, fenceClassOf, isManaged } from './declarations.js';
import { STANDING_LIMIT_MS } from './defaults.js';
import { gatesOf } from './gates.js';
import { manualOf } from './manual.js';
import { planChanges, planHash } from './plan-hash.js';
import { planProblems } from './plan-problems.js';
import type { Config } from './schema.js';
import type { StoreConfig } from './sections/store.js';

/** What a plan is made of. */
export interface PlanSource {
  readonly config: Config;
  readonly input: RunInput;
  /** Whether the store is armed and by whom, as `watch:<store>` remembers it. */
  readonly arming: { readonly armed: boolean; readonly by?: string };
  readonly lastSnapshot?: Snapshot;
  /** The last run’s plan, to name what changed. */
  readonly lastPlan?: Plan;
}

/** Looks a store up. Errors: HF_STORE_UNKNOWN with the names there are. */
export function storeOf(config: Config, name: string): StoreConfig {
  const store = Object.hasOwn(config.stores, name) ? config.stores[name] : undefined;
  if (store === undefined)
    throw new HoldfastError('HF_STORE_UNKNOWN', '', { asked: name, configured: Object.keys(config.stores).join(', ') });
  return store;
}

/** Looks a person up by id or handle, without regard to case. Undefined when nobody is meant. */
export function personOf(people: readonly Person[], handle: string): Person | undefined {
  const name = handle.toLowerCase();
  return people.find((person) => [person.id, ...person.handles].some((own) => own.toLowerCase() === name));
}

/**
 * Resolves the plan. Errors: HF_STORE_UNKNOWN; HF_PLAN_REFUSED whose evidence names every broken rule with what breaks it.
 */
export function resolvePlan(source: PlanSource): Plan {
  const { config, input, arming, lastSnapshot } = source;
  const store = storeOf(config, input.store);
  const gates = gatesOf(config);
  const starter = input.trigger.by === undefined ? undefined : personOf(config.people, input.trigger.by)?.id;
  const starterUnknown = input.trigger.kind === 'person' && starter === undefined;
  const problems = planProblems({
    config,
    storeName: input.store,
    store,
    mode: input.mode,
    gates,
    starterUnknown,
    ...(starter === undefined ? {} : { starter }),
  });
  if (problems.length > 0) throw refused(problems);

  const plan = {
    schema: 1,
    store: input.store,
    cluster: store.cluster.name,
    environment: store.environment,
    mode: input.mode,
    incident: input.trigger.incident,
    armed: arming.armed,
    ...(arming.by === undefined ? {} : { armedBy: arming.by }),
    nodes: store.cluster.nodes.map((node) => {
      const fence = fenceClassOf(store, node.name);
      return {
        name: node.name,
        host: node.host,
        port: node.port,
        candidate: node.candidate,
        managed: isManaged(store, node),
        ...(node.site === undefined ? {} : { site: node.site }),
        ...(fence === undefined ? {} : { fence }),
      };
    }),
    instances: store.application.instances.map((instance) => ({
      name: instance.name,
      ...(instance.clientAddress === undefined ? {} : { clientAddress: instance.clientAddress }),
    })),
    rowRules: {
      staleAfterMs: store.application.rowRules.staleAfter,
      futureToleranceMs: store.application.rowRules.futureTolerance,
      reasonMaxLength: store.application.rowRules.reasonMaxLength,
    },
    people: config.people.map((person) => ({ id: person.id, roles: person.roles, handles: person.handles, keys: person.keys })),
    ...(starter === undefined ? {} : { starter }),
    gates,
    standing: standingOf(config, input),
    adapters: declarationsOf(store),
    times: timesOf(store),
    verifyConsecutive: store.verifyConsecutive,
    objectives: { rpoMs: store.objectives.rpo, rtoMs: store.objectives.rto },
    freshnessKeeper: store.freshnessKeeper,
    manual: manualOf(store),
    ...(lastSnapshot === undefined ? {} : { lastSnapshot }),
    expectedPrimary: expectedPrimary(store, lastSnapshot),
  } as const satisfies Omit<Plan, 'hash' | 'changed'>;
  const complete = { ...plan, changed: planChanges(source.lastPlan, plan) };
  return { ...complete, hash: planHash(complete) };
}

/** The durations of a run in the plan’s terms. */
export function timesOf(store: StoreConfig): PlanTimes {
  const { times } = store;
  return {
    holdOffMs: times.holdOff,
    stalenessWindowMs: times.stalenessWindow,
    observeEveryMs: times.observeEvery,
    waitVerdictMs: times.waitVerdict,
    stopGraceMs: times.stopGrace,
    stopLimitMs: times.stopLimit,
    verifyBudgetMs: times.verifyBudget,
    verifyEveryMs: times.verifyEvery,
    pauseProofMs: times.pauseProof,
    decisionTtlMs: times.decisionTtl,
    reopenMs: times.reopen,
    leaseMs: times.lease,
    receiverStalledMs: times.receiverStalled,
  };
}

function expectedPrimary(store: StoreConfig, lastSnapshot: Snapshot | undefined): string {
  const known = store.cluster.nodes.map((node) => node.name);
  // A snapshot of a node that is no longer configured says nothing about this cluster.
  if (lastSnapshot !== undefined && known.includes(lastSnapshot.primary)) return lastSnapshot.primary;
  return store.cluster.primary ?? known[0] ?? '';
}

/** Standing approvals of the store that are still young enough at the run’s start. */
function standingOf(config: Config, input: RunInput): readonly StandingApproval[] {
  return config.policy.standing
    .filter((rule) => rule.store === input.store)
    .map((rule) => ({
      gate: rule.gate,
      approvedBy: rule.approvedBy,
      approvedAtMs: Date.parse(rule.approvedAt),
      verdicts: rule.verdicts,
      maxLossBytes: rule.maxLossBytes,
      fenced: true as const,
    }))
    .filter((rule) => rule.approvedAtMs <= input.trigger.atMs && input.trigger.atMs - rule.approvedAtMs <= STANDING_LIMIT_MS);
}

function refused(problems: ReturnType<typeof planProblems>): HoldfastError {
  const evidence: Record<string, string> = {};
  for (const { rule, detail } of problems) evidence[rule] = evidence[rule] === undefined ? detail : `${evidence[rule]}; ${detail}`;
  return new HoldfastError('HF_PLAN_REFUSED', `Rule ${problems[0]?.rule}: ${problems[0]?.detail}.`, evidence);
}
