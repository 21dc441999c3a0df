import { writeFileSync } from 'node:fs';
import {
  AppsV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
} from '@kubernetes/client-node';

/** Clients of the lab's own, with an administrator's rights. */
export interface KubernetesClients {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly rbac: RbacAuthorizationV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly custom: CustomObjectsApi;
  /** Objects of any kind, say from a YAML file. */
  readonly objects: KubernetesObjectApi;
}

/** The second argument of a typed patch call that makes its body a merge patch; without it the client announces a JSON patch. */
export const asMergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** Writes a kubeconfig that holds paths of files only: no token lies in it. */
export function writeKubeconfig(file: string, serverUrl: string, caFile: string, tokenFile: string): void {
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: serverUrl, 'certificate-authority': caFile } }],
    // `tokenFile` is what kubectl and client-go know; the JavaScript client 1.4.0 reads `token-file` and nothing else.
    users: [{ name: 'lab', user: { tokenFile, 'token-file': tokenFile } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  };
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
}

/** Clients for the identity of a kubeconfig. */
export function createClients(kubeconfigFile: string): KubernetesClients {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    rbac: config.makeApiClient(RbacAuthorizationV1Api),
    autoscaling: config.makeApiClient(AutoscalingV2Api),
    custom: config.makeApiClient(CustomObjectsApi),
    objects: KubernetesObjectApi.makeApiClient(config),
  };
}

/** The status code of an answer that the client made an error of; undefined when there was no answer. */
export function statusCode(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/**
 * What may be told of a failed call. The client's own message carries the answer's body, and that of a refused Secret carries the
 * whole Secret.
 */
export function failureWords(error: unknown): string {
  const { code, name } = error as { code?: number | string; name?: string };
  return code === undefined ? (name ?? 'Error') : `${code}`;
}
