import { DEFAULT_GATE_POLICIES } from '../../src/domain/gate-policy.js';
import type { RunInput } from '../../src/domain/contract.js';
import type { GatePolicies, GatePolicy } from '../../src/domain/gate.js';
import type { Plan, PlanTimes } from '../../src/domain/plan.js';
import type { World } from './world/types.js';

/** Durations that keep a simulated night short; proportions are those of the defaults. */
export const WORLD_PLAN_TIMES: PlanTimes = {
  holdOffMs: {},
  stalenessWindowMs: 60_000,
  observeEveryMs: 1_000,
  waitVerdictMs: 20_000,
  stopGraceMs: 5_000,
  stopLimitMs: 15_000,
  verifyBudgetMs: 15_000,
  verifyEveryMs: 1_000,
  pauseProofMs: 5_000,
  decisionTtlMs: 120_000,
  reopenMs: 5_000,
  leaseMs: 300_000,
  receiverStalledMs: 10_000,
};

/** The default policies with deadlines of minutes instead of quarters of an hour. */
export function worldGates(deadlineMs = 90_000): GatePolicies {
  const entries = Object.entries(DEFAULT_GATE_POLICIES).map(
    ([name, policy]: [string, GatePolicy]) => [name, { ...policy, deadlineMs }] as const,
  );
  return { ...DEFAULT_GATE_POLICIES, ...Object.fromEntries(entries) };
}

/** The plan that a worker would resolve for this world now. */
export function planOfWorld(world: World, input: RunInput, overrides: Partial<Plan> = {}): Plan {
  const starter = world.people.find((person) => person.id === input.trigger.by)?.id;
  return {
    schema: 1,
    store: world.store,
    cluster: world.cluster,
    environment: world.environment,
    mode: input.mode,
    incident: input.trigger.incident,
    armed: world.arming.armed,
    armedBy: 'ana',
    nodes: [...world.nodes.values()].map((node) => ({
      name: node.name,
      host: node.host,
      port: node.port,
      candidate: true,
      fence: 'H',
      managed: world.manager !== undefined,
    })),
    instances: world.pods
      ? []
      : [...world.instances.values()].map((instance) => ({ name: instance.name, clientAddress: instance.clientAddress })),
    rowRules: { staleAfterMs: world.times.staleAfterMs, futureToleranceMs: world.times.futureToleranceMs, reasonMaxLength: 512 },
    people: world.people.map((person) => ({
      id: person.id,
      roles: person.roles,
      handles: person.handles,
      keys: [{ id: person.keyId, publicKey: 'world' }],
    })),
    ...(starter === undefined ? {} : { starter }),
    gates: worldGates(),
    standing: [],
    adapters: {
      cluster: { kind: 'world', promote: 'read-back', settleMs: world.manager === undefined ? 5_000 : world.manager.ttlMs + 10_000 },
      workload: { kind: 'world', rolls: world.pods, found: world.pods },
      configSource: { kind: 'world', form: 'file app.env, key DSN', owner: 'nobody' },
      pause: {
        kind: 'world',
        able: true,
        pause: world.trading.pauseClass,
        resume: 'read-back',
        settleMs: 5_000,
        restingOrders: 'left',
        manualKill: 'call the trading desk',
      },
      fence: { kind: 'world' },
      notifiers: ['world'],
      archive: { kind: 'world' },
    },
    times: WORLD_PLAN_TIMES,
    verifyConsecutive: 3,
    objectives: { rpoMs: 60_000, rtoMs: 600_000 },
    freshnessKeeper: 'the application',
    manual: { commands: {}, config: { where: 'app.env', key: 'DSN', path: ['dsn'] } },
    ...(world.snapshot === undefined ? {} : { lastSnapshot: world.snapshot }),
    expectedPrimary: world.snapshot?.primary ?? [...world.nodes.keys()][0] ?? 'a',
    hash: '0'.repeat(64),
    changed: [],
    ...overrides,
  };
}
