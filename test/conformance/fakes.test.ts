import { describe } from 'vitest';
import type { Person, PlannedNode } from '../../src/domain/plan.js';
import { createFakePorts } from '../support/fakes/index.js';
import { worldSignature } from '../support/fakes/attestation.js';
import { planOfWorld } from '../support/plan-of-world.js';
import { steeredCalls } from '../support/world/calls.js';
import { createWorld } from '../support/world/create.js';
import type { WorldOptions } from '../support/world/create.js';
import { instanceOf, nodeOf } from '../support/world/lookup.js';
import { freezeNode, killNode, nodeNow, writeRow } from '../support/world/nodes.js';
import { killInstance } from '../support/world/instances.js';
import { isFenced, record } from '../support/world/truth.js';
import type { World } from '../support/world/types.js';
import { describeApplicationConformance } from './application.suite.js';
import { describeArchiveConformance } from './archive.suite.js';
import { describeAttestationConformance } from './attestation.suite.js';
import { describeClusterConformance } from './cluster.suite.js';
import { describeConfigSourceConformance } from './config-source.suite.js';
import { describeFenceConformance } from './fence.suite.js';
import { errorOf } from './harness.js';
import type { ConformanceWorld, Fate } from './harness.js';
import { describeMetricsConformance } from './metrics.suite.js';
import { describeNotifierConformance } from './notifier.suite.js';
import { describeRowStoreConformance } from './row-store.suite.js';
import { describeTradingPauseConformance } from './trading-pause.suite.js';
import { describeWorkloadConformance } from './workload.suite.js';

/** A healthy world, its ports, and what every suite asks of a world. */
function open(options: WorldOptions = {}) {
  const calls = steeredCalls();
  const world = createWorld({ calls, times: { stopMs: 0 }, row: { engaged: false, ageMs: 30_000 }, ...options });
  const { clock } = world;
  const common: ConformanceWorld = {
    scope: (overrides = {}) => ({
      key: 'incident-1/1/step/1',
      signal: new AbortController().signal,
      now: () => clock.now(),
      sleep: (ms) => clock.sleep(ms),
      ...overrides,
    }),
    drive: (work) => clock.drive(work),
    close: () => Promise.resolve(),
  };
  const [a, b] = planOfWorld(world, {
    schema: 1,
    store: world.store,
    mode: 'incident',
    trigger: { kind: 'schedule', incident: 'i', atMs: 0 },
  }).nodes as [PlannedNode, PlannedNode];
  const fate =
    (port: string) =>
    (verb: string, what: Fate): Promise<void> => {
      calls.set(`${port}.${verb}`, what);
      return Promise.resolve();
    };
  return { world, ports: createFakePorts(world), common, calls, a, b, fate };
}

const done = (work: () => unknown): Promise<void> => {
  work();
  return Promise.resolve();
};
const names = (world: World): [string, string] => [...world.instances.keys()].slice(0, 2) as [string, string];

function become(world: World, name: string, mood: string): void {
  const node = nodeOf(world, 'a');
  if (mood === 'gone') killInstance(world, name);
  if (mood === 'store-lost') killNode(world, 'a');
  if (mood === 'hang') freezeNode(world, 'a');
  if (mood === 'engaged') {
    writeRow(
      world,
      'a',
      { state: 'present', engaged: true, reason: 'drawdown', updatedAtMs: nodeNow(world, node) },
      { by: 'person', what: 'row-write', key: 'k', askedAtMs: 0 },
    );
  }
}

const database = async (work: ReturnType<typeof open>) => {
  const { world, ports, common, calls, a, b } = work;
  const lose = async (call: string, act: () => Promise<unknown>) => {
    calls.set(call, 'timeout-after');
    const error = await errorOf(common.drive(act()));
    calls.set(call, 'ok');
    return error;
  };
  // A pair that has come to rest: the standby has everything.
  await common.drive(world.clock.sleep(1_000));
  return {
    ...common,
    cluster: ports.cluster,
    store: ports.rowStore,
    primary: a,
    standby: b,
    environment: world.environment,
    canaries: [],
    now: () => world.clock.now(),
    kill: (node: PlannedNode) => done(() => killNode(world, node.name)),
    freeze: (node: PlannedNode) => done(() => freezeNode(world, node.name)),
    writeRow: async (row: { readonly engaged: boolean; readonly reason: string; readonly ageMs: number } | 'missing') => {
      const state =
        row === 'missing'
          ? ({ state: 'row-missing' } as const)
          : ({ state: 'present', engaged: row.engaged, reason: row.reason, updatedAtMs: world.clock.now() - row.ageMs } as const);
      writeRow(world, 'a', state, { by: 'person', what: 'row-write', key: 'k', askedAtMs: world.clock.now() });
      await common.drive(world.clock.sleep(1_000));
    },
    dropTable: () =>
      done(() =>
        writeRow(world, 'a', { state: 'table-missing' }, { by: 'person', what: 'row-write', key: 'k', askedAtMs: world.clock.now() }),
      ),
    loseAnswerOfPromote: (node: PlannedNode) => lose('cluster.promote', () => ports.cluster.promote(node, common.scope())),
    loseAnswerOfEngage: (node: PlannedNode, reason: string) =>
      lose('rowStore.engage', () => ports.rowStore.engage(node, reason, common.scope())),
  };
};

const firstInstance = (world: World) => instanceOf(world, [...world.instances.keys()][0] ?? '');

