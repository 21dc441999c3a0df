import { HoldfastError } from '../../domain/errors.js';
import { isObject, stringIn } from '../shared/json.js';
import { isMissing } from './api-failure.js';
import type { KubernetesSession } from './client.js';
import type { ControllerRef } from './controller.js';

/** Label of an autoscaler that KEDA made: the name of its ScaledObject. */
const KEDA_LABEL = 'scaledobject.keda.sh/name';

/** Something that sets the replicas of a workload by itself. */
export interface Scaler {
  readonly kind: 'hpa' | 'keda';
  readonly name: string;
  /** Fewest replicas it keeps. */
  readonly min: number;
}

/** A PodDisruptionBudget, with the labels it is about. */
export interface Budget {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly allowed: number;
}

/** What was found, or why it could not be looked for. */
export type Seen<T> = { readonly found: readonly T[]; readonly unseen?: string };

/** Autoscalers that target the workload: HorizontalPodAutoscalers, and KEDA's ScaledObjects where KEDA is installed. */
export async function readScalers(session: KubernetesSession, ref: ControllerRef): Promise<Seen<Scaler>> {
  const { namespace } = ref;
  const [hpas, scaled] = await Promise.all([
    seen(async () => {
      const list = await session.call(
        { verb: 'list', resource: 'horizontalpodautoscalers', namespace, effect: false },
        ({ autoscaling }, options) => autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace }, options),
      );
      return list.items
        .filter(({ spec }) => spec !== undefined && targets(spec.scaleTargetRef, ref))
        .map(({ metadata, spec }): Scaler => {
          // KEDA makes an autoscaler of its own; it carries the name of its ScaledObject, which brings replicas back from 0.
          const scaledObject = metadata?.labels?.[KEDA_LABEL];
          const min = spec?.minReplicas ?? 1;
          return scaledObject === undefined ? { kind: 'hpa', name: metadata?.name ?? '', min } : { kind: 'keda', name: scaledObject, min };
        });
    }),
    seen(async () => {
      const request = { group: 'keda.sh', version: 'v1alpha1', namespace, plural: 'scaledobjects' };
      const list: unknown = await session.call(
        { verb: 'list', resource: 'scaledobjects', namespace, effect: false },
        ({ custom }, options) => custom.listNamespacedCustomObject(request, options),
      );
      return scaledObjects(list, ref);
    }),
  ]);
  const unseen = [hpas.unseen, scaled.unseen].filter((why) => why !== undefined).join('; ');
  const found = [
    ...scaled.found,
    ...hpas.found.filter((hpa) => !scaled.found.some((keda) => keda.kind === hpa.kind && keda.name === hpa.name)),
  ];
  return { found, ...(unseen === '' ? {} : { unseen }) };
}

/** PodDisruptionBudgets of the namespace. */
export async function readBudgets(session: KubernetesSession, namespace: string): Promise<Seen<Budget>> {
  return seen(async () => {
    const list = await session.call({ verb: 'list', resource: 'poddisruptionbudgets', namespace, effect: false }, ({ policy }, options) =>
      policy.listNamespacedPodDisruptionBudget({ namespace }, options),
    );
    return list.items.map(({ metadata, spec, status }) => ({
      name: metadata?.name ?? '',
      labels: spec?.selector?.matchLabels ?? {},
      allowed: status?.disruptionsAllowed ?? 0,
    }));
  });
}

/** ScaledObjects that target the workload. Their replicas come back from 0 as well, unless they are paused. Pure. */
export function scaledObjects(list: unknown, ref: ControllerRef): readonly Scaler[] {
  const items = isObject(list) && Array.isArray(list['items']) ? list['items'].filter(isObject) : [];
  return items.flatMap((item): readonly Scaler[] => {
    const metadata = isObject(item['metadata']) ? item['metadata'] : {};
    const spec = isObject(item['spec']) ? item['spec'] : {};
    const target = isObject(spec['scaleTargetRef']) ? spec['scaleTargetRef'] : {};
    if (!targets({ kind: stringIn(target, 'kind') ?? 'Deployment', name: stringIn(target, 'name') ?? '' }, ref)) return [];
    const min = spec['minReplicaCount'];
    return [{ kind: 'keda', name: stringIn(metadata, 'name') ?? '', min: typeof min === 'number' ? min : 0 }];
  });
}

function targets(target: { readonly kind: string; readonly name: string }, ref: ControllerRef): boolean {
  return target.kind.toLowerCase() === ref.kind && target.name === ref.name;
}

/** An API group that is not installed has no objects; a missing right is said. */
async function seen<T>(look: () => Promise<readonly T[]>): Promise<Seen<T>> {
  try {
    return { found: await look() };
  } catch (error) {
    if (isMissing(error)) return { found: [] };
    if (error instanceof HoldfastError && error.code === 'HF_KUBERNETES_FORBIDDEN') return { found: [], unseen: error.message };
    throw error;
  }
}
