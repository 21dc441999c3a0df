/** Reads: what the run looks at. None of these changes anything but Holdfast's own probe row. */
import type { InstanceFacts, Observation } from '../domain/facts.js';
import type { Plan, PlannedNode } from '../domain/plan.js';
import { knownInstances } from '../domain/known-instances.js';
import { substance, writableNodes } from '../domain/substance.js';
import type { Judgement } from '../domain/verdict-code.js';
import { judge } from '../domain/verdict/judge.js';
import type { JudgeContext } from '../domain/verdict/scene.js';
import type { StorePorts } from '../ports/index.js';
import type { ActivityDeps } from './deps.js';
import { sentenceOf } from './failures.js';
import { listInstances } from './instances.js';
import type { ActivityScope } from './scope.js';

/** The part of the plan an observation needs. */
export type ObservedPlan = Pick<Plan, 'store' | 'nodes' | 'instances'>;

/** Whether the application could use a node: by node name. */
export type Logins = Readonly<Record<string, { readonly ok: boolean; readonly sentence: string }>>;

async function observeInstances(
  ports: StorePorts,
  plan: ObservedPlan,
  scope: ActivityScope,
): Promise<Pick<Observation, 'instances' | 'platform'>> {
  const { states, platform } = await listInstances(ports.workload, scope);
  const instances = await Promise.all(
    knownInstances(plan.instances, states).map(async (known): Promise<InstanceFacts> => {
      const asked = await ports.application.health(known, scope);
      const state = known.state?.state;
      return {
        instance: known.name,
        atMs: scope.now(),
        ...(asked.answer === undefined ? { failure: asked.failure } : { health: asked.answer }),
        ...(state === 'running' || state === 'stopped' ? { running: state === 'running' } : {}),
        ...(known.address === undefined ? {} : { address: known.address }),
      };
    }),
  );
  return { instances, platform };
}

/** One look at everything at the same time. An observer that does not answer is a fact, never an error. */
export async function observeStore(ports: StorePorts, plan: ObservedPlan, probe: boolean, scope: ActivityScope): Promise<Observation> {
  const [nodes, application, config, manager] = await Promise.all([
    ports.cluster.observe(plan.nodes, { probe }, scope),
    observeInstances(ports, plan, scope),
    ports.configSource.read(scope).then(
      (facts) => ({ config: facts }),
      (error: unknown) => ({ configFailure: { kind: 'other' as const, text: sentenceOf(error) } }),
    ),
    ports.cluster.manager(scope),
  ]);
  return { atMs: scope.now(), nodes, ...application, ...config, ...(manager === undefined ? {} : { manager }) };
}

export interface ConfirmInput {
  readonly store: string;
  readonly context: JudgeContext;
  readonly probe: boolean;
  readonly everyMs: number;
  /** Longest time to look before the last judgement is returned unsettled. */
  readonly limitMs: number;
}

export interface Confirmed {
  readonly judgement: Judgement;
  readonly observation: Observation;
  readonly looks: number;
  readonly firstAtMs: number;
  /** The verdict held for its hold-off. */
  readonly settled: boolean;
}

export interface InspectInput {
  readonly plan: ObservedPlan;
  readonly probe: boolean;
  /** Nodes whose application login is tried too. */
  readonly logins: readonly string[];
}

export interface Inspected {
  readonly observation: Observation;
  readonly logins: Logins;
}

export interface WatchRunInput {
  readonly plan: ObservedPlan;
  /** Text of `substance` that is known already. */
  readonly known: string;
  /** Writers that are known already: a new one is reported at once, everything else not before `notBeforeMs`. */
  readonly knownWriters: readonly string[];
  readonly everyMs: number;
  readonly notBeforeMs: number;
}

/** Tries the application's own login on each named node. */
export async function applicationLogins(ports: StorePorts, nodes: readonly PlannedNode[], scope: ActivityScope): Promise<Logins> {
  const tried = await Promise.all(
    nodes.map(async (node) => {
      const result = await ports.rowStore.applicationLogin(node, scope).then(
        (sentence) => ({ ok: true, sentence }),
        (error: unknown) => ({ ok: false, sentence: sentenceOf(error) }),
      );
      return [node.name, result] as const;
    }),
  );
  return Object.fromEntries(tried);
}

export function createObservingActivities(deps: ActivityDeps) {
  return {
    /** Looks until one verdict has held for its hold-off (design step 1), in one activity: polling fills no history. */
    async confirm(input: ConfirmInput, scope: ActivityScope): Promise<Confirmed> {
      const ports = deps.portsFor(input.store);
      const plan: ObservedPlan = { store: input.store, nodes: input.context.plan.nodes, instances: input.context.plan.instances };
      const startedAtMs = scope.now();
      let held: { code: string; sinceMs: number } | undefined;
      let previous: Observation | undefined;
      for (let looks = 1; ; looks += 1) {
        const observation = await observeStore(ports, plan, input.probe, scope);
        const judgement = judge(observation, {
          ...input.context,
          ...(previous === undefined ? {} : { previous }),
          withoutProbe: !input.probe,
        });
        previous = observation;
        if (held?.code !== judgement.verdict.code) held = { code: judgement.verdict.code, sinceMs: scope.now() };
        const settled = scope.now() - held.sinceMs >= judgement.verdict.holdOffMs;
        if (settled || scope.now() - startedAtMs >= input.limitMs) {
          return { judgement, observation, looks, firstAtMs: held.sinceMs, settled };
        }
        scope.heartbeat();
        await scope.sleep(input.everyMs);
      }
    },

    /** One look, with the application's own login tried on the named nodes. */
    async inspect(input: InspectInput, scope: ActivityScope): Promise<Inspected> {
      const ports = deps.portsFor(input.plan.store);
      const nodes = input.plan.nodes.filter((n) => input.logins.includes(n.name));
      const [observation, logins] = await Promise.all([
        observeStore(ports, input.plan, input.probe, scope),
        applicationLogins(ports, nodes, scope),
      ]);
      return { observation, logins };
    },

    /** Looks beside the run and returns only when something changed in substance. Runs on the queue `watch`; never writes. */
    async watchRun(input: WatchRunInput, scope: ActivityScope): Promise<Observation> {
      const ports = deps.portsFor(input.plan.store);
      for (;;) {
        scope.heartbeat();
        const observation = await observeStore(ports, input.plan, false, scope);
        const newWriter = writableNodes(observation).some((n) => !input.knownWriters.includes(n));
        const changed = substance(observation) !== input.known;
        if (newWriter || (changed && scope.now() >= input.notBeforeMs)) return observation;
        await scope.sleep(input.everyMs);
      }
    },
  };
}
