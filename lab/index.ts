import os from 'node:os';
import path from 'node:path';
import type { ApplicationBehaviour } from './application/behaviour.js';
import type { ConfigValues } from './config-values.js';
import { collectConfigValues } from './config-values.js';
import { labEnvironment } from './environment.js';
import type { Faults } from './faults.js';
import { createFaults } from './faults.js';
import type { Hosts } from './hosts.js';
import type { Application, Instance } from './instances.js';
import { prepareApplication } from './instances.js';
import type { NetworkHosts, NetworkOptions } from './network/index.js';
import { createNetworkHosts } from './network/index.js';
import type { Ground } from './postgres/index.js';
import { breakGround, breakGroundWith, startPair } from './postgres/index.js';
import type { Pair } from './postgres/pair.js';
import type { RowOption } from './postgres/schema.js';
import type { Link } from './link.js';
import { createLink } from './link.js';
import type { LabProcess } from './process.js';
import { launch } from './process.js';
import type { Receivers } from './receivers.js';
import { startReceivers } from './receivers.js';
import type { Secrets } from './secrets.js';
import type { LabTemporal, TemporalOptions } from './temporal.js';
import { startTemporal } from './temporal.js';
import type { Trading } from './trading.js';
import { startTrading } from './trading.js';

export type { ApplicationBehaviour } from './application/behaviour.js';
export type { ConfigValues } from './config-values.js';
export type { Faults } from './faults.js';
export type { Hosts, Place } from './hosts.js';
export type { Application, Instance } from './instances.js';
export type { Link, LinkMode } from './link.js';
export type { NetworkHosts, NetworkOptions } from './network/index.js';
export type { NodeName } from './postgres/node.js';
export type { Pair } from './postgres/pair.js';
export type { RowOption } from './postgres/schema.js';
export type { LabProcess } from './process.js';
export type { Delivery, Receivers } from './receivers.js';
export type { Secrets } from './secrets.js';
export type { LabTemporal } from './temporal.js';
export type { Trading, TradingState } from './trading.js';
export { program } from './program.js';

/** What to put into a lab. */
export interface LabOptions {
  /** Parent folder; default the system's temporary folder. Every folder above must be enterable by others when the lab runs as root. */
  readonly root?: string;
  readonly name?: string;
  /** Hosts as network namespaces, which can be cut off: Linux, as root. Default: loopback addresses. */
  readonly network?: NetworkOptions;
  /** Leaves the folder (logs, data) behind. */
  readonly keep?: boolean;
  /** Default true; `'none'` and false start no Temporal. */
  readonly temporal?: boolean | 'none';
  readonly temporalOptions?: TemporalOptions;
  /** Processes of the application; default 3. */
  readonly instances?: number;
  readonly application?: Partial<ApplicationBehaviour>;
  /** Default: disengaged and fresh. A row that the application rejects at boot needs `startApplication: false`. */
  readonly row?: RowOption | 'missing' | 'no-table';
  /** Default true. */
  readonly startApplication?: boolean;
  /** Form of the DSN in the env file, and the one the application reads; default `json`. */
  readonly dsnForm?: 'json' | 'keys';
  readonly synchronous?: boolean;
  readonly onProgress?: (line: string) => void;
  /** Called with the folder when the lab could not be started, before the folder is removed: the last chance to copy logs. */
  readonly onFailedStart?: (dir: string) => void;
}

/** How a process is put into the lab. */
export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly endSignal?: 'TERM' | 'KILL';
}

/** A running lab. */
export interface Lab {
  readonly dir: string;
  readonly hosts: Hosts;
  /** The hosts with their faults: cut, heal, drop. @throws when the lab was made without `network`. */
  readonly network: NetworkHosts;
  /** @throws when the lab was made without Temporal. */
  readonly temporal: LabTemporal;
  readonly pair: Pair;
  readonly secrets: Secrets;
  /** Every secret's value, for a search for leaks. */
  readonly canaries: readonly string[];
  readonly application: Application;
  readonly instances: readonly Instance[];
  readonly receivers: Receivers;
  readonly trading: Trading;
  readonly faults: Faults;
  /** Starts a process on a named host: registered with the guardian, output to `<dir>/logs/<name>.log`, its address in LAB_HOST_ADDRESS. */
  spawn(name: string, host: string, command: string, args: readonly string[], options?: SpawnOptions): LabProcess;
  /** A way to a server on a named host that can be cut, delayed or reset for those who use it. */
  link(host: string, targetPort: number): Promise<Link>;
  /** What a Holdfast configuration of this lab is made of. No secret: paths of files only. */
  configValues(): ConfigValues;
  /** Ends everything the lab started and removes its folder. May be called twice. */
  close(): Promise<void>;
}

