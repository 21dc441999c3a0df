import { readFileSync } from 'node:fs';
import type { BaseLab, BaseOptions, LabGround } from './base.js';
import { madeWith, onGround, processesOf } from './base.js';
import type { FullValues } from './full-values.js';
import { collectFullValues } from './full-values.js';
import type { ApplicationDatabase, KubernetesApplicationOptions } from './kubernetes/application.js';
import type { Kubernetes, KubernetesApplication } from './kubernetes/index.js';
import { applicationOnKubernetes, startKubernetes } from './kubernetes/index.js';
import type { KubeletOptions } from './kubernetes/kubelet.js';
import type { PatroniCluster, PatroniNodeName, PatroniOptions } from './patroni/index.js';
import { startPatroni } from './patroni/index.js';
import type { Ground } from './postgres/index.js';
import type { ScrapeTarget } from './prometheus-config.js';
import type { LabPrometheus } from './prometheus.js';
import { startPrometheus } from './prometheus.js';
import { startReceivers } from './receivers.js';
import type { TemporalOptions } from './temporal.js';
import { startTemporal } from './temporal.js';

export type { BaseLab } from './base.js';
export type { FullValues } from './full-values.js';
export type { ApplicationPod, Kubernetes, KubernetesApplication } from './kubernetes/index.js';
export type { PatroniCluster, PatroniNodeName } from './patroni/index.js';
export type { LabPrometheus } from './prometheus.js';

/** What to put into a full lab. */
export interface FullLabOptions extends BaseOptions {
  readonly temporalOptions?: TemporalOptions;
  readonly patroni?: PatroniOptions;
  readonly kubelet?: KubeletOptions;
  /** How the application is deployed; default three pods with a grace of 10 s. */
  readonly application?: KubernetesApplicationOptions;
  /** Prometheus, scraping the pods; default false. */
  readonly prometheus?: boolean;
}

/** A running full lab: Patroni, Kubernetes, Temporal, the application in pods, and the people who are paged. */
export interface FullLab extends BaseLab {
  readonly cluster: PatroniCluster;
  readonly kubernetes: Kubernetes;
  readonly application: KubernetesApplication;
  /** @throws when the lab was made without Prometheus. */
  readonly prometheus: LabPrometheus;
  /** A node as a database for the application, for `application.pointAt`. */
  database(node: PatroniNodeName): ApplicationDatabase;
  /** Makes Prometheus scrape the pods that run now; those it scraped before are over. */
  scrapePods(): Promise<void>;
  /** What a Holdfast configuration of this lab is made of. No secret: paths of files only. */
  configValues(): FullValues;
}

/** A pod takes one place, and keeps it until its process is gone: three that run, three that end, trading, and room. */
const PODS = 14;
const GRACE_SECONDS = 10;
const JOB = 'geosync';

/**
 * Starts a full lab: Patroni with three nodes, a Kubernetes API server with the application and `trading` as Deployments, Temporal, people,
 * and Prometheus when asked for. Side by side: about as long as the slowest of them. Linux, `npm run build` first.
 */
export function createFullLab(options: FullLabOptions = {}): Promise<FullLab> {
  return onGround('full', options, (made) => fill(made, options));
}

/** The application's database on a node; the password is escaped, and so must it stay. */
function databaseOn(ground: Ground, cluster: PatroniCluster, node: PatroniNodeName): ApplicationDatabase {
  const { place, port } = cluster.nodes[node];
  const password = encodeURIComponent(ground.secrets.values['dsn-password']);
  const dsn = `postgresql+psycopg://geosync:${password}@${place.address}:${port}/geosync?sslmode=verify-full`;
  return { dsn, caFile: cluster.pki.caFile, client: cluster.pki.client('geosync') };
}

async function podTargets(application: KubernetesApplication): Promise<readonly ScrapeTarget[]> {
  const { port, hostHeader } = application;
  return (await application.pods()).map(({ name, address }) => ({ job: JOB, instance: name, address, port, hostHeader }));
}

async function fill({ ground, network, progress }: LabGround, options: FullLabOptions): Promise<FullLab> {
  const { dir, hosts, secrets, guardian } = ground;
  const startDatabase = async (): Promise<PatroniCluster> => {
    const cluster = await startPatroni(ground, options.patroni);
    progress('Patroni: n1 leads, n2 and n3 stream');
    return cluster;
  };
  const startPlatform = (): Promise<Kubernetes> =>
    startKubernetes(ground, { kubelet: { pods: PODS, ...options.kubelet }, onProgress: progress });
  const startWorkflows = async () => {
    const started = await startTemporal(ground, options.temporalOptions);
    progress(`Temporal: ${started.address}, UI ${started.uiUrl}`);
    return started;
  };
  // All must have settled before a failure is passed on: nothing may start after the guardian has looked.
  const starting = [startDatabase(), startPlatform(), startWorkflows(), startReceivers(hosts)] as const;
  await Promise.allSettled(starting);
  const [cluster, kubernetes, temporal, receivers] = await Promise.all(starting);
  const database = (node: PatroniNodeName): ApplicationDatabase => databaseOn(ground, cluster, node);
  const application = await applicationOnKubernetes(ground, kubernetes, database('n1'), {
    graceSeconds: GRACE_SECONDS,
    ...options.application,
  });
  progress(`application: ${(await application.pods()).length} pods ready`);
  const prometheus = options.prometheus === true ? await startPrometheus(ground, { targets: await podTargets(application) }) : undefined;
  if (prometheus !== undefined) progress(`Prometheus: ${prometheus.url}`);

  const { spawn, link, closeLinks } = processesOf(ground);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([receivers.close(), temporal.relay?.close(), closeLinks()]);
    await guardian.release(options.keep === true);
  };
  return {
    dir,
    hosts,
    get network() {
      return madeWith(network, 'network namespaces');
    },
    temporal,
    secrets,
    canaries: [...Object.values(secrets.values), readFileSync(kubernetes.adminTokenFile, 'utf8')],
    receivers,
    cluster,
    kubernetes,
    application,
    get prometheus() {
      return madeWith(prometheus, 'Prometheus');
    },
    database,
    scrapePods: async () => madeWith(prometheus, 'Prometheus').setTargets(await podTargets(application)),
    spawn,
    link,
    configValues: () => collectFullValues({ dir, hosts, secrets, receivers, temporal, cluster, kubernetes, application, prometheus }),
    close: () => (closing ??= close()),
  };
}
