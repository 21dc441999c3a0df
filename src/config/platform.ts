/** What a store has on Kubernetes, with defaults filled in: names and namespaces, no secret. */
import type { StoreConfig } from './sections/store.js';

/** A Deployment or StatefulSet. */
export interface NamedController {
  readonly kind: 'deployment' | 'statefulset';
  readonly name: string;
  readonly namespace: string;
}

/** A Secret or ConfigMap. */
export interface NamedSource {
  readonly kind: 'secret' | 'configmap';
  readonly name: string;
  readonly namespace: string;
}

/** What of a store lives on Kubernetes. All absent when nothing does. */
export interface StoreOnKubernetes {
  readonly workload?: NamedController;
  readonly source?: NamedSource;
  readonly trading?: NamedController;
}

/** The objects that the store's adapters read and change. */
export function onKubernetes(store: StoreConfig): StoreOnKubernetes {
  const fallback = store.kubernetes?.namespace ?? '';
  return {
    ...('kubernetes' in store.workload ? { workload: controllerOf(store.workload.kubernetes, fallback) } : {}),
    ...('kubernetes' in store.configSource ? { source: sourceOf(store.configSource.kubernetes, fallback) } : {}),
    ...('scale' in store.tradingPause ? { trading: controllerOf(store.tradingPause.scale, fallback) } : {}),
  };
}

/** Words for people: `Secret geosync-secrets in namespace geosync`, `deployment geosync-api in namespace geosync`. */
export function objectWords({ kind, name, namespace }: NamedController | NamedSource): string {
  const shown = kind === 'secret' ? 'Secret' : kind === 'configmap' ? 'ConfigMap' : kind;
  return `${shown} ${name} in namespace ${namespace}`;
}

function controllerOf(
  section: { readonly deployment?: string | undefined; readonly statefulSet?: string | undefined; readonly namespace?: string | undefined },
  fallback: string,
): NamedController {
  const namespace = section.namespace ?? fallback;
  return section.statefulSet === undefined
    ? { kind: 'deployment', name: section.deployment ?? '', namespace }
    : { kind: 'statefulset', name: section.statefulSet, namespace };
}

function sourceOf(
  section: { readonly secret?: string | undefined; readonly configMap?: string | undefined; readonly namespace?: string | undefined },
  fallback: string,
): NamedSource {
  const namespace = section.namespace ?? fallback;
  return section.configMap === undefined
    ? { kind: 'secret', name: section.secret ?? '', namespace }
    : { kind: 'configmap', name: section.configMap, namespace };
}
