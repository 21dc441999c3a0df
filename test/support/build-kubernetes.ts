import type { V1ContainerStatus, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import type { Controller } from '../../src/adapters/kubernetes/controller.js';

/** A Deployment of three that is as it should be. */
export function controller(change: Partial<Controller> = {}): Controller {
  return {
    ref: { kind: 'deployment', name: 'geosync-api', namespace: 'geosync' },
    uid: 'd1',
    resourceVersion: '10',
    generation: 4,
    observedGeneration: 4,
    replicas: 3,
    labels: {},
    annotations: {},
    selector: 'app=geosync-api',
    template: template('new'),
    status: { replicas: 3, updated: 3, ready: 3, available: 3 },
    conditions: [],
    paused: false,
    minReadySeconds: 0,
    progressDeadlineSeconds: 600,
    strategy: 'RollingUpdate',
    managedFields: [],
    ...change,
  };
}

/** A pod template that differs by its image. */
export function template(image: string) {
  return { metadata: { labels: { app: 'geosync-api' } }, spec: { containers: [{ name: 'api', image }] } };
}

/** A ReplicaSet of the Deployment, with the label that its controller adds. */
export function replicaSet(uid: string, image: string): V1ReplicaSet {
  const made = template(image);
  return {
    metadata: { uid, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'geosync-api', uid: 'd1', controller: true }] },
    spec: {
      selector: {},
      template: { ...made, metadata: { labels: { ...made.metadata.labels, 'pod-template-hash': uid } } },
    },
  };
}

/** A pod of a ReplicaSet. */
export function pod(
  name: string,
  owner: string,
  status: Partial<V1ContainerStatus> = {},
  extra: { readonly metadata?: object; readonly status?: object } = {},
): V1Pod {
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      creationTimestamp: new Date(0),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
      ...extra.metadata,
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      containerStatuses: [
        {
          name: 'api',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: new Date(0) } },
          ...status,
        },
      ],
      ...extra.status,
    },
  };
}
