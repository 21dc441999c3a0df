/** What the schema cannot see: names that must exist, and things that must differ, across sections. */
import { METRIC_QUESTIONS } from '../domain/metric-questions.js';
import { onKubernetes } from './platform.js';
import type { Problem } from './problems.js';
import { patroniMembers } from './declarations.js';
import type { Config } from './schema.js';
import type { StoreConfig } from './sections/store.js';

/** Problems between sections of a valid file. Empty when all names resolve. */
export function crossCheck(config: Config): readonly Problem[] {
  return [
    ...peopleProblems(config),
    ...alertProblems(config),
    ...standingProblems(config),
    ...storeProblems(config),
    ...clusterProblems(config),
  ];
}

/** A handle on two ids would let one person count twice (design §3). */
function peopleProblems(config: Config): readonly Problem[] {
  const owner = new Map<string, string>();
  const keys = new Map<string, string>();
  const problems: Problem[] = [];
  config.people.forEach((person, index) => {
    for (const name of new Set([person.id, ...person.handles].map((handle) => handle.toLowerCase()))) {
      const other = owner.get(name);
      if (other !== undefined)
        problems.push({
          path: ['people', index],
          what: `shares the name "${name}" with ${other} — one person, one id; give each handle to one person`,
        });
      owner.set(name, person.id);
    }
    person.keys.forEach((key, at) => {
      for (const mark of [key.id, key.publicKey]) {
        const other = keys.get(mark);
        if (other !== undefined)
          problems.push({ path: ['people', index, 'keys', at], what: `is the key of ${other} already — each key belongs to one person` });
        keys.set(mark, person.id);
      }
    });
  });
  return problems;
}

function alertProblems(config: Config): readonly Problem[] {
  return config.alerts.flatMap((alert, index) =>
    Object.hasOwn(config.stores, alert.store)
      ? []
      : [{ path: ['alerts', index, 'store'], what: `is no configured store — use one of ${storeNames(config)}` }],
  );
}

function standingProblems(config: Config): readonly Problem[] {
  const ids = new Set(config.people.map((person) => person.id));
  return config.policy.standing.flatMap((rule, index) => {
    const path = ['policy', 'standing', index];
    const problems: Problem[] = [];
    if (!Object.hasOwn(config.stores, rule.store))
      problems.push({ path: [...path, 'store'], what: `is no configured store — use one of ${storeNames(config)}` });
    if (new Set(rule.approvedBy).size < 2)
      problems.push({
        path: [...path, 'approvedBy'],
        what: 'names one person twice — a standing approval is given by two different people',
      });
    if (rule.approvedBy.some((id) => !ids.has(id)))
      problems.push({ path: [...path, 'approvedBy'], what: 'names somebody who is not listed — use ids from `people`' });
    return problems;
  });
}

