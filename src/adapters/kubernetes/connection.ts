import { readFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { HoldfastError } from '../../domain/errors.js';
import { resolveSecret } from '../shared/secrets.js';
import type { SecretRef } from '../shared/secrets.js';

/**
 * How the API server is reached: a kubeconfig file, or its address with references to CA and token, or (`inCluster`) the ServiceAccount of
 * the pod that Holdfast itself runs in.
 */
export type KubernetesAccess =
  | { readonly kubeconfig: string; readonly context?: string }
  | { readonly server: string; readonly ca: SecretRef; readonly token: SecretRef }
  | { readonly inCluster: true };

/** Access, and what bounds every call. */
export interface KubernetesConnection {
  readonly access: KubernetesAccess;
  /** Longest time one call may take, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * The client's configuration, read anew: rotated tokens and certificates are used at once, and no secret outlives the call that needed it.
 * Errors: HF_SECRET_UNRESOLVED, HF_CONFIG_INVALID; they name files and references, never content.
 */
export async function loadKubeConfig(access: KubernetesAccess): Promise<KubeConfig> {
  const config = new KubeConfig();
  if ('kubeconfig' in access) {
    const text = await readText(access.kubeconfig);
    try {
      config.loadFromString(text);
      config.makePathsAbsolute(access.kubeconfig.slice(0, access.kubeconfig.lastIndexOf('/')));
    } catch {
      // The parser's own message quotes the text, which may hold a token.
      throw new HoldfastError('HF_CONFIG_INVALID', `${access.kubeconfig} is no kubeconfig.`, { file: access.kubeconfig });
    }
    if (access.context !== undefined) config.setCurrentContext(access.context);
    if (config.getCurrentCluster() === null) {
      throw new HoldfastError('HF_CONFIG_INVALID', `${access.kubeconfig} has no cluster for the context ${config.getCurrentContext()}.`, {
        file: access.kubeconfig,
      });
    }
    return config;
  }
  if ('server' in access) {
    const [ca, token] = await Promise.all([resolveSecret(access.ca), resolveSecret(access.token)]);
    config.loadFromClusterAndUser(
      { name: 'configured', server: access.server, caData: Buffer.from(ca).toString('base64'), skipTLSVerify: false },
      { name: 'configured', token: token.trim() },
    );
    return config;
  }
  if (process.env['KUBERNETES_SERVICE_HOST'] === undefined) {
    throw new HoldfastError(
      'HF_CONFIG_INVALID',
      'This process does not run in a Kubernetes pod: give `kubeconfig`, or `server`, `ca` and `token`.',
      {
        variable: 'KUBERNETES_SERVICE_HOST',
      },
    );
  }
  config.loadFromCluster();
  return config;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new HoldfastError('HF_SECRET_UNRESOLVED', `${file}: the file cannot be read (${why}).`, { reference: file, why });
  }
}
