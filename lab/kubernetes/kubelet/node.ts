import { setTimeout as sleep } from 'node:timers/promises';
import type { V1NodeStatus } from '@kubernetes/client-node';
import type { KubernetesClients } from '../clients.js';
import { asMergePatch, failureWords, statusCode } from '../clients.js';
import type { KubeletSettings } from './settings.js';

const RETRY_MS = 300;

function nodeStatus({ address, port, nodeName }: KubeletSettings): V1NodeStatus {
  const now = new Date();
  return {
    // From here the API server reads logs.
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'the lab’s kubelet posts ready status',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
  };
}

/** Registers the node, or finds it, and tells its address; tries until the API server takes it. */
export async function registerNode({ core }: KubernetesClients, settings: KubeletSettings, log: (line: string) => void): Promise<void> {
  const { nodeName: name } = settings;
  for (;;) {
    try {
      await core.createNode({ body: { metadata: { name, labels: { 'kubernetes.io/hostname': name } } } }).catch((error: unknown) => {
        if (statusCode(error) !== 409) throw error;
      });
      await core.patchNodeStatus({ name, body: { status: nodeStatus(settings) } }, asMergePatch);
      return;
    } catch (error) {
      log(`node: ${failureWords(error)}`);
      await sleep(RETRY_MS);
    }
  }
}
