import type { V1Pod, V1PodTemplateSpec, V1ReplicaSet } from '@kubernetes/client-node';
import { canonicalJson } from '../../domain/canonical.js';
import type { InstanceState } from '../../ports/workload.js';
import type { KubernetesSession } from './client.js';
import type { Controller } from './controller.js';
import { podWords } from './pod-words.js';

/** A pod of a workload, and whether it is made from the newest template. */
export interface OwnedPod {
  readonly pod: V1Pod;
  readonly revision?: 'current' | 'old';
}

/**
 * Every pod that the workload's selector finds, unless another controller keeps it. A pod whose ReplicaSet is gone counts: its process
 * may serve for all that. Errors: as of a call.
 */
export async function listPods(session: KubernetesSession, controller: Controller): Promise<readonly OwnedPod[]> {
  const { namespace } = controller.ref;
  const request = { namespace, labelSelector: controller.selector };
  const [sets, pods] = await Promise.all([
    controller.ref.kind === 'deployment' ? listReplicaSets(session, controller) : Promise.resolve([]),
    session.call({ verb: 'list', resource: 'pods', namespace, effect: false }, ({ core }, options) =>
      core.listNamespacedPod(request, options),
    ),
  ]);
  return ownedPods(controller, sets, pods.items);
}

/** The ReplicaSets that a Deployment's selector finds. Errors: as of a call. */
export async function listReplicaSets(session: KubernetesSession, controller: Controller): Promise<readonly V1ReplicaSet[]> {
  const { namespace } = controller.ref;
  const found = await session.call({ verb: 'list', resource: 'replicasets', namespace, effect: false }, ({ apps }, options) =>
    apps.listNamespacedReplicaSet({ namespace, labelSelector: controller.selector }, options),
  );
  return found.items;
}

/** Which of the pods belong to the workload, and from which template they are. Pure. */
export function ownedPods(controller: Controller, sets: readonly V1ReplicaSet[], pods: readonly V1Pod[]): readonly OwnedPod[] {
  const own = sets.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === controller.uid) === true);
  const ownUids = new Set([controller.uid, ...own.map(({ metadata }) => metadata?.uid)]);
  const newest = own.find(({ spec }) => spec?.template !== undefined && sameTemplate(spec.template, controller.template))?.metadata?.uid;
  return pods.flatMap((pod): readonly OwnedPod[] => {
    const owner = pod.metadata?.ownerReferences?.find(({ controller: keeps }) => keeps === true);
    if (owner !== undefined && !ownUids.has(owner.uid)) return [];
    return [{ pod, ...revisionOf(controller, pod, owner?.uid, newest) }];
  });
}

function revisionOf(
  controller: Controller,
  pod: V1Pod,
  owner: string | undefined,
  newest: string | undefined,
): { readonly revision?: 'current' | 'old' } {
  if (controller.ref.kind === 'deployment') return { revision: owner !== undefined && owner === newest ? 'current' : 'old' };
  // Until the controller has seen the newest template, its update revision is that of the one before.
  if (controller.observedGeneration < controller.generation || controller.status.updateRevision === undefined) return {};
  return { revision: pod.metadata?.labels?.['controller-revision-hash'] === controller.status.updateRevision ? 'current' : 'old' };
}

/** The Deployment's own revision number lags behind a change; the templates do not. Its hash label is what the controller adds. */
function sameTemplate(ofSet: V1PodTemplateSpec, wanted: V1PodTemplateSpec): boolean {
  return comparable(ofSet) === comparable(wanted);
}

function comparable(template: V1PodTemplateSpec): string {
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {};
  return canonicalJson(
    JSON.parse(JSON.stringify({ labels, annotations: template.metadata?.annotations ?? {}, spec: template.spec ?? {} })),
  );
}

/** A pod in the port's terms. Pure. */
export function instanceOf({ pod, revision }: OwnedPod): InstanceState {
  const address = pod.status?.podIP;
  return {
    instance: pod.metadata?.name ?? '',
    state: stateOf(pod),
    incarnation: incarnationOf(pod),
    ...(address === undefined || address === '' ? {} : { address }),
    ...(revision === undefined ? {} : { revision }),
    detail: podWords(pod),
  };
}

/**
 * Only a pod that has ended for good is stopped: one between two restarts is about to run again, and one that is terminating runs until its
 * kubelet has removed it. A pod whose node does not answer may run.
 */
function stateOf(pod: V1Pod): InstanceState['state'] {
  const { phase, conditions } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') return 'stopped';
  if (phase === 'Unknown' || conditions?.some(({ type, status }) => type === 'Ready' && status === 'Unknown') === true) return 'unknown';
  return 'running';
}

/**
 * Pod uid and the restarts of all its containers: every process that replaces another counts one more. The start time is left out, since a
 * pod whose first process is about to start would change its incarnation by starting it.
 */
function incarnationOf(pod: V1Pod): string {
  const restarts = (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
  return `${pod.metadata?.uid ?? ''}/${restarts}`;
}
