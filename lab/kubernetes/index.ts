import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { loadAllYaml } from '@kubernetes/client-node';
import type { Ground } from '../postgres/index.js';
import type { KubernetesClients } from './clients.js';
import { createClients, statusCode, writeKubeconfig } from './clients.js';
import { API_SERVER_HOST, startControlPlane } from './control-plane.js';
import { createCredentials } from './credentials.js';
import type { KubernetesFaults } from './faults.js';
import { createFaults } from './faults.js';
import type { Kubelet } from './kubelet.js';
import { KUBELET_HOST, startKubelet } from './kubelet.js';
import type { KubeletOptions } from './kubelet.js';
import { kubernetesPrograms } from './programs.js';
import type { Server } from './server.js';

export { applicationOnKubernetes, pairDatabase } from './application.js';
export type { ApplicationPod, KubernetesApplication } from './application.js';
export { asMergePatch } from './clients.js';
export type { KubernetesClients } from './clients.js';
export type { KubernetesFaults } from './faults.js';
export type { Kubelet } from './kubelet.js';
export type { Server } from './server.js';

/** What to put into a cluster. */
export interface KubernetesOptions {
  readonly kubelet?: KubeletOptions;
  readonly onProgress?: (line: string) => void;
}

/** A running cluster of one node. */
export interface Kubernetes {
  readonly serverUrl: string;
  readonly caFile: string;
  readonly caPem: string;
  /** An administrator's token, for the lab's own use. */
  readonly adminTokenFile: string;
  readonly adminKubeconfig: string;
  /** Clients with an administrator's rights. */
  readonly api: KubernetesClients;
  readonly etcd: Server;
  readonly apiServer: Server;
  readonly controllerManager: Server;
  readonly kubelet: Kubelet;
  readonly faults: KubernetesFaults;
  /** Writes a kubeconfig for the holder of a token; returns its path. The token stays in its file. */
  kubeconfig(tokenFile: string): string;
  /** Asks for a token of an existing ServiceAccount and returns the path of the file that holds it (mode 0600). */
  tokenFor(namespace: string, serviceAccount: string): Promise<string>;
  /** Clients for the identity of a kubeconfig. */
  clientsFor(kubeconfigFile: string): KubernetesClients;
  /** Creates a namespace; nothing when it is there. */
  namespace(name: string): Promise<void>;
  /** Creates the objects of a YAML text, in order; `namespace` for those that name none. One that exists already is an error. */
  create(yaml: string, namespace?: string): Promise<void>;
}

const TOKEN_SECONDS = 24 * 3600;

/**
 * Starts a real API server with etcd, a controller manager and the lab's kubelet, in the folder `kubernetes` of a lab. They end with
 * the lab: there is no close of their own. Linux only: each pod has a loopback address.
 */
export async function startKubernetes(ground: Ground, options: KubernetesOptions = {}): Promise<Kubernetes> {
  const { hosts } = ground;
  const progress = options.onProgress ?? (() => undefined);
  const dir = path.join(ground.dir, 'kubernetes');
  mkdirSync(dir, { mode: 0o700 });
  const [programs, credentials] = await Promise.all([
    kubernetesPrograms({ onProgress: progress }),
    createCredentials(path.join(dir, 'pki'), hosts.place(API_SERVER_HOST), hosts.place(KUBELET_HOST)),
  ]);
  const { caFile, caPem, tokenFiles } = credentials;
  const controlPlane = await startControlPlane(ground, dir, programs, credentials);
  const { serverUrl } = controlPlane;
  progress(`Kubernetes: API server ${serverUrl}`);

  let kubeconfigs = 0;
  const kubeconfig = (tokenFile: string): string => {
    kubeconfigs += 1;
    const file = path.join(dir, `${path.basename(tokenFile)}-${kubeconfigs}.kubeconfig`);
    writeKubeconfig(file, serverUrl, caFile, tokenFile);
    return file;
  };
  const adminKubeconfig = kubeconfig(tokenFiles.admin);
  const api = createClients(adminKubeconfig);
  const kubelet = await startKubelet(ground, dir, { kubeconfigFile: kubeconfig(tokenFiles.kubelet), credentials }, options.kubelet);
  progress(`kubelet: node ${kubelet.nodeName}`);

  const tokenFor = async (namespace: string, name: string): Promise<string> => {
    const { status } = await api.core.createNamespacedServiceAccountToken({
      namespace,
      name,
      body: { spec: { audiences: [], expirationSeconds: TOKEN_SECONDS } },
    });
    if (status === undefined) throw new Error(`No token was issued for ${namespace}/${name}.`);
    const file = path.join(dir, 'pki', 'tokens', `${namespace}-${name}`);
    writeFileSync(file, status.token, { mode: 0o600 });
    return file;
  };
  const namespace = async (name: string): Promise<void> => {
    await api.core.createNamespace({ body: { metadata: { name } } }).catch((error: unknown) => {
      if (statusCode(error) !== 409) throw error;
    });
  };
  const create = async (yaml: string, within?: string): Promise<void> => {
    for (const document of loadAllYaml(yaml) as (KubernetesObject | null)[]) {
      if (document === null) continue;
      document.metadata ??= {};
      if (within !== undefined) document.metadata.namespace ??= within;
      await api.objects.create(document);
    }
  };
  return {
    serverUrl,
    caFile,
    caPem,
    adminTokenFile: tokenFiles.admin,
    adminKubeconfig,
    api,
    etcd: controlPlane.etcd,
    apiServer: controlPlane.apiServer,
    controllerManager: controlPlane.controllerManager,
    kubelet,
    faults: createFaults(api),
    kubeconfig,
    tokenFor,
    clientsFor: createClients,
    namespace,
    create,
  };
}
