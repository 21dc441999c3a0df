import path from 'node:path';
import type { Hosts } from './hosts.js';
import type { Application } from './instances.js';
import type { CertificateFiles } from './postgres/pki.js';
import type { Pair } from './postgres/pair.js';
import { postgresControlFile } from './scripts/service-scripts.js';
import type { Secrets } from './secrets.js';
import type { Receivers } from './receivers.js';
import type { LabTemporal } from './temporal.js';
import type { Trading } from './trading.js';

/** A program with its arguments. */
export type Command = readonly string[];

/** One database node, as a configuration names it. */
export interface NodeValues {
  readonly name: string;
  readonly hostName: string;
  readonly host: string;
  readonly port: number;
  /** Service control on the node's host; stop, disable and status are what a fence of class H needs. */
  readonly service: Readonly<Record<'start' | 'stop' | 'disable' | 'enable' | 'status', Command>>;
}

/** One instance of the application, as a configuration names it. */
export interface InstanceValues {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly healthUrl: string;
  readonly adminUrl: string;
  readonly metricsUrl: string;
  readonly hostHeader: string;
  readonly commands: Readonly<Record<'start' | 'stop' | 'kill' | 'status', Command>>;
}

/** What a configuration needs to know of any lab, whatever databases and applications run in it. */
export interface CommonValues {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl: string } | null;
  readonly hosts: Readonly<Record<'worker' | 'gateway', string>>;
  readonly admin: {
    readonly method: 'GET';
    /** A token whose role may only read. */
    readonly tokenFile: string;
    /** A person's token: may engage and reset. */
    readonly officerTokenFile: string;
    readonly otpSeedFile: string;
    readonly clientCertificateFile: string;
  };
  readonly receivers: Readonly<Record<'onCall' | 'risk' | 'operations' | 'chat', string>>;
  readonly webhookSecretFile: string;
  readonly alertTokenFile: string;
  /** An empty folder for evidence. */
  readonly archiveDir: string;
}

/** Everything a Holdfast configuration of a lab is made of: names, addresses, commands and paths of files; no secret. */
export interface ConfigValues extends CommonValues {
  readonly database: {
    readonly name: 'geosync';
    readonly schema: 'public';
    readonly table: 'kill_switch_state';
    readonly caFile: string;
    readonly nodes: readonly NodeValues[];
    readonly preferredPrimary: 'a';
    /** Logins by client certificate. The application's DSN carries a password besides. */
    readonly roles: Readonly<Record<'application' | 'orchestrator' | 'owner', { readonly user: string } & CertificateFiles>>;
    readonly applicationName: 'geosync-kill-switch';
  };
  readonly application: {
    readonly envFile: string;
    readonly dsnForm: 'json' | 'keys';
    /** Key in the env file; with form json the DSN is at `dsnPath` inside the JSON document. */
    readonly dsnKey: string;
    readonly dsnPath: string | null;
    readonly instances: readonly InstanceValues[];
  };
  readonly trading: {
    readonly pauseUrl: string;
    readonly resumeUrl: string;
    readonly stateUrl: string;
    readonly tokenFile: string;
    readonly restingOrders: 'left';
  };
}

/** What the values of any lab are collected from. */
export interface CommonSources {
  readonly dir: string;
  readonly hosts: Hosts;
  readonly secrets: Secrets;
  readonly receivers: Receivers;
  readonly temporal: LabTemporal | undefined;
}

/** What the values are collected from. */
export interface ConfigSources extends CommonSources {
  readonly pair: Pair;
  readonly application: Application;
  readonly trading: Trading;
}

/** Collects what does not depend on the databases and the application. */
export function collectCommonValues({ dir, hosts, secrets, receivers, temporal }: CommonSources): CommonValues {
  const { files } = secrets;
  return {
    temporal: temporal === undefined ? null : { address: temporal.address, namespace: temporal.namespace, uiUrl: temporal.uiUrl },
    hosts: { worker: hosts.place('worker').address, gateway: hosts.place('gateway').address },
    admin: {
      method: 'GET',
      tokenFile: files['admin-token'],
      officerTokenFile: files['admin-token-officer'],
      otpSeedFile: files['admin-otp-seed'],
      clientCertificateFile: files['admin-client-certificate'],
    },
    receivers: {
      onCall: receivers.url('on-call'),
      risk: receivers.url('risk'),
      operations: receivers.url('operations'),
      chat: receivers.url('chat'),
    },
    webhookSecretFile: files['webhook-secret'],
    alertTokenFile: files['alert-token'],
    archiveDir: path.join(dir, 'archive'),
  };
}

/** Collects the values of a lab. */
export function collectConfigValues(sources: ConfigSources): ConfigValues {
  const { dir, pair, secrets, application, trading } = sources;
  const { pki } = pair.context;
  const { files } = secrets;
  const service = (node: string, verb: string): Command => [postgresControlFile(dir, node), verb];
  const { dsnForm } = application;
  return {
    ...collectCommonValues(sources),
    database: {
      name: 'geosync',
      schema: 'public',
      table: 'kill_switch_state',
      caFile: pki.caFile,
      preferredPrimary: 'a',
      applicationName: 'geosync-kill-switch',
      nodes: Object.values(pair.nodes).map(({ name, place, port }) => ({
        name,
        hostName: place.name,
        host: place.address,
        port,
        service: {
          start: service(name, 'start'),
          stop: service(name, 'stop'),
          disable: service(name, 'disable'),
          enable: service(name, 'enable'),
          status: service(name, 'status'),
        },
      })),
      roles: {
        application: { user: 'geosync', ...pki.client('geosync') },
        orchestrator: { user: 'holdfast', ...pki.client('holdfast') },
        owner: { user: 'holdfast_owner', ...pki.client('holdfast_owner') },
      },
    },
    application: {
      envFile: application.envFile,
      dsnForm,
      dsnKey: dsnForm === 'json' ? 'GEOSYNC_KILL_SWITCH_POSTGRES' : 'GEOSYNC_KILL_SWITCH_POSTGRES__DSN',
      dsnPath: dsnForm === 'json' ? 'dsn' : null,
      instances: application.instances.map(({ name, address, port, healthUrl, adminUrl, metricsUrl, hostHeader, commands }) => ({
        name,
        address,
        port,
        healthUrl,
        adminUrl,
        metricsUrl,
        hostHeader,
        commands,
      })),
    },
    trading: {
      pauseUrl: trading.pauseUrl,
      resumeUrl: trading.resumeUrl,
      stateUrl: trading.stateUrl,
      tokenFile: files['trading-token'],
      restingOrders: 'left',
    },
  };
}
