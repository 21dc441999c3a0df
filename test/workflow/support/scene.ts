/** One store on a test server: its world, its people, and its acting run. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { runId as workflowIdOf, type Alert, type RunInput } from '../../../src/domain/contract.js';
import type { Decision } from '../../../src/domain/decision.js';
import type { OpenedGate } from '../../../src/domain/evidence.js';
import type { GateName, GatePolicies, GatePolicy } from '../../../src/domain/gate.js';
import type { Plan, PlanTimes } from '../../../src/domain/plan.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';
import { VERDICT_CODES } from '../../../src/domain/verdict-code.js';
import { TASK_QUEUES } from '../../../src/workflows/messages.js';
import { decideUpdate, stateQuery, WORKFLOWS } from '../../../src/workflows/messages.js';
import { worldSignature } from '../../support/fakes/attestation.js';
import { createFakePorts } from '../../support/fakes/index.js';
import { planOfWorld, WORLD_PLAN_TIMES, worldGates } from '../../support/plan-of-world.js';
import type { ActivityHook, TemporalEnv } from '../../support/temporal-env.js';
import { createWorld, type WorldOptions } from '../../support/world/create.js';
import type { World } from '../../support/world/types.js';
import { createRealClock } from './real-clock.js';

/** Real time, so milliseconds where production has seconds. */
const QUICK_WORLD = { promoteMs: 30, startMs: 60, bootMs: 30, stopMs: 20, fenceMs: 20 } as const;
const QUICK_TIMES: PlanTimes = {
  ...WORLD_PLAN_TIMES,
  holdOffMs: Object.fromEntries(VERDICT_CODES.map((code) => [code, 50])),
  observeEveryMs: 50,
  waitVerdictMs: 1_000,
  stopGraceMs: 500,
  stopLimitMs: 3_000,
  verifyEveryMs: 50,
  verifyBudgetMs: 5_000,
  pauseProofMs: 1_000,
  reopenMs: 200,
};
const ASK_EVERY_MS = 40;
const PATIENCE_MS = 60_000;

export interface SceneOptions {
  readonly world?: WorldOptions;
  readonly times?: Partial<PlanTimes>;
  readonly gates?: Readonly<Partial<Record<GateName, Partial<GatePolicy>>>>;
  readonly plan?: Partial<Plan>;
}

export interface Scene {
  readonly env: TemporalEnv;
  readonly world: World;
  readonly hooks: Map<string, ActivityHook>;
  readonly input: (overrides?: Partial<RunInput>) => RunInput;
  /** Starts a run with the alert of a lost store, or as told. */
  readonly start: (overrides?: Partial<RunInput>) => Promise<Run>;
}

/** One workflow execution chain, by its id. */
export interface Run {
  readonly workflowId: string;
  readonly handle: WorkflowHandle;
  facts(): Promise<RunFacts>;
  until(what: string, predicate: (facts: RunFacts) => boolean, patienceMs?: number): Promise<RunFacts>;
  /** The opened gate of this name, waited for. `after` asks for a later opening than the one with this code. */
  gate(name: GateName, after?: string): Promise<OpenedGate>;
  /** Waits for the gate, then answers it as a person, signed, by Update (or by Signal). */
  answer(name: GateName, person: string, option: string, via?: 'update' | 'signal'): Promise<Decision>;
  result(): Promise<RunResult>;
}

function gatesWith(overrides: SceneOptions['gates']): GatePolicies {
  const gates = worldGates();
  const entries = Object.entries(gates).map(([name, policy]) => [name, { ...policy, ...overrides?.[name as GateName] }] as const);
  return Object.fromEntries(entries) as unknown as GatePolicies;
}

/** Decides as a person of this world, with their own key. */
export function signed(world: World, opened: OpenedGate, person: string, option: string, overrides: Partial<Decision> = {}): Decision {
  const decision: Decision = { schema: 1, gate: opened.gate, option, code: opened.code, by: person, ...overrides };
  const key = world.people.find((one) => one.id === person)?.keyId ?? '';
  return { ...decision, signature: { key, value: worldSignature(key, decision, opened.hash) } };
}

