import type { CoreV1Api } from '@kubernetes/client-node';
import { statusCode } from '../clients.js';

/** Secrets and ConfigMaps of one namespace as text, read once for one start of a container. */
export interface PodSources {
  /** @throws `secret "x" not found`, in a kubelet's words, unless it is optional. */
  secret(name: string, optional: boolean): Promise<Readonly<Record<string, string>>>;
  /** @throws `configmap "x" not found` unless it is optional. */
  configMap(name: string, optional: boolean): Promise<Readonly<Record<string, string>>>;
}

/** Sources that ask the API server. */
export function createPodSources(core: CoreV1Api, namespace: string): PodSources {
  const known = new Map<string, Readonly<Record<string, string>>>();
  const read = async (
    kind: 'secret' | 'configmap',
    name: string,
    optional: boolean,
    ask: () => Promise<Readonly<Record<string, string>>>,
  ): Promise<Readonly<Record<string, string>>> => {
    const before = known.get(`${kind}/${name}`);
    if (before !== undefined) return before;
    try {
      const data = await ask();
      known.set(`${kind}/${name}`, data);
      return data;
    } catch (error) {
      if (statusCode(error) !== 404) throw error;
      if (optional) return {};
      throw new Error(`${kind} "${name}" not found`, { cause: error });
    }
  };
  return {
    secret: (name, optional) =>
      read('secret', name, optional, async () => {
        const { data = {} } = await core.readNamespacedSecret({ name, namespace });
        return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
      }),
    configMap: (name, optional) =>
      read('configmap', name, optional, async () => (await core.readNamespacedConfigMap({ name, namespace })).data ?? {}),
  };
}
