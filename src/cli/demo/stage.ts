/**
 * A lab with Holdfast on it: configuration written, database migrated, namespace set up, worker and gateway running, store watched and
 * armed. The demo plays on it, the situations of the test suite do, and the benchmark does.
 */
import path from 'node:path';
import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { createLab, program, type Lab, type LabOptions, type LabProcess } from '../../../lab/index.js';
import { loadConfig } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import type { RunInput } from '../../domain/contract.js';
import { actingRunId } from '../../domain/contract.js';
import type { Decision } from '../../domain/decision.js';
import type { Snapshot } from '../../domain/facts.js';
import type { RunFacts, RunResult } from '../../domain/run-facts.js';
import { dataConverter } from '../../temporal/data-converter.js';
import { setUpNamespace } from '../../temporal/setup.js';
import { watchId } from '../../temporal/store-memory.js';
import { loadKey, migrate, resolveSecret, signDecision } from '../../wiring.js';
import {
  armSignal,
  decideUpdate,
  runStartOptions,
  stateQuery,
  storeStateQuery,
  TASK_QUEUES,
  WORKFLOWS,
  type WatchStoreWorkflowInput,
} from '../../workflows/messages.js';
import { labAlert, postAlert } from './lab-alert.js';
import { labPeople, writeLabConfig, type LabConfigOptions, type LabPerson } from './lab-config.js';
import { untilFacts, type RunToWatch } from './run-wait.js';

export interface StageOptions extends LabConfigOptions {
  readonly lab?: LabOptions;
  /** Default true. */
  readonly armed?: boolean;
  /** Default true; false leaves starting the gateway to the caller. */
  readonly gateway?: boolean;
  readonly worker?: boolean;
  /** Gives the (one) worker a Prometheus endpoint. */
  readonly workerMetrics?: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface Stage {
  readonly lab: Lab;
  readonly configFile: string;
  readonly config: Config;
  readonly store: string;
  readonly cluster: string;
  readonly people: readonly LabPerson[];
  readonly client: Client;
  /** The worker that runs now. */
  worker(): LabProcess;
  /** Starts a (further) worker process and waits until it polls. */
  startWorker(env?: Readonly<Record<string, string>>): Promise<LabProcess>;
  /** Base address of the gateway. */
  readonly gatewayUrl: string;
  /** Metrics of gateway and, when asked for, worker. */
  readonly metricsUrls: readonly string[];
  /** Runs the CLI as a process of the lab and returns its end and output. */
  cli(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  /** Posts an alert to the gateway as Alertmanager would. */
  postAlert(overrides?: Readonly<Record<string, unknown>>): Promise<Response>;
  /** Starts a run directly. */
  start(input?: Partial<RunInput>): Promise<string>;
  facts(workflowId?: string): Promise<RunFacts>;
  /** Waits until the run's facts satisfy the predicate. Fails at once when the run has ended without. */
  until(what: string, predicate: (facts: RunFacts) => boolean, timeoutMs?: number): Promise<RunFacts>;
  /** Waits until the memory of the store holds a snapshot that satisfies the predicate. */
  untilSnapshot(predicate: (snapshot: Snapshot) => boolean, timeoutMs?: number): Promise<Snapshot>;
  /** Signs and sends a decision on the open gate as a person. */
  decide(person: string, option: string, overrides?: Partial<Decision>): Promise<void>;
  signal(name: string, payload: unknown): Promise<void>;
  result(workflowId?: string): Promise<RunResult>;
  close(): Promise<void>;
}

const HOLDFAST = 'src/bin/holdfast';

/** A free port on an address: asked for once, used at once. */
async function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });
}

/** Puts Holdfast on a lab. Whatever fails, the lab is closed. */
export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const progress = options.onProgress ?? (() => undefined);
  const lab = await createLab({ ...options.lab, onProgress: progress });
  try {
    return await furnish(lab, options, progress);
  } catch (error) {
    options.lab?.onFailedStart?.(lab.dir);
    await lab.close();
    throw error;
  }
}

