import type { V1Deployment, V1LabelSelector, V1ManagedFieldsEntry, V1PodTemplateSpec, V1StatefulSet } from '@kubernetes/client-node';
import { HoldfastError } from '../../domain/errors.js';
import { asMergePatch, FIELD_MANAGER } from './client.js';
import type { ApiOptions, Apis, KubernetesSession } from './client.js';

/** The object that keeps the pods. */
export interface ControllerRef {
  readonly kind: 'deployment' | 'statefulset';
  readonly name: string;
  readonly namespace: string;
}

/** A condition of a Deployment. */
export interface ControllerCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A Deployment or StatefulSet, as far as the adapters need it. Absent counters of its status are 0. */
export interface Controller {
  readonly ref: ControllerRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Replicas that are asked for; absent means 1. */
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Label selector of its pods, as a query. */
  readonly selector: string;
  readonly template: V1PodTemplateSpec;
  readonly status: {
    readonly replicas: number;
    readonly updated: number;
    readonly ready: number;
    readonly available: number;
    /** StatefulSet: the revision that new pods get. */
    readonly updateRevision?: string;
  };
  readonly conditions: readonly ControllerCondition[];
  readonly paused: boolean;
  readonly minReadySeconds: number;
  readonly progressDeadlineSeconds?: number;
  /** Deployment: RollingUpdate or Recreate. StatefulSet: RollingUpdate or OnDelete. */
  readonly strategy: string;
  readonly managedFields: readonly V1ManagedFieldsEntry[];
}

/** Words for people: `deployment geosync-api in namespace geosync`. */
export function refWords({ kind, name, namespace }: ControllerRef): string {
  return `${kind} ${name} in namespace ${namespace}`;
}

/** Reads the object. Errors: as of a call; HF_COMMAND_FAILED when it does not exist. */
export async function readController(session: KubernetesSession, ref: ControllerRef): Promise<Controller> {
  const { name, namespace } = ref;
  return session.call({ verb: 'get', resource: `${ref.kind}s`, namespace, name, effect: false }, async ({ apps }, options) =>
    ref.kind === 'deployment'
      ? controllerOf(ref, await apps.readNamespacedDeployment({ name, namespace }, options))
      : controllerOf(ref, await apps.readNamespacedStatefulSet({ name, namespace }, options)),
  );
}

/** Merge-patches the object. With `metadata.resourceVersion` in the body it is a compare-and-set: HF_CONFLICT when it changed. */
export async function patchController(session: KubernetesSession, ref: ControllerRef, body: object): Promise<Controller> {
  const { name, namespace } = ref;
  return session.call({ verb: 'patch', resource: `${ref.kind}s`, namespace, name, effect: true }, async ({ apps }, options) => {
    return controllerOf(ref, await patched(apps, { name, namespace, body, fieldManager: FIELD_MANAGER }, ref, asMergePatch(options)));
  });
}

async function patched(
  apps: Apis['apps'],
  request: { name: string; namespace: string; body: object; fieldManager: string },
  ref: ControllerRef,
  options: ApiOptions,
): Promise<V1Deployment | V1StatefulSet> {
  return ref.kind === 'deployment' ? apps.patchNamespacedDeployment(request, options) : apps.patchNamespacedStatefulSet(request, options);
}

/** The object in the adapters' terms. */
export function controllerOf(ref: ControllerRef, object: V1Deployment | V1StatefulSet): Controller {
  const { metadata, spec, status } = object;
  if (metadata === undefined || spec === undefined) {
    throw new HoldfastError('HF_COMMAND_FAILED', `${refWords(ref)}: the API server’s answer is no such object.`, { target: ref.name });
  }
  const updateRevision = status !== undefined && 'updateRevision' in status ? status.updateRevision : undefined;
  const progressDeadlineSeconds = 'progressDeadlineSeconds' in spec ? spec.progressDeadlineSeconds : undefined;
  const strategy = 'updateStrategy' in spec ? spec.updateStrategy?.type : 'strategy' in spec ? spec.strategy?.type : undefined;
  return {
    ref,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    replicas: spec.replicas ?? 1,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    selector: selectorText(spec.selector),
    template: spec.template,
    status: {
      replicas: status?.replicas ?? 0,
      updated: status?.updatedReplicas ?? 0,
      ready: status?.readyReplicas ?? 0,
      available: status?.availableReplicas ?? 0,
      ...(updateRevision === undefined ? {} : { updateRevision }),
    },
    conditions: (status?.conditions ?? []).map(({ type, status: is, reason, message }) => ({
      type,
      status: is,
      reason: reason ?? '',
      message: message ?? '',
    })),
    paused: 'paused' in spec && spec.paused === true,
    minReadySeconds: spec.minReadySeconds ?? 0,
    ...(progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds }),
    strategy: strategy ?? 'RollingUpdate',
    managedFields: metadata.managedFields ?? [],
  };
}

/** A label selector as the query that the API takes. */
export function selectorText(selector: V1LabelSelector): string {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${(values ?? []).join(',')})`;
      case 'NotIn':
        return `${key} notin (${(values ?? []).join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        throw new HoldfastError('HF_COMMAND_FAILED', `The selector has an operator that is not known (${operator}).`, { operator });
    }
  });
  return [...equal, ...others].join(',');
}
