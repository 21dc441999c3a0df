import type { CommonSources, CommonValues } from './config-values.js';
import { collectCommonValues } from './config-values.js';
import type { Kubernetes, KubernetesApplication } from './kubernetes/index.js';
import type { PatroniCluster } from './patroni/index.js';
import type { PatroniValues } from './patroni/values.js';
import type { LabPrometheus } from './prometheus.js';

/** The application as a configuration names it: objects of a cluster, found by name. */
export interface KubernetesValues {
  readonly serverUrl: string;
  readonly caFile: string;
  readonly namespace: string;
  readonly deployment: string;
  readonly secret: string;
  readonly secretKey: string;
  /** Path of the DSN inside the key's JSON document; null: the value is the DSN. */
  readonly dsnPath: string | null;
  /** Deployment that trades; scaling it to 0 pauses trading. */
  readonly tradingDeployment: string;
  readonly hostHeader: string;
  /** Port of every pod, at the pod's own address. */
  readonly port: number;
}

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
