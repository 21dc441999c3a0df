/**
 * The worker process: runs workflows and activities on both task queues. `createWorker` builds without starting; the CLI's `worker`
 * command and the lab run it. Health: GET /healthz (alive), GET /readyz (both workers are polling); metrics by Temporal's runtime.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import type { AddressInfo } from 'node:net';
import { Client } from '@temporalio/client';
import {
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions as TemporalWorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { Connection } from '@temporalio/client';
import { createActivities } from './activities/index.js';
import { bindActivities } from './activities/temporal.js';
import { resolvePlan, storeOf } from './config/resolve-plan.js';
import type { Config } from './config/schema.js';
import { HoldfastError } from './domain/errors.js';
import { createLogger, temporalLogger } from './observability/logger.js';
import { buildBundle, bundlePath } from './temporal/bundle.js';
import { connectConfig } from './temporal/client.js';
import { dataConverter } from './temporal/data-converter.js';
import { missingAttributes } from './temporal/setup.js';
import { createStoreMemory } from './temporal/store-memory.js';
import { createStorePorts } from './wiring.js';
import { VERSION } from './domain/version.js';
import { TASK_QUEUES } from './workflows/messages.js';
import type { StorePorts } from './ports/index.js';

/** Below the termination grace of the platform: activities get this long to end. */
const SHUTDOWN_GRACE_MS = 10_000;
const HEARTBEAT_SENT_MS = 1000;

export interface WorkerOptions {
  readonly config: Config;
  /** host:port of the health endpoint; port 0 takes a free one. Default: none. */
  readonly health?: string;
  /** Pre-made bundle; default: the one built with the package, else bundled now. */
  readonly bundle?: WorkflowBundleOption;
}

export interface HoldfastWorker {
  /** Address of the health endpoint, when there is one. */
  readonly healthAddress: string | undefined;
  readonly identity: string;
  /** Resolves when the worker has ended. */
  run(): Promise<void>;
  /** Lets running activities end, then stops. */
  shutdown(): void;
}

/** Host, process and version: an audit reads it on every event. */
function identityOf(config: Config): string {
  return config.worker.identity ?? `holdfast-worker@${os.hostname()}:${process.pid}`;
}

async function bundleOf(options: WorkerOptions): Promise<WorkflowBundleOption> {
  if (options.bundle !== undefined) return options.bundle;
  const path = bundlePath();
  return existsSync(path) ? { codePath: path } : buildBundle();
}

/** Installs Temporal's runtime once per process: our logger, and the Prometheus endpoint where one is configured. */
export function installRuntime(config: Config): void {
  Runtime.install({
    logger: temporalLogger(createLogger('holdfast-worker', { level: process.env['HOLDFAST_LOG'] ?? 'info' })),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} },
      ...(config.worker.metrics === undefined
        ? {}
        : {
            metrics: {
              prometheus: { bindAddress: config.worker.metrics, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
            },
          }),
    },
  });
}

/** Builds the worker. Errors: HF_TEMPORAL_UNREACHABLE, HF_TEMPORAL_NOT_SET_UP naming what is missing. */
export async function createWorker(options: WorkerOptions): Promise<HoldfastWorker> {
  const { config } = options;
  const identity = identityOf(config);
  const log = createLogger('holdfast-worker', { level: process.env['HOLDFAST_LOG'] ?? 'info' });
  const { connectionOptions, namespace } = connectConfig(config.temporal);
  const unreachable = (error: unknown): never => {
    throw new HoldfastError(
      'HF_TEMPORAL_UNREACHABLE',
      `Address ${connectionOptions.address ?? 'default'}, namespace ${namespace}.`,
      {},
      { cause: error },
    );
  };
  const [connection, clientConnection, workflowBundle] = await Promise.all([
    NativeConnection.connect(connectionOptions).catch(unreachable),
    Connection.connect(connectionOptions).catch(unreachable),
    bundleOf(options),
  ]);
  const client = new Client({ connection: clientConnection, namespace, dataConverter: dataConverter() });
  const missing = Object.keys(await missingAttributes(client));
  if (missing.length > 0)
    throw new HoldfastError('HF_TEMPORAL_NOT_SET_UP', `Namespace ${namespace} lacks ${missing.join(', ')}.`, { namespace });

  const memory = createStoreMemory(client);
  const cache = new Map<string, StorePorts>();
  const portsFor = (store: string): StorePorts => {
    const known = cache.get(store);
    if (known !== undefined) return known;
    const made = createStorePorts(config, store, { memory, prober: identity });
    cache.set(store, made);
    return made;
  };
  const activities = bindActivities(
    createActivities({
      portsFor,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      planFor: async (input, scope) => {
        storeOf(config, input.store);
        const [arming, lastSnapshot, lastPlan] = await Promise.all([
          memory.arming(input.store, scope),
          memory.lastSnapshot(input.store, scope),
          memory.lastPlan(input.store, input.trigger.incident, scope),
        ]);
        const plan = resolvePlan({
          config,
          input,
          arming,
          ...(lastSnapshot === undefined ? {} : { lastSnapshot }),
          ...(lastPlan === undefined ? {} : { lastPlan }),
        });
        if (input.mode !== 'rehearsal') await memory.rememberPlan(plan, scope);
        return plan;
      },
    }),
    // The worker's own log may name the class and stack of a foreign error; the history may not (promise S6). The logger redacts.
    (name, error) => log.error({ activity: name, err: error }, 'an activity failed in an unforeseen way'),
  );
  const versioning: Pick<TemporalWorkerOptions, 'workerDeploymentOptions'> =
    config.worker.versioning === 'off'
      ? {}
      : {
          workerDeploymentOptions: {
            useWorkerVersioning: true,
            version: { deploymentName: 'holdfast', buildId: VERSION },
            defaultVersioningBehavior: 'PINNED',
          },
        };
  const common = {
    connection,
    namespace,
    identity,
    activities,
    dataConverter: dataConverter(),
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    // Heartbeats are sent at most this far apart (the SDK's own: 0.8 of the heartbeat timeout). A cancellation comes back only with one:
    // the end of a lease would wait four seconds for it (measured).
    maxHeartbeatThrottleInterval: HEARTBEAT_SENT_MS,
    ...versioning,
  };
  const act = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUES.act,
    workflowBundle,
    maxConcurrentActivityTaskExecutions: config.worker.slots.act,
    // A killed worker costs seconds: its sticky queue is given up after this (design §4).
    stickyQueueScheduleToStartTimeout: '2s',
  });
  const watch = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUES.watch,
    maxConcurrentActivityTaskExecutions: config.worker.slots.watch,
  });
  const workers = [act, watch];
  const health = options.health === undefined ? undefined : await startHealth(options.health, workers);
  return {
    healthAddress: health?.address,
    identity,
    run: async () => {
      try {
        await Promise.all(workers.map((w) => w.run()));
      } finally {
        health?.server.close();
        await Promise.allSettled([connection.close(), clientConnection.close()]);
      }
    },
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}

async function startHealth(listen: string, workers: readonly Worker[]): Promise<{ readonly server: Server; readonly address: string }> {
  const separator = listen.lastIndexOf(':');
  const server = createServer((request, response) => {
    const states = workers.map((w) => w.getState());
    const ready = states.every((s) => s === 'RUNNING');
    const alive = !states.some((s) => s === 'FAILED' || s === 'STOPPED');
    const ok = request.url === '/readyz' ? ready : alive;
    response
      .writeHead(ok ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify({ status: ok ? 'ok' : 'not-ready', states }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(listen.slice(separator + 1)), listen.slice(0, separator), resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return { server, address: `${address}:${port}` };
}