function storeProblems(config: Config): readonly Problem[] {
  return Object.entries(config.stores).flatMap(([name, store]) => {
    const base = ['stores', name];
    const nodes = store.cluster.nodes.map((node) => node.name);
    const problems: Problem[] = [];
    const twice = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);
    for (const node of twice(nodes))
      problems.push({ path: [...base, 'cluster', 'nodes'], what: `names the node ${node} twice — each node once` });
    for (const address of twice(store.cluster.nodes.map((node) => `${node.host}:${node.port}`))) {
      problems.push({ path: [...base, 'cluster', 'nodes'], what: `gives ${address} to two nodes — each node has an address of its own` });
    }
    if (store.cluster.primary !== undefined && !nodes.includes(store.cluster.primary)) {
      problems.push({ path: [...base, 'cluster', 'primary'], what: `is no node — use one of ${nodes.join(', ')}` });
    }
    for (const instance of twice(store.application.instances.map((entry) => entry.name))) {
      problems.push({ path: [...base, 'application', 'instances'], what: `names the instance ${instance} twice — each instance once` });
    }
    const questions = [...METRIC_QUESTIONS, ...(store.metrics?.prometheus.extra ?? []).map((question) => question.name)];
    for (const question of twice(questions)) {
      const path = [...base, 'metrics', 'prometheus', 'extra'];
      problems.push({
        path,
        what: `names the question ${question}, which there is already — give it another name, or change it in \`queries\``,
      });
    }
    problems.push(...patroniProblems(store, [...base, 'cluster']));
    const platform = onKubernetes(store);
    if (store.kubernetes === undefined && Object.keys(platform).length > 0) {
      problems.push({ path: [...base, 'kubernetes'], what: 'is missing — say how the API server is reached, and the namespace' });
    }
    if (platform.workload !== undefined && store.application.found === undefined) {
      problems.push({ path: [...base, 'application', 'found'], what: 'is missing — say at which port every pod answers' });
    }
    if (platform.workload !== undefined && store.application.instances.length > 0) {
      problems.push({
        path: [...base, 'application', 'instances'],
        what: 'names instances, but pods are found by themselves — take it out',
      });
    }
    if (platform.workload === undefined && store.application.found !== undefined) {
      problems.push({
        path: [...base, 'application', 'found'],
        what: 'is of use only where `workload.kubernetes` finds the instances — take it out',
      });
    }
    if ('exec' in store.fence) {
      for (const node of store.fence.exec.nodes ?? []) {
        if (!nodes.includes(node))
          problems.push({ path: [...base, 'fence', 'exec', 'nodes'], what: `names ${node}, which is no node — use ${nodes.join(', ')}` });
      }
    }
    return problems;
  });
}

/** The adapter and its section belong together; every name in the section is a node, and every node has one REST address of its own. */
function patroniProblems({ cluster }: StoreConfig, path: readonly string[]): readonly Problem[] {
  const { patroni, adapter } = cluster;
  if (adapter === 'patroni' && patroni === undefined)
    return [{ path: [...path, 'patroni'], what: 'is missing — the adapter patroni needs at least `patroni: { scope: … }`' }];
  if (patroni === undefined) return [];
  const base = [...path, 'patroni'];
  if (adapter !== 'patroni')
    return [{ path: base, what: 'is given, but the adapter is not patroni — write `adapter: patroni` or leave it out' }];
  const problems: Problem[] = [];
  const nodes = cluster.nodes.map((node) => node.name);
  for (const section of ['members', 'names'] as const) {
    for (const name of Object.keys(patroni[section])) {
      if (!nodes.includes(name)) problems.push({ path: [...base, section, name], what: `is no node — use ${nodes.join(', ')}` });
    }
  }
  for (const [section, values] of [
    ['members', patroniMembers(cluster).map(({ url }) => url)],
    ['names', patroniMembers(cluster).map(({ member }) => member)],
  ] as const) {
    for (const value of values.filter((each, index) => values.indexOf(each) !== index))
      problems.push({ path: [...base, section], what: `gives ${value} to two nodes — each node has one of its own` });
  }
  if ((patroni.username === undefined) !== (patroni.password === undefined))
    problems.push({ path: base, what: 'has one of `username` and `password` — give both or neither' });
  cluster.nodes.forEach((node, index) => {
    if (node.managed === false)
      problems.push({
        path: [...path, 'nodes', index, 'managed'],
        what: 'is false under Patroni — leave it out: a promotion beside Patroni makes two primaries',
      });
  });
  return problems;
}

/** Stores on one cluster share its acting run, so they must mean the same nodes (design S8). */
function clusterProblems(config: Config): readonly Problem[] {
  const seen = new Map<string, { readonly store: string; readonly nodes: string }>();
  return Object.entries(config.stores).flatMap(([name, store]) => {
    const nodes = store.cluster.nodes
      .map((node) => `${node.name}=${node.host}:${node.port}`)
      .sort()
      .join(' ');
    const other = seen.get(store.cluster.name);
    if (other === undefined) seen.set(store.cluster.name, { store: name, nodes });
    if (other === undefined || other.nodes === nodes) return [];
    return [
      {
        path: ['stores', name, 'cluster', 'name'],
        what: `is also the cluster of ${other.store}, with other nodes — one cluster has one list of nodes`,
      },
    ];
  });
}

function storeNames(config: Config): string {
  return Object.keys(config.stores).join(', ');
}