export function alertOf(fingerprint: string, overrides: Partial<Alert> = {}): Alert {
  return {
    source: 'alertmanager',
    fingerprint,
    status: 'firing',
    startsAtMs: Date.now(),
    title: 'KillSwitchStoreDown',
    forMs: 0,
    ...overrides,
  };
}

/** Puts a store with a healthy world on the server. Faults are the test's. */
export function createScene(env: TemporalEnv, name: string, options: SceneOptions = {}): Scene {
  const made = createWorld({
    clock: createRealClock(),
    snapshotAgeMs: 1_000,
    ...options.world,
    times: { ...QUICK_WORLD, ...options.world?.times },
  });
  const store = `store-${name}`;
  const world: World = {
    ...made,
    store,
    cluster: `cluster-${name}`,
    snapshot: made.snapshot === undefined ? undefined : { ...made.snapshot, store },
  };
  const hooks = new Map<string, ActivityHook>();
  env.stores.set(store, {
    ports: createFakePorts(world),
    hooks,
    planFor: (input) =>
      planOfWorld(world, input, { gates: gatesWith(options.gates), times: { ...QUICK_TIMES, ...options.times }, ...options.plan }),
  });
  const input = (overrides: Partial<RunInput> = {}): RunInput => ({
    schema: 1,
    store,
    mode: 'incident',
    trigger: { kind: 'alert', incident: `inc-${name}`, atMs: Date.now(), alert: alertOf(`fp-${name}`) },
    ...overrides,
  });
  return {
    env,
    world,
    hooks,
    input,
    start: async (overrides) => {
      const run = input(overrides);
      const workflowId = workflowIdOf(run, world.cluster);
      await env.client.workflow.start(WORKFLOWS.failover, {
        workflowId,
        taskQueue: TASK_QUEUES.act,
        args: [run],
        staticSummary: `${run.mode} run for ${store}`,
      });
      return runOf(env, world, workflowId);
    },
  };
}

/** Follows a run by its id. */
export function runOf(env: TemporalEnv, world: World, workflowId: string): Run {
  const handle = env.client.workflow.getHandle(workflowId);
  const facts = (): Promise<RunFacts> => handle.query(stateQuery);
  const until: Run['until'] = async (what, predicate, patienceMs = PATIENCE_MS) => {
    let last: RunFacts | undefined;
    let problem: unknown;
    for (const endMs = Date.now() + patienceMs; Date.now() < endMs;) {
      last = await facts().catch((error: unknown) => {
        problem = error;
        return last;
      });
      if (last !== undefined && predicate(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    throw new Error(
      `never: ${what}. ${JSON.stringify({ problem: String(problem), steps: last?.steps, open: last?.open?.opened.gate, errors: last?.errors, ignored: last?.ignored }, null, 1)}`,
    );
  };
  const gate: Run['gate'] = async (name, after) => {
    const seen = await until(`gate ${name} opens`, (f) => f.open?.opened.gate === name && f.open.opened.code !== after);
    if (seen.open === undefined) throw new Error('unreachable: the predicate asks for an open gate');
    return seen.open.opened;
  };
  return {
    workflowId,
    handle,
    facts,
    until,
    gate,
    answer: async (name, person, option, via = 'update') => {
      const decision = signed(world, await gate(name), person, option);
      if (via === 'signal') await handle.signal('decide', decision);
      else await handle.executeUpdate(decideUpdate, { args: [decision], updateId: randomUUID() });
      return decision;
    },
    result: () => handle.result() as Promise<RunResult>,
  };
}

/** Answers everything with yes until the run ends: promote (or accept) by ana, resume by ana and raj. */
export async function sayYes(run: Run, gates: readonly GateName[] = ['promote', 'resume']): Promise<RunResult> {
  for (const name of gates) {
    const option =
      {
        promote: 'approve',
        accept: 'accept',
        resume: 'resume',
        reaffirm: 'reaffirm',
        'restore-row': 'restore-engaged',
        unfenced: 'proceed',
      }[name as string] ?? 'wait';
    await run.answer(name, 'ana', option);
    if (name === 'resume' || name === 'reaffirm' || name === 'unfenced') await run.answer(name, 'raj', option);
  }
  return run.result();
}
