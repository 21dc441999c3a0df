/** Rules that refuse a plan (design S8, S12 and §2 step 0), each with a stable name, the number and the place. */
import type { Mode } from '../domain/contract.js';
import type { GatePolicies, GatePolicy } from '../domain/gate.js';
import type { Person } from '../domain/plan.js';
import { patroniMembers } from './declarations.js';
import { objectWords, onKubernetes } from './platform.js';
import type { Config } from './schema.js';
import type { StoreConfig } from './sections/store.js';

/** Environment name of exercise targets: the only one that an exercise may act on. */
export const EXERCISE_ENVIRONMENT = 'exercise';

/** Names of the rules; stable, shown with every refusal. */
export type PlanRule =
  | 'handle-on-two-ids'
  | 'no-instances'
  | 'no-candidate'
  | 'pause-stops-admin'
  | 'too-few-people'
  | 'exercise-marker'
  | 'exercise-shares'
  | 'stop-times';

/** One broken rule and what exactly breaks it. */
export interface PlanProblem {
  readonly rule: PlanRule;
  readonly detail: string;
}

/** What the rules are held against. */
export interface PlanSubject {
  readonly config: Config;
  readonly storeName: string;
  readonly store: StoreConfig;
  readonly mode: Mode;
  readonly gates: GatePolicies;
  /** Person who started the run; undefined when a person did and is not known. */
  readonly starter?: string;
  /** True when a person started the run without being known: each gate needs one person more (design §3). */
  readonly starterUnknown: boolean;
}

/**
 * All broken rules. Empty when the plan may be made. A rehearsal (and the watcher, which plans as one) touches nothing, so a store that is
 * not ready yet can be watched and rehearsed; what it lacks is found by `check`, which asks for an incident’s plan.
 */
export function planProblems(subject: PlanSubject): readonly PlanProblem[] {
  if (subject.mode === 'rehearsal') return handleProblems(subject.config.people);
  return [
    ...handleProblems(subject.config.people),
    ...storeProblems(subject.store),
    ...peopleProblems(subject),
    ...exerciseProblems(subject),
  ];
}

function handleProblems(people: readonly Person[]): readonly PlanProblem[] {
  const owner = new Map<string, string>();
  return people.flatMap((person) =>
    [person.id, ...person.handles].flatMap((handle): readonly PlanProblem[] => {
      const name = handle.toLowerCase();
      const other = owner.get(name);
      owner.set(name, person.id);
      return other === undefined || other === person.id
        ? []
        : [{ rule: 'handle-on-two-ids', detail: `"${handle}" names ${other} and ${person.id}` }];
    }),
  );
}

function storeProblems(store: StoreConfig): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  const instances = store.application.instances.map((instance) => instance.name);
  if (instances.length === 0 && store.application.found === undefined)
    problems.push({ rule: 'no-instances', detail: 'application.instances is empty: nothing could be moved, restarted or verified' });
  const candidates = store.cluster.nodes.filter((node) => node.candidate);
  if (candidates.length < 2) {
    problems.push({
      rule: 'no-candidate',
      detail: `${candidates.length} of ${store.cluster.nodes.length} nodes may be primary; a failover needs 2`,
    });
  }
  const { workload, trading } = onKubernetes(store);
  if (workload !== undefined && trading !== undefined && objectWords(workload) === objectWords(trading)) {
    problems.push({ rule: 'pause-stops-admin', detail: `the trading pause scales ${objectWords(trading)}, which serves the admin API` });
  }
  const serving = new Set([...instances, ...(store.application.workload === undefined ? [] : [store.application.workload])]);
  for (const stopped of stoppedBy(store)) {
    if (serving.has(stopped))
      problems.push({ rule: 'pause-stops-admin', detail: `the trading pause stops ${stopped}, which serves the admin API` });
  }
  if (store.times.stopLimit <= store.times.stopGrace) {
    problems.push({
      rule: 'stop-times',
      detail: `times.stopLimit (${store.times.stopLimit} ms) leaves no time to kill after times.stopGrace (${store.times.stopGrace} ms)`,
    });
  }
  return problems;
}