describe('fakes', () => {
  describeClusterConformance('in memory', { open: () => database(open()) });
  describeRowStoreConformance('in memory', { open: () => database(open()) });

  const workload = (options: WorldOptions) => () => {
    const { world, ports, common, fate } = open(options);
    return Promise.resolve({
      ...common,
      port: ports.workload,
      full: world.instances.size,
      running: () => Promise.resolve([...world.instances.values()].filter((instance) => instance.process !== 'stopped').length),
      fate: fate('workload'),
      ignoreStop: () => done(() => (firstInstance(world).ignoresStop = true)),
      silence: () => done(() => (firstInstance(world).silent = true)),
    });
  };
  describeWorkloadConformance('in memory', { open: workload({}) });
  describeWorkloadConformance('in memory, instances found on their platform', { open: workload({ pods: true }) });

  describeConfigSourceConformance('in memory', {
    open: () => {
      const { world, ports, common, b } = open();
      const { env } = world;
      return Promise.resolve({
        ...common,
        port: ports.configSource,
        target: { host: env.host, port: env.port },
        other: { host: b.host, port: b.port },
        pointsAt: () => Promise.resolve({ host: env.host, port: env.port }),
        rest: () => Promise.resolve(env.rest),
        changeBySomebody: () =>
          done(() => {
            env.rest += ' changed';
            env.version += 1;
          }),
        garble: () => done(() => (env.unparsable = true)),
        takeAway: () => done(() => (env.readable = false)),
      });
    },
  });

  describeApplicationConformance('in memory', {
    open: () => {
      const { world, ports, common } = open();
      return Promise.resolve({
        ...common,
        port: ports.application,
        instances: names(world),
        become: (name: string, mood: string) => done(() => become(world, name, mood)),
        refuseAdmin: (name: string) => done(() => (instanceOf(world, name).adminRefused = true)),
        adminCalls: (name: string) => Promise.resolve(instanceOf(world, name).adminCalls),
        advance: (ms: number) => world.clock.jump(ms),
      });
    },
  });

  describeTradingPauseConformance('in memory', {
    open: () => {
      const { world, ports, common, fate } = open();
      const { trading } = world;
      const set = (state: 'paused' | 'trading', by: string | undefined) =>
        done(() => {
          trading.state = state;
          trading.by = by;
          record(world, { what: state === 'paused' ? 'pause' : 'resume', by: 'person', target: 'trading', key: by ?? '', changed: true });
        });
      return Promise.resolve({
        ...common,
        port: ports.tradingPause,
        isPaused: () => Promise.resolve(trading.state === 'paused'),
        pausesMade: () => Promise.resolve(world.journal.filter((entry) => entry.what === 'pause' && entry.changed).length),
        pauseBySomebody: (key: string) => set('paused', key),
        liftBySomebody: () => set('trading', undefined),
        fate: fate('tradingPause'),
      });
    },
  });

  describeFenceConformance('in memory', {
    open: () => {
      const { world, ports, common, fate, a, b } = open();
      const { fence: _none, ...unfenceable } = b;
      return Promise.resolve({
        ...common,
        port: ports.fence,
        node: a,
        otherNode: b,
        unfenceable,
        isFenced: (node: PlannedNode) => Promise.resolve(isFenced(nodeOf(world, node.name))),
        lift: (node: PlannedNode) => done(() => (nodeOf(world, node.name).enabled = true)),
        fate: fate('fence'),
      });
    },
  });

  describeNotifierConformance('in memory', {
    open: () => {
      const { world, ports, common, fate } = open();
      return Promise.resolve({
        ...common,
        port: ports.notifier,
        received: () =>
          Promise.resolve(world.notices.map(({ notice: { id, title, text, urgency, to } }) => ({ id, title, text, urgency, to }))),
        fate: (what: Fate) => fate('notifier')('send', what),
      });
    },
  });

  describeMetricsConformance('in memory', {
    open: () => {
      const { world, ports, common } = open();
      const { metrics } = world;
      const query = 'max(latency)';
      metrics.nonsense = 'max((';
      return Promise.resolve({
        ...common,
        port: ports.metrics,
        query,
        nonsense: 'max((',
        nowMs: () => world.clock.now(),
        know: (series) =>
          done(() =>
            metrics.series.set(
              query,
              series.map(({ labels, value }) => ({ labels, value: () => value })),
            ),
          ),
        warn: (text) => done(() => (metrics.warnings = [text])),
        become: (mood) => done(() => (metrics.reach = mood === 'silent' ? 'hang' : 'refuse')),
      });
    },
  });

  describeArchiveConformance('in memory', {
    open: () => {
      const { world, ports, common, calls } = open();
      return Promise.resolve({
        ...common,
        port: ports.archive,
        damage: (series: string) => done(() => world.series.get(series)?.set('id-2', '{"n":')),
        fill: () =>
          done(() => {
            calls.set('archive.put', 'refuse');
            calls.set('archive.append', 'refuse');
          }),
      });
    },
  });

  describeAttestationConformance('in memory', {
    open: () => {
      const { ports, common } = open();
      const person = (id: string): Person => ({
        id,
        roles: ['on-call'],
        handles: [`${id}@example.test`],
        keys: [{ id: `${id}-key`, publicKey: 'world' }],
      });
      return Promise.resolve({
        ...common,
        port: ports.attestation,
        people: [person('ada'), person('rita')],
        sign: (signer, as, decision, fullHash) => {
          const named = { ...decision, by: as };
          return { ...named, signature: { key: `${signer}-key`, value: worldSignature(`${signer}-key`, named, fullHash) } };
        },
      });
    },
  });
});
