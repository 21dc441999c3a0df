import type { V1Deployment, V1Secret } from '@kubernetes/client-node';
import { makeInformer } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesClients } from './clients.js';
import { asMergePatch, statusCode } from './clients.js';

/** Ends what a fault does; returns when it can do no more. */
export type EndFault = () => Promise<void>;

/** Which object. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** What a stand-in for an autoscaler does. */
export interface AutoscalerOptions {
  readonly min: number;
  /** Default 10. */
  readonly max?: number;
  /**
   * `hpa` does nothing while the Deployment is scaled to 0, as the real one; `keda` brings replicas back from 0 too. Default `hpa`.
   */
  readonly like?: 'hpa' | 'keda';
  /** How long it takes to notice; default 300 ms (the real one looks every 15 s). */
  readonly delayMs?: number;
}

/** Controllers of other people that act against a change. Each runs in the lab's own process until it is ended. */
export interface KubernetesFaults {
  /**
   * A controller that owns a Secret: from now on it writes back the data of this moment whenever they change, as External Secrets and
   * GitOps do (38 to 93 ms after the change, measured on External Secrets 0.20.4). `marked` (default true) also puts the label and the
   * annotation of External Secrets on it, by which an owner is recognised; they go when the fault ends.
   */
  revertSecret(secret: Named, options?: { readonly marked?: boolean }): Promise<EndFault>;
  /** An autoscaler with its object in the cluster: a HorizontalPodAutoscaler, named and labelled as KEDA does for `keda`. */
  autoscale(deployment: Named, options: AutoscalerOptions): Promise<EndFault>;
}

const RETRY_MS = 300;
const HPA_DELAY_MS = 300;
const DEFAULT_MAX = 10;
const OWNER_MARKS = {
  labels: { 'reconcile.external-secrets.io/managed': 'true', 'reconcile.external-secrets.io/created-by': 'lab' },
  annotations: { 'reconcile.external-secrets.io/data-hash': 'lab' },
} as const;
const OWNER_FIELD_MANAGER = 'externalsecrets.external-secrets.io/lab';

/** A merge patch that takes the marks away. */
function without(marks: Readonly<Record<string, Readonly<Record<string, string>>>>): object {
  const nulls = (of: Readonly<Record<string, string>>) => Object.fromEntries(Object.keys(of).map((key) => [key, null]));
  return Object.fromEntries(Object.entries(marks).map(([group, of]) => [group, nulls(of)]));
}

/** Calls `see` for one object at each change of it until the returned function is called. */
async function follow<Item extends V1Secret | V1Deployment>(
  clients: KubernetesClients,
  path: string,
  list: () => Promise<{ items: Item[]; metadata?: { resourceVersion?: string } }>,
  name: string,
  see: (item: Item) => Promise<void>,
): Promise<EndFault> {
  let ended = false;
  let acting: Promise<unknown> = Promise.resolve();
  const informer = makeInformer<Item>(clients.config, path, list as never);
  const act = (item: Item): void => {
    if (item.metadata?.name !== name) return;
    // One after the other; a failed attempt (API server away, object gone) is followed by the next change.
    acting = acting.then(() => (ended ? undefined : see(item))).catch(() => undefined);
  };
  informer.on('add', act);
  informer.on('update', act);
  informer.on('error', () => {
    void sleep(RETRY_MS).then(() => (ended ? undefined : informer.start().catch(() => undefined)));
  });
  await informer.start();
  return async () => {
    ended = true;
    await informer.stop();
    await acting;
  };
}

async function ignoreConflict(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (statusCode(error) !== 409) throw error;
  });
}

/** The faults of one cluster. */
export function createFaults(clients: KubernetesClients): KubernetesFaults {
  const { core, apps, autoscaling } = clients;

  const revertSecret: KubernetesFaults['revertSecret'] = async ({ namespace, name }, { marked = true } = {}) => {
    const kept = (await core.readNamespacedSecret({ namespace, name })).data ?? {};
    const fieldManager = OWNER_FIELD_MANAGER;
    const patch = (body: object) => core.patchNamespacedSecret({ namespace, name, fieldManager, body }, asMergePatch);
    if (marked) await patch({ metadata: OWNER_MARKS });
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const end = await follow<V1Secret>(
      clients,
      path,
      () => core.listNamespacedSecret({ namespace }),
      name,
      async ({ data = {} }) => {
        const foreign = Object.keys(data).filter((key) => kept[key] === undefined);
        const changed = Object.keys(kept).some((key) => data[key] !== kept[key]);
        if (changed || foreign.length > 0) await patch({ data: { ...kept, ...Object.fromEntries(foreign.map((key) => [key, null])) } });
      },
    );
    return async () => {
      await end();
      if (marked) await patch({ metadata: without(OWNER_MARKS) });
    };
  };

  const autoscale: KubernetesFaults['autoscale'] = async ({ namespace, name }, options) => {
    const { min, max = DEFAULT_MAX, like = 'hpa', delayMs = HPA_DELAY_MS } = options;
    const metadata = like === 'keda' ? { name: `keda-hpa-${name}`, labels: { 'scaledobject.keda.sh/name': name } } : { name };
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
    const body = { metadata, spec: { minReplicas: min, maxReplicas: max, scaleTargetRef } };
    await ignoreConflict(autoscaling.createNamespacedHorizontalPodAutoscaler({ namespace, body }));
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const end = await follow<V1Deployment>(
      clients,
      path,
      () => apps.listNamespacedDeployment({ namespace }),
      name,
      async () => {
        await sleep(delayMs);
        const { spec } = await apps.readNamespacedDeploymentScale({ namespace, name });
        const replicas = spec?.replicas ?? 0;
        if (replicas >= min || (replicas === 0 && like === 'hpa')) return;
        await apps.patchNamespacedDeploymentScale({ namespace, name, body: { spec: { replicas: min } } }, asMergePatch);
      },
    );
    return async () => {
      await end();
      await autoscaling.deleteNamespacedHorizontalPodAutoscaler({ namespace, name: metadata.name });
    };
  };

  return { revertSecret, autoscale };
}