const DEFAULT_INSTANCES = 3;

/** Starts a lab. Whatever goes wrong or whoever is killed: what it started is ended, by the guardian if need be. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const startedAtMs = performance.now();
  const progress = (line: string): void => options.onProgress?.(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s  ${line}`);
  const name = options.name ?? 'lab';
  const { network } = options;
  const networkGround =
    network === undefined ? undefined : await breakGroundWith(name, options.root ?? os.tmpdir(), (dir) => createNetworkHosts(dir, network));
  const ground = networkGround ?? (await breakGround(name, options.root));
  progress(`lab in ${ground.dir}`);
  try {
    return await fill(ground, networkGround?.hosts, options, progress);
  } catch (error) {
    options.onFailedStart?.(ground.dir);
    await ground.guardian.release(options.keep === true);
    throw error;
  }
}

async function fill(
  ground: Ground,
  network: NetworkHosts | undefined,
  options: LabOptions,
  progress: (line: string) => void,
): Promise<Lab> {
  const { dir, hosts, secrets, guardian } = ground;
  const withTemporal = options.temporal !== 'none' && options.temporal !== false;
  const startDatabase = async (): Promise<{ readonly pair: Pair; readonly application: Application }> => {
    const pair = await startPair(ground, {
      ...(options.row === undefined ? {} : { row: options.row }),
      synchronous: options.synchronous === true,
    });
    progress('PostgreSQL: primary a, standby b, streaming');
    const application = await prepareApplication(ground, pair, {
      count: options.instances ?? DEFAULT_INSTANCES,
      behaviour: options.application ?? {},
      dsnForm: options.dsnForm ?? 'json',
    });
    if (options.startApplication !== false) {
      await Promise.all(application.instances.map((instance) => instance.start()));
      progress(`application: ${application.instances.length} instances ready`);
    }
    return { pair, application };
  };
  const startWorkflows = async (): Promise<LabTemporal | undefined> => {
    if (!withTemporal) return undefined;
    const started = await startTemporal(ground, options.temporalOptions);
    progress(`Temporal: ${started.address}, UI ${started.uiUrl}`);
    return started;
  };
  // All must have settled before a failure is passed on: nothing may start after the guardian has looked.
  const starting = [
    startDatabase(),
    startWorkflows(),
    startReceivers(hosts),
    startTrading(hosts, secrets.values['trading-token']),
  ] as const;
  await Promise.allSettled(starting);
  const [{ pair, application }, temporal, receivers, trading] = await Promise.all(starting);

  const requireTemporal = (): LabTemporal => {
    if (temporal === undefined) throw new Error('This lab was made without Temporal.');
    return temporal;
  };
  const requireNetwork = (): NetworkHosts => {
    if (network === undefined) throw new Error('This lab was made without network namespaces.');
    return network;
  };
  const { instances } = application;
  const links: Link[] = [];
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([receivers.close(), trading.close(), temporal?.relay?.close(), ...links.map((link) => link.close())]);
    await guardian.release(options.keep === true);
  };
  return {
    dir,
    hosts,
    get network() {
      return requireNetwork();
    },
    pair,
    secrets,
    application,
    instances,
    receivers,
    trading,
    get temporal() {
      return requireTemporal();
    },
    canaries: Object.values(secrets.values),
    faults: createFaults({ pair, instances, trading, receivers, temporal: requireTemporal }),
    spawn: (name, host, command, args, { env = {}, cwd = process.cwd(), endSignal = 'TERM' } = {}) =>
      launch(guardian.journalFile, {
        name,
        host: hosts.place(host),
        command,
        args,
        cwd,
        endSignal,
        logFile: path.join(dir, 'logs', `${name}.log`),
        env: labEnvironment(dir, { LAB_HOST_ADDRESS: hosts.place(host).address, ...env }),
      }),
    link: async (host, targetPort) => {
      const link = await createLink(hosts, host, targetPort);
      links.push(link);
      return link;
    },
    configValues: () => collectConfigValues({ dir, hosts, pair, secrets, application, receivers, trading, temporal }),
    close: () => (closing ??= close()),
  };
}
