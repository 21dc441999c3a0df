import type { CommonSources, CommonValues } from './config-values.js';
import { collectCommonValues } from './config-values.js';
import type { Kubernetes, KubernetesApplication } from './kubernetes/index.js';
import type { PatroniCluster } from './patroni/index.js';
import type { PatroniValues } from './patroni/values.js';
import type { LabPrometheus } from './prometheus.js';

/** The application as a configuration names it: objects of a cluster, found by name. */
export type KubernetesValues = Pick<Kubernetes, 'serverUrl' | 'caFile'> &
  Pick<
    KubernetesApplication,
    'namespace' | 'deployment' | 'secret' | 'secretKey' | 'dsnPath' | 'tradingDeployment' | 'hostHeader' | 'port'
  >;

/** Everything a Holdfast configuration of a full lab is made of: names, addresses, commands and paths of files; no secret. */
export interface FullValues extends CommonValues {
  readonly patroni: PatroniValues;
  readonly kubernetes: KubernetesValues;
  readonly prometheusUrl: string | null;
}

/** What the values are collected from. */
export interface FullSources extends CommonSources {
  readonly cluster: PatroniCluster;
  readonly kubernetes: Kubernetes;
  readonly application: KubernetesApplication;
  readonly prometheus: LabPrometheus | undefined;
}

/** Collects the values of a full lab. */
export function collectFullValues(sources: FullSources): FullValues {
  const { serverUrl, caFile } = sources.kubernetes;
  const { namespace, deployment, secret, secretKey, dsnPath, tradingDeployment, hostHeader, port } = sources.application;
  return {
    ...collectCommonValues(sources),
    patroni: sources.cluster.configValues(),
    kubernetes: { serverUrl, caFile, namespace, deployment, secret, secretKey, dsnPath, tradingDeployment, hostHeader, port },
    prometheusUrl: sources.prometheus?.url ?? null,
  };
}
