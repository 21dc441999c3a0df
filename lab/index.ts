import type { ApplicationBehaviour } from './application/behaviour.js';
import type { BaseLab, BaseOptions, LabGround } from './base.js';
import { madeWith, onGround, processesOf } from './base.js';
import type { ConfigValues } from './config-values.js';
import { collectConfigValues } from './config-values.js';
import type { Faults } from './faults.js';
import { createFaults } from './faults.js';
import type { Application, Instance } from './instances.js';
import { prepareApplication } from './instances.js';
import { startPair } from './postgres/index.js';
import type { Pair } from './postgres/pair.js';
import type { RowOption } from './postgres/schema.js';
import { startReceivers } from './receivers.js';
import type { LabTemporal, TemporalOptions } from './temporal.js';
import { startTemporal } from './temporal.js';
import type { Trading } from './trading.js';
import { startTrading } from './trading.js';

export type { ApplicationBehaviour } from './application/behaviour.js';
export type { BaseLab, BaseOptions, SpawnOptions } from './base.js';
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
export interface LabOptions extends BaseOptions {
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
}

/** A running lab. */
export interface Lab extends BaseLab {
  readonly pair: Pair;
  readonly application: Application;
  readonly instances: readonly Instance[];
  readonly trading: Trading;
  readonly faults: Faults;
  /** What a Holdfast configuration of this lab is made of. No secret: paths of files only. */
  configValues(): ConfigValues;
}

const DEFAULT_INSTANCES = 3;

/** Starts a lab. Whatever goes wrong or whoever is killed: what it started is ended, by the guardian if need be. */
export function createLab(options: LabOptions = {}): Promise<Lab> {
  return onGround('lab', options, (made) => fill(made, options));
}

async function fill({ ground, network, progress }: LabGround, options: LabOptions): Promise<Lab> {
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

  const requireTemporal = (): LabTemporal => madeWith(temporal, 'Temporal');
  const { instances } = application;
  const { spawn, link, closeLinks } = processesOf(ground);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([receivers.close(), trading.close(), temporal?.relay?.close(), closeLinks()]);
    await guardian.release(options.keep === true);
  };
  return {
    dir,
    hosts,
    get network() {
      return madeWith(network, 'network namespaces');
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
    spawn,
    link,
    configValues: () => collectConfigValues({ dir, hosts, pair, secrets, application, receivers, trading, temporal }),
    close: () => (closing ??= close()),
  };
}
