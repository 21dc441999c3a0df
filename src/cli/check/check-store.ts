/** Goes to the nodes, the instances, the platform and Temporal, and says what would hold up an incident. Changes nothing but a line in the archive. */
import { resolvePlan, storeOf } from '../../config/resolve-plan.js';
import type { Config } from '../../config/schema.js';
import type { StoreConfig } from '../../config/sections/store.js';
import type { NodeFacts } from '../../domain/facts.js';
import { knownInstances } from '../../domain/known-instances.js';
import { nodeAt } from '../../domain/node-at.js';
import type { Plan } from '../../domain/plan.js';
import type { InstanceRef } from '../../ports/application.js';
import type { StorePorts } from '../../ports/index.js';
import type { ReadScope } from '../../ports/scope.js';
import type { CliContext } from '../context.js';
import type { RunClient } from '../run-client.js';
import { incidentName } from '../targets.js';
import { checkManager } from './check-manager.js';
import { checkMetrics } from './check-metrics.js';
import { checkNodes } from './check-nodes.js';
import { checkPlan } from './check-plan.js';
import { fail, guarded, ok, warn } from './item.js';
import type { CheckItem } from './item.js';

/** All checks of a store. Without a client (Temporal unreachable) the rest is still looked at. */
export async function checkStore(
  context: CliContext,
  config: Config,
  storeName: string,
  client: RunClient | undefined,
): Promise<readonly CheckItem[]> {
  const atMs = context.now();
  const plan = resolvePlan({
    config,
    input: { schema: 1, store: storeName, mode: 'rehearsal', trigger: { kind: 'person', incident: incidentName(storeName, atMs), atMs } },
    arming: { armed: false },
  });
  const store = storeOf(config, storeName);
  const ports = context.ports(config, storeName, client);
  const scope: ReadScope = {
    key: `check/${storeName}/${atMs}`,
    signal: context.signal,
    now: () => context.now(),
    sleep: (ms) => context.sleep(ms),
  };
  const facts = await ports.cluster.observe(plan.nodes, { probe: false }, scope);
  const parts = await Promise.all([
    guarded('grants', () => checkGrants(plan, ports, facts, scope)),
    guarded('application login', () => checkLogins(plan, ports, facts, scope)),
    guarded('manager', () => checkTheManager(plan, store, ports, facts, scope)),
    guarded('config source', () => checkConfigSource(plan, ports, facts, scope)),
    guarded('instances', () => checkInstances(plan, ports, scope)),
    guarded('platform', async () => (await ports.platform?.readiness(scope)) ?? []),
    guarded('trading pause', () => checkPause(ports, scope)),
    guarded('fence', () => checkFences(plan, ports, scope)),
    guarded('archive', async () => [
      ok('archive', await ports.archive.append('checks', `${storeName}-${atMs}`, { schema: 1, store: storeName, atMs }, scope)),
    ]),
    guarded('metrics', () => checkMetrics(config, storeName, ports.metrics, scope)),
    guarded('temporal', () => checkTemporal(storeName, ports, client, scope)),
  ]);
  return [...checkPlan(config, storeName), ...checkNodes(plan, facts, context.now()), ...parts.flat()];
}

function reachable(plan: Plan, facts: readonly NodeFacts[]) {
  return plan.nodes.filter((node) => facts.some((fact) => fact.node === node.name && fact.answer !== undefined));
}

/** What an HA manager says, and whether it would take our request. Nothing where there is none. */
async function checkTheManager(
  plan: Plan,
  store: StoreConfig,
  ports: StorePorts,
  facts: readonly NodeFacts[],
  scope: ReadScope,
): Promise<readonly CheckItem[]> {
  const [manager, access] = await Promise.all([ports.cluster.manager(scope), ports.cluster.access?.(scope)]);
  if (manager === undefined) return [];
  const { patroni } = store.cluster;
  return checkManager(plan, manager, {
    nodes: facts,
    access: access ?? [],
    watchdog: patroni?.watchdog ?? 'unknown',
    ...(patroni === undefined ? {} : { requestTimeoutMs: patroni.requestTimeout }),
  });
}

async function checkGrants(plan: Plan, ports: StorePorts, facts: readonly NodeFacts[], scope: ReadScope): Promise<readonly CheckItem[]> {
  const all = await Promise.all(
    reachable(plan, facts).map(async (node) => {
      const problems = await ports.rowStore.grantProblems(node, scope);
      return problems.length === 0
        ? [ok(`grants ${node.name}`, 'the role can do what it must and cannot disengage (S14)')]
        : problems.map((problem) => fail(`grants ${node.name}`, problem, 'Run `holdfast migrate up`; revoke what is too much.'));
    }),
  );
  return all.flat();
}

async function checkLogins(plan: Plan, ports: StorePorts, facts: readonly NodeFacts[], scope: ReadScope): Promise<readonly CheckItem[]> {
  const all = await Promise.all(
    reachable(plan, facts).map((node) =>
      guarded(`login ${node.name}`, async () => [ok(`login ${node.name}`, await ports.rowStore.applicationLogin(node, scope))]),
    ),
  );
  return all.flat();
}