async function furnish(lab: Lab, options: StageOptions, progress: (line: string) => void): Promise<Stage> {
  const people = await labPeople(lab);
  const gatewayHost = lab.hosts.place('gateway').address;
  const gatewayPort = await freePort(gatewayHost);
  const workerHost = lab.hosts.place('worker').address;
  const workerMetricsPort = options.workerMetrics === true ? await freePort(workerHost) : undefined;
  const { file, store } = writeLabConfig(lab, people, {
    ...options,
    gatewayPort,
    ...(workerMetricsPort === undefined ? {} : { workerMetricsPort }),
  });
  const { config } = await loadConfig(file, process.env);
  const values = lab.configValues();
  const owner = values.database.roles.owner;
  const primary = values.database.nodes[0];
  if (primary === undefined) throw new Error('a lab without nodes');
  await migrate(
    {
      direction: 'up',
      connection: {
        host: primary.host,
        port: primary.port,
        login: {
          database: values.database.name,
          role: owner.user,
          tls: { ca: `file:${values.database.caFile}`, cert: `file:${owner.cert}`, key: `file:${owner.key}` },
        },
      },
      environment: options.environment ?? 'lab',
      store,
      grantTo: values.database.roles.orchestrator.user,
      applicationRole: values.database.roles.application.user,
    },
    { resolveSecret },
  );
  await lab.pair.waitReplayed('a');
  progress('database: Holdfast’s schema, marker and grants');

  const connection = await Connection.connect({ address: lab.temporal.address });
  const client = new Client({ connection, namespace: lab.temporal.namespace, dataConverter: dataConverter() });
  await setUpNamespace(client);
  const cluster = 'lab-pair';
  const holdfast = (name: string, host: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): LabProcess =>
    // Killed when the lab closes: nothing of a lab that is going away has to be ended with grace.
    lab.spawn(name, host, process.execPath, [program(HOLDFAST), ...args], { env, endSignal: 'KILL' });

  let workers = 0;
  let current: LabProcess | undefined;
  const startWorker = async (env: Readonly<Record<string, string>> = {}): Promise<LabProcess> => {
    workers += 1;
    const worker = holdfast(`worker-${workers}`, 'worker', ['worker', '--config', file], env);
    current = worker;
    await worker.waitFor(/worker is polling/);
    progress(`worker: polls as process ${worker.pid}`);
    return worker;
  };
  const startGateway = async (): Promise<void> => {
    const gateway = holdfast('gateway', 'gateway', ['gateway', '--config', file]);
    await gateway.waitFor(/gateway listens/);
    progress(`gateway: http://${gatewayHost}:${gatewayPort}`);
  };
  // Side by side; both have settled before a failure is passed on, so that nothing starts after the lab was closed.
  const services = [...(options.worker === false ? [] : [startWorker()]), ...(options.gateway === false ? [] : [startGateway()])];
  await Promise.allSettled(services);
  await Promise.all(services);
  const input: WatchStoreWorkflowInput = { schema: 1, store, everyMs: 500, armed: false, armedBy: '' };
  await client.workflow.start(WORKFLOWS.watchStore, {
    workflowId: watchId(store),
    taskQueue: TASK_QUEUES.act,
    args: [input],
    staticSummary: `Memory of store ${store}`,
  });
  if (options.armed !== false) await client.workflow.getHandle(watchId(store)).signal(armSignal, { by: 'ana' });
  if (options.worker !== false) await waitForSnapshot(client, store);
  progress(options.armed === false ? 'store: watched, disarmed' : 'store: watched and armed');

  const acting = actingRunId(cluster);
  const facts = async (workflowId = acting): Promise<RunFacts> => client.workflow.getHandle(workflowId).query(stateQuery);
  const acted: RunToWatch = {
    facts,
    execution: async () => {
      const { runId, status } = await client.workflow.getHandle(acting).describe();
      return { runId, status: status.name };
    },
  };
  const stage: Stage = {
    lab,
    configFile: file,
    config,
    store,
    cluster,
    people,
    client,
    worker: () => {
      if (current === undefined) throw new Error('no worker was started');
      return current;
    },
    startWorker,
    gatewayUrl: `http://${gatewayHost}:${gatewayPort}`,
    metricsUrls: [
      `http://${gatewayHost}:${gatewayPort}/metrics`,
      ...(workerMetricsPort === undefined ? [] : [`http://${workerHost}:${workerMetricsPort}/metrics`]),
    ],
    cli: async (args) => {
      const process_ = holdfast(`cli-${args[0] ?? 'help'}-${Date.now()}`, 'people', [...args]);
      const { code } = await process_.exited;
      return { code: code ?? 1, output: process_.output() };
    },
    postAlert: (overrides = {}) => postAlert(`http://${gatewayHost}:${gatewayPort}`, lab.secrets.values['alert-token'], overrides),
    start: async (overrides = {}) => {
      const run: RunInput = {
        schema: 1,
        store,
        mode: 'incident',
        trigger: { kind: 'alert', incident: `${store}-${Date.now()}`, atMs: Date.now(), alert: labAlert() },
        ...overrides,
      };
      const workflowId = run.mode === 'incident' || run.mode === 'planned' ? acting : `${run.mode}:${store}:${run.trigger.atMs}`;
      await client.workflow.start(WORKFLOWS.failover, { workflowId, taskQueue: TASK_QUEUES.act, args: [run], ...runStartOptions(run) });
      return workflowId;
    },
    facts,
    until: async (what, predicate, timeoutMs = 60_000) => untilFacts(acted, what, predicate, { timeoutMs, everyMs: 100 }),
    untilSnapshot: async (predicate, timeoutMs = 20_000) => {
      const endMs = Date.now() + timeoutMs;
      for (;;) {
        const state = await client.workflow
          .getHandle(watchId(store))
          .query(storeStateQuery)
          .catch(() => undefined);
        if (state?.snapshot !== undefined && predicate(state.snapshot)) return state.snapshot;
        if (Date.now() > endMs) throw new Error(`never such a snapshot of ${store}; the last: ${JSON.stringify(state?.snapshot)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    decide: async (person, option, overrides = {}) => {
      const { open } = await facts();
      if (open === undefined) throw new Error('no gate is open');
      const { gate, code, hash } = open.opened;
      const who = people.find((p) => p.id === person);
      if (who === undefined) throw new Error(`no person ${person} in the lab`);
      const decision: Decision = { schema: 1, gate, option, code, reason: `by ${person} of the lab`, ...overrides };
      const signed = signDecision(decision, hash, person, await loadKey(`file:${who.keyFile}`), who.keyId);
      await client.workflow.getHandle(acting).executeUpdate(decideUpdate, { args: [signed] });
    },
    signal: async (name, payload) => client.workflow.getHandle(acting).signal(name, payload),
    result: async (workflowId = acting) => client.workflow.getHandle<() => Promise<RunResult>>(workflowId).result(),
    close: async () => {
      await connection.close().catch(() => undefined);
      await lab.close();
    },
  };
  return stage;
}

async function waitForSnapshot(client: Client, store: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const state = await client.workflow
      .getHandle(watchId(store))
      .query(storeStateQuery)
      .catch(() => undefined);
    if (state?.snapshot !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // A store whose row or primary is already lost has no credible snapshot: that is a situation, not a failure of the stage.
}

/** Folder of a lab's archive, for people. */
export function archiveFolder(lab: Lab): string {
  return path.join(lab.dir, 'archive');
}
