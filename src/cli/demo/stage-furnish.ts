/** Puts Holdfast on a lab of any kind: configuration, schema, namespace, worker, gateway, a watched and armed store. */
import { Client, Connection } from '@temporalio/client';
import type { BaseLab } from '../../../lab/index.js';
import { loadConfig } from '../../config/load.js';
import { dataConverter } from '../../temporal/data-converter.js';
import { setUpNamespace } from '../../temporal/setup.js';
import { watchId } from '../../temporal/store-memory.js';
import { migrate, resolveSecret } from '../../wiring.js';
import { armSignal, storeStateQuery, TASK_QUEUES, WORKFLOWS, type WatchStoreWorkflowInput } from '../../workflows/messages.js';
import { labPeople, tlsRefs, type LabPerson } from './common-config.js';
import { postAlert } from './lab-alert.js';
import { labProcesses } from './stage-processes.js';
import { stageRuns } from './stage-runs.js';
import type { FurnishOptions, StageOn } from './stage-types.js';

/** Where and as whom the database is migrated. */
export interface MigrationTarget {
  readonly node: { readonly host: string; readonly port: number };
  readonly database: string;
  readonly caFile: string;
  readonly owner: { readonly user: string; readonly cert: string; readonly key: string };
  readonly orchestrator: string;
  readonly application: string;
}

/** What differs between kinds of labs. */
export interface LabKind {
  /** Name of the database cluster in the configuration. */
  readonly cluster: string;
  writeConfig(
    people: readonly LabPerson[],
    ports: { readonly gatewayPort: number; readonly workerMetricsPort?: number },
  ): Promise<{ readonly file: string; readonly store: string }>;
  migrateOn(): MigrationTarget;
  /** Returns when all nodes have what the migration wrote. */
  replicated(): Promise<void>;
}

/** Does it. */
export async function furnish<OneLab extends BaseLab>(
  lab: OneLab,
  kind: LabKind,
  options: FurnishOptions,
  progress: (line: string) => void,
): Promise<StageOn<OneLab>> {
  const people = await labPeople(lab);
  const gatewayPort = await lab.hosts.port('gateway');
  const gatewayUrl = `http://${lab.hosts.place('gateway').address}:${gatewayPort}`;
  const workerMetricsPort = options.workerMetrics === true ? await lab.hosts.port('worker') : undefined;
  const { file, store } = await kind.writeConfig(people, {
    gatewayPort,
    ...(workerMetricsPort === undefined ? {} : { workerMetricsPort }),
  });
  const { config } = await loadConfig(file, process.env);
  await migrateStore(kind.migrateOn(), options.environment ?? 'lab', store);
  await kind.replicated();
  progress('database: Holdfast’s schema, marker and grants');

  const connection = await Connection.connect({ address: lab.temporal.address });
  const client = new Client({ connection, namespace: lab.temporal.namespace, dataConverter: dataConverter() });
  await setUpNamespace(client);
  const { cluster } = kind;
  const { startGateway, processes } = labProcesses(lab, file, progress);
  // Side by side; both have settled before a failure is passed on, so that nothing starts after the lab was closed.
  const services = [
    ...(options.worker === false ? [] : [processes.startWorker()]),
    ...(options.gateway === false ? [] : [startGateway(gatewayUrl)]),
  ];
  await Promise.allSettled(services);
  await Promise.all(services);
  const watch = (): Promise<void> => watchStore(client, store, options);
  await watch();
  progress(options.armed === false ? 'store: watched, disarmed' : 'store: watched and armed');

  return {
    lab,
    configFile: file,
    config,
    store,
    cluster,
    people,
    client,
    gatewayUrl,
    metricsUrls: [
      `${gatewayUrl}/metrics`,
      ...(workerMetricsPort === undefined ? [] : [`http://${lab.hosts.place('worker').address}:${workerMetricsPort}/metrics`]),
    ],
    postAlert: (overrides = {}) => postAlert(gatewayUrl, lab.secrets.values['alert-token'], cluster, overrides),
    ...processes,
    ...stageRuns({ client, store, cluster, people }),
    watchAnew: async () => {
      await client.workflow
        .getHandle(watchId(store))
        .terminate('begun anew')
        .catch(() => undefined);
      await watch();
    },
    close: async () => {
      await connection.close().catch(() => undefined);
      await lab.close();
    },
  };
}

async function migrateStore(target: MigrationTarget, environment: string, store: string): Promise<void> {
  const { node, database, caFile, owner } = target;
  await migrate(
    {
      direction: 'up',
      connection: { host: node.host, port: node.port, login: { database, role: owner.user, tls: tlsRefs(caFile, owner) } },
      environment,
      store,
      grantTo: target.orchestrator,
      applicationRole: target.application,
    },
    { resolveSecret },
  );
}

/** Starts the memory of the store, arms it, and waits for its first snapshot where a worker makes one. */
async function watchStore(client: Client, store: string, options: FurnishOptions): Promise<void> {
  const input: WatchStoreWorkflowInput = { schema: 1, store, everyMs: 500, armed: false, armedBy: '' };
  await client.workflow.start(WORKFLOWS.watchStore, {
    workflowId: watchId(store),
    taskQueue: TASK_QUEUES.act,
    args: [input],
    staticSummary: `Memory of store ${store}`,
  });
  if (options.armed !== false) await client.workflow.getHandle(watchId(store)).signal(armSignal, { by: 'ana' });
  if (options.worker !== false) await waitForSnapshot(client, store);
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