function stoppedBy({ tradingPause: pause }: StoreConfig): readonly string[] {
  if ('http' in pause) return pause.http.stops;
  if ('exec' in pause) return pause.exec.stops;
  if ('scale' in pause) return [...pause.scale.stops, pause.scale.deployment ?? pause.scale.statefulSet ?? ''];
  return [];
}

function peopleProblems(subject: PlanSubject): readonly PlanProblem[] {
  return Object.values(subject.gates).flatMap((policy) => {
    const able = subject.config.people.filter((person) => mayDecide(policy, person, subject));
    const needed = policy.people + (subject.starterUnknown ? 1 : 0);
    const missing = policy.roles.filter((role) => !able.some((person) => person.roles.includes(role)));
    if (able.length >= needed && missing.length === 0) return [];
    const lack = missing.length === 0 ? '' : `, none of them ${missing.join(' or ')}`;
    const why = subject.starterUnknown ? ' (one more because the starter is not known: name yourself)' : '';
    return [
      {
        rule: 'too-few-people' as const,
        detail: `gate ${policy.gate} needs ${needed}${why}, and ${able.length} of ${subject.config.people.length} listed people could decide it as ${policy.attestation}${lack}`,
      },
    ];
  });
}

function mayDecide(policy: GatePolicy, person: Person, subject: PlanSubject): boolean {
  if (!policy.starterMayDecide && person.id === subject.starter) return false;
  switch (policy.attestation) {
    case 'declared':
      return true;
    case 'principal':
      return person.handles.length > 0 || person.keys.length > 0;
    case 'signed':
      return person.keys.length > 0;
  }
}

/** An exercise shares no address, secret, workload or notification route with anything that is not one (design §2, Exercise). */
function exerciseProblems(subject: PlanSubject): readonly PlanProblem[] {
  if (subject.mode !== 'exercise') return [];
  if (subject.store.environment !== EXERCISE_ENVIRONMENT) {
    return [
      {
        rule: 'exercise-marker',
        detail: `${subject.storeName} has environment "${subject.store.environment}"; an exercise acts only on "${EXERCISE_ENVIRONMENT}"`,
      },
    ];
  }
  const own = touched(subject.store);
  return Object.entries(subject.config.stores)
    .filter(([name, store]) => name !== subject.storeName && store.environment !== EXERCISE_ENVIRONMENT)
    .flatMap(([name, store]) =>
      touched(store)
        .filter((thing) => own.includes(thing))
        .map((thing): PlanProblem => ({ rule: 'exercise-shares', detail: `${thing} is also used by ${name} (${store.environment})` })),
    );
}

function touched(store: StoreConfig): readonly string[] {
  return [
    `cluster ${store.cluster.name}`,
    ...store.cluster.nodes.map((node) => `node address ${node.host}:${node.port}`),
    ...patroniMembers(store.cluster).map(({ url }) => `Patroni REST address ${new URL(url).host}`),
    ...('envFile' in store.configSource ? [`environment file ${store.configSource.envFile.file}`] : []),
    ...kubernetesTouched(store),
    ...store.application.instances.map((instance) => `instance address ${new URL(instance.url).host}`),
    ...(store.application.workload === undefined ? [] : [`workload ${store.application.workload}`]),
    ...('http' in store.tradingPause ? [`trading pause ${store.tradingPause.http.url}`] : []),
    ...('exec' in store.tradingPause ? [`trading pause command ${store.tradingPause.exec.pause.join(' ')}`] : []),
    ...store.notify.map((route) => `notification route ${route.webhook.url}`),
  ];
}

/** Objects and namespaces: an exercise has a namespace of its own. The API server may be the same one. */
function kubernetesTouched(store: StoreConfig): readonly string[] {
  const { workload, source, trading } = onKubernetes(store);
  const objects = [workload, source, trading].flatMap((object) => (object === undefined ? [] : [object]));
  const where = store.kubernetes?.kubeconfig ?? store.kubernetes?.server ?? 'the own cluster';
  return [...new Set(objects.map(({ namespace }) => `namespace ${namespace} (${where})`))];
}
