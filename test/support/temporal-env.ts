/**
 * A real Temporal dev server, the real bundle and the real activities over in-memory worlds, in this process. Several stores share one
 * server and one worker, each with a world of its own.
 */
import './typescript-require.js';
import { createHash } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions, type WorkflowBundle } from '@temporalio/worker';
import { breakGround } from '../../lab/postgres/index.js';
import { startTemporal } from '../../lab/temporal.js';
import { createActivities } from '../../src/activities/index.js';
import { bindActivities } from '../../src/activities/temporal.js';
import { HoldfastError } from '../../src/domain/errors.js';
import type { RunInput } from '../../src/domain/contract.js';
import type { Plan } from '../../src/domain/plan.js';
import { VERSION } from '../../src/domain/version.js';
import type { StorePorts } from '../../src/ports/index.js';
import { buildBundle } from '../../src/temporal/bundle.js';
import { dataConverter } from '../../src/temporal/data-converter.js';
import { setUpNamespace } from '../../src/temporal/setup.js';
import { TASK_QUEUES } from '../../src/workflows/messages.js';

/** What stands between an activity and the worker: it may wait, fail, change the result, or pass on. */
export type ActivityHook = (input: unknown, proceed: () => Promise<unknown>) => Promise<unknown>;

/** One store as the worker knows it. */
export interface EnvStore {
  readonly ports: StorePorts;
  readonly planFor: (input: RunInput) => Plan | Promise<Plan>;
  /** By activity name; looked up at each call. */
  readonly hooks: Map<string, ActivityHook>;
}

export interface EnvOptions {
  /** Slots of the queue `act`; default 20. */
  readonly actSlots?: number;
  /** 0 replays every workflow task from its history. */
  readonly maxCachedWorkflows?: number;
}

/** A result with this key is sent with an encoding that no converter here can read. */
export const UNDECODABLE_MARK = 'sent-with-an-unknown-encoding';

export interface TemporalEnv {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  readonly bundle: WorkflowBundle;
  readonly stores: Map<string, EnvStore>;
  /** What foreign errors the activities met: a test that expects none can say so. */
  readonly foreignErrors: string[];
  close(): Promise<void>;
}

/** Spoils marked payloads on their way out; leaves everything else as it is. */
const spoiler: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map((payload): Payload => {
      const marked = payload.data !== null && payload.data !== undefined && Buffer.from(payload.data).includes(UNDECODABLE_MARK);
      return marked ? { ...payload, metadata: { ...payload.metadata, encoding: Buffer.from('json/protobuf') } } : payload;
    }),
  decode: async (payloads) => payloads,
};

function storeNameOf(input: unknown): string {
  const { store, plan, run } = input as { store?: string; plan?: { store?: string }; run?: { store?: string } };
  return store ?? plan?.store ?? run?.store ?? '';
}

/** Starts server, bundle and worker. The bundle is built once a file: about three seconds. */
export async function startTemporalEnv(options: EnvOptions = {}): Promise<TemporalEnv> {
  // Workflow tasks that fail on purpose are asserted on history, not read in a log.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), shutdownSignals: [] });
  const ground = await breakGround('workflow');
  try {
    const [temporal, bundle] = await Promise.all([startTemporal(ground), buildBundle()]);
    const [connection, native] = await Promise.all([
      Connection.connect({ address: temporal.address }),
      NativeConnection.connect({ address: temporal.address }),
    ]);
    const { namespace } = temporal;
    const client = new Client({ connection, namespace, dataConverter: dataConverter() });
    await setUpNamespace(client);

    const stores = new Map<string, EnvStore>();
    const foreignErrors: string[] = [];
    const storeOf = (name: string): EnvStore => {
      const found = stores.get(name);
      if (found === undefined) throw new HoldfastError('HF_STORE_UNKNOWN', `No world is called ${name}.`, { store: name });
      return found;
    };
    const activities = createActivities({
      portsFor: (name) => storeOf(name).ports,
      planFor: async (input) => storeOf(input.store).planFor(input),
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
    });
    const hooked = Object.fromEntries(
      Object.entries(activities).map(([name, activity]) => [
        name,
        (input: never, scope: never) => {
          const proceed = (): Promise<unknown> => (activity as (input: never, scope: never) => Promise<unknown>)(input, scope);
          const hook = stores.get(storeNameOf(input))?.hooks.get(name);
          return hook === undefined ? proceed() : hook(input, proceed);
        },
      ]),
    ) as unknown as typeof activities;
    const common: Omit<WorkerOptions, 'taskQueue'> = {
      connection: native,
      namespace,
      identity: `holdfast-test@${VERSION}`,
      activities: bindActivities(hooked, (name, error) => foreignErrors.push(`${name}: ${String(error)}`)),
      dataConverter: { ...dataConverter(), payloadCodecs: [spoiler] },
      shutdownGraceTime: '100ms',
      shutdownForceTime: '10s',
      maxHeartbeatThrottleInterval: '1s',
    };
    const workers = await Promise.all([
      Worker.create({
        ...common,
        taskQueue: TASK_QUEUES.act,
        workflowBundle: bundle,
        maxConcurrentActivityTaskExecutions: options.actSlots ?? 20,
        stickyQueueScheduleToStartTimeout: '2s',
        ...(options.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: options.maxCachedWorkflows }),
      }),
      Worker.create({ ...common, taskQueue: TASK_QUEUES.watch, maxConcurrentActivityTaskExecutions: 50 }),
    ]);
    const running = Promise.all(workers.map((worker) => worker.run()));
    return {
      address: temporal.address,
      namespace,
      client,
      bundle: bundle as WorkflowBundle,
      stores,
      foreignErrors,
      close: async () => {
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        await running;
        await Promise.all([connection.close(), native.close()]);
        await ground.guardian.release(false);
      },
    };
  } catch (error) {
    await ground.guardian.release(false);
    throw error;
  }
}