async function checkConfigSource(
  plan: Plan,
  ports: StorePorts,
  facts: readonly NodeFacts[],
  scope: ReadScope,
): Promise<readonly CheckItem[]> {
  const target = await ports.configSource.read(scope);
  const node = nodeAt(plan.nodes, target);
  const where = `${target.host}:${target.port} in ${ports.configSource.form}, owned by ${ports.configSource.owner}`;
  if (node === undefined)
    return [
      warn(
        'config source',
        `${where} is no configured node`,
        'A name or proxy that follows the primary is possible; say so, or correct the nodes.',
      ),
    ];
  const answer = facts.find((fact) => fact.node === node.name)?.answer;
  return answer?.inRecovery === true
    ? [fail('config source', `${where} is node ${node.name}, a standby`, 'The application cannot write there; point it at the primary.')]
    : [ok('config source', `${where} is node ${node.name}`)];
}

async function checkInstances(plan: Plan, ports: StorePorts, scope: ReadScope): Promise<readonly CheckItem[]> {
  const states = await ports.workload.list(scope);
  const platform = states.map((state) =>
    state.state === 'unknown'
      ? fail(`instance ${state.instance}`, `its platform does not say: ${state.detail}`, 'Run the configured status command by hand.')
      : ok(`instance ${state.instance}`, `${state.state}: ${state.detail}`),
  );
  const known = knownInstances(plan.instances, states);
  const health = await Promise.all(
    known.map(async (ref) => {
      const { name } = ref;
      const { answer, failure } = await ports.application.health(ref, scope);
      if (answer === undefined)
        return fail(`health ${name}`, `${failure.kind}: ${failure.text}`, 'Check its address, TLS and Host header.');
      return answer.shape === 'unknown'
        ? warn(`health ${name}`, `HTTP ${answer.httpStatus} of an unknown shape`, 'Compare with the profile’s shapes.')
        : ok(`health ${name}`, `${answer.shape}, ${answer.ready ? 'ready' : `not ready: ${answer.detail}`}`);
    }),
  );
  const [first] = known;
  // One admin call in all: the application counts them, and a fifth within a minute degrades its health.
  const admin = first === undefined ? [] : [await adminItem(first, ports, scope)];
  return [...platform, ...health, ...admin];
}

async function adminItem(ref: InstanceRef, ports: StorePorts, scope: ReadScope): Promise<CheckItem> {
  const { answer, failure } = await ports.application.admin(ref, scope);
  return answer === undefined
    ? fail('admin API', `${failure.kind} from ${ref.name}: ${failure.text}`, 'Check the admin credential’s references; it is for GET only.')
    : ok('admin API', `${ref.name} says ${answer.engaged ? `engaged: ${answer.reason}` : 'disengaged'}`);
}

async function checkPause({ tradingPause }: StorePorts, scope: ReadScope): Promise<readonly CheckItem[]> {
  if (!tradingPause.able) return [];
  const { state, detail } = await tradingPause.state(scope);
  const declared =
    tradingPause.restingOrders === 'unknown'
      ? [warn('resting orders', 'not known what a pause does to them', 'Find out, and say so in `restingOrders`.')]
      : [];
  return [
    state === 'unknown'
      ? fail(
          'trading pause',
          `the platform does not say its state: ${detail}`,
          `Mend it; until then the manual kill is: ${tradingPause.manualKill}`,
        )
      : ok('trading pause', `${state}: ${detail}`),
    ...declared,
  ];
}

async function checkFences(plan: Plan, ports: StorePorts, scope: ReadScope): Promise<readonly CheckItem[]> {
  const fenceable = plan.nodes.filter((node) => ports.fence.classOf(node) !== undefined);
  return Promise.all(
    fenceable.map(async (node) => {
      const { state, class: kind, detail } = await ports.fence.read(node, scope);
      if (state === 'not-in-force') return ok(`fence ${node.name}`, `class ${kind}, can be read back: ${detail}`);
      return state === 'in-force'
        ? warn(`fence ${node.name}`, `class ${kind} is in force: ${detail}`, 'Lift it when the node is to serve again.')
        : fail(
            `fence ${node.name}`,
            `class ${kind} cannot be read back: ${detail}`,
            'Run the configured read command by hand; an unproven fence is none.',
          );
    }),
  );
}

async function checkTemporal(
  storeName: string,
  ports: StorePorts,
  client: RunClient | undefined,
  scope: ReadScope,
): Promise<readonly CheckItem[]> {
  if (client === undefined) return [fail('temporal', 'does not answer', 'Check the TEMPORAL_* profile and the server.')];
  const problems = await client.setupProblems();
  const watcher = await client.status(`watch:${storeName}`);
  const arming = watcher === undefined ? undefined : await ports.memory.arming(storeName, scope);
  return [
    ...(problems.length === 0
      ? [ok('temporal', 'answers; the namespace is set up')]
      : problems.map((problem) => fail('temporal', problem, 'Run `holdfast temporal setup`.'))),
    watcher?.status === 'running'
      ? ok('watcher', `watch:${storeName} runs`)
      : warn('watcher', `watch:${storeName} does not run, so there are no snapshots`, 'Start the worker; it starts the watchers.'),
    arming?.armed === true
      ? ok('armed', `by ${arming.by ?? 'somebody unknown'}`)
      : warn(
          'armed',
          'the store is disarmed: nothing will be promoted, moved or resumed',
          `When the rest is well: holdfast arm ${storeName}`,
        ),
  ];
}
