import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';
import type { V1Deployment } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { asMergePatch, startKubernetes } from '../../lab/kubernetes/index.js';
import type { Kubernetes } from '../../lab/kubernetes/index.js';
import { breakGround } from '../../lab/postgres/index.js';
import type { KubernetesConnection } from '../../src/adapters/kubernetes/connection.js';
import { CANARY } from './harness.js';
import { startKubernetesGate } from './kubernetes-gate.js';
import type { KubernetesGate } from './kubernetes-gate.js';

/** Longest time of one call in these tests. */
export const CALL_MS = 1_500;
/** Port of every pod. */
const POD_PORT = 18_080;
const RBAC = new URL('../../deploy/kubernetes/rbac.yaml', import.meta.url);

/** A real cluster with a gate in front of its API server. */
export interface KubernetesLab {
  readonly kubernetes: Kubernetes;
  readonly gate: KubernetesGate;
  /** Makes a namespace with the rights that are shipped, and the connection of its ServiceAccount through the gate. */
  openNamespace(change?: (rbac: string) => string): Promise<LabNamespace>;
  close(): Promise<void>;
}

/** One namespace of its own, so that no test meets what another left. */
export interface LabNamespace {
  readonly name: string;
  readonly connection: KubernetesConnection;
  /** Creates a Deployment of small processes. */
  deploy(name: string, replicas: number, options?: DeployOptions): Promise<void>;
  /** Creates a StatefulSet of small processes. */
  deploySet(name: string, replicas: number): Promise<void>;
  /** Replicas that are asked for, as an administrator reads them. */
  replicas(deployment: string): Promise<number>;
  scaleBySomebody(deployment: string, replicas: number): Promise<void>;
  annotate(deployment: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  /** Addresses of the pods that were ever seen here and whose process answers. */
  answering(labels: string): Promise<readonly string[]>;
  /** How many of them answer once no pod is about to start any more. */
  processes(labels: string): Promise<number>;
  /** Waits until this many pods are there and all run. */
  settled(deployment: string, pods: number): Promise<void>;
  /** Takes the Deployments away. */
  leave(): Promise<void>;
}

/** How the small process behaves. */
export interface DeployOptions {
  /** Crashes at once, prints its words, and is not ready meanwhile. */
  readonly crash?: boolean;
  /** Runs and says no to its readiness probe. */
  readonly unready?: boolean;
  readonly minReadySeconds?: number;
}

const PROGRAM = `
const http = require('node:http');
console.log('connecting to postgresql://geosync:${CANARY}@db/geosync');
if (process.env.CRASH) { console.log('fatal: the certificate was refused'); process.exit(3); }
let deaf = false;
http.createServer((q, r) => { if (q.url === '/deaf') deaf = true; r.statusCode = process.env.UNREADY ? 503 : 200; r.end('here'); })
  .listen(${POD_PORT}, process.env.POD_IP);
process.on('SIGTERM', () => { if (!deaf) process.exit(0); });
`;

/** The cluster of one test file: up before its first test, nothing held at the gate after each, gone after the last. */
export function kubernetesLabOfFile(): Omit<KubernetesLab, 'close'> {
  let opened: KubernetesLab | undefined;
  const lab = (): KubernetesLab => {
    if (opened === undefined) throw new Error('the cluster of this file is not up yet');
    return opened;
  };
  beforeAll(async () => {
    opened = await openKubernetesLab();
  });
  afterEach(() => {
    lab().gate.clear();
  });
  afterAll(async () => {
    await opened?.close();
  });
  return {
    get kubernetes() {
      return lab().kubernetes;
    },
    get gate() {
      return lab().gate;
    },
    openNamespace: (change) => lab().openNamespace(change),
  };
}

/** Starts the cluster. Takes about ten seconds. */
async function openKubernetesLab(): Promise<KubernetesLab> {
  const ground = await breakGround('kubernetes');
  try {
    const kubernetes = await startKubernetes(ground, { kubelet: { backoffMs: 300, backoffMaxMs: 1_000 } });
    const gate = await startKubernetesGate(kubernetes.serverUrl, kubernetes.caPem);
    const gateCa = path.join(ground.dir, 'gate.pem');
    await writeFile(gateCa, gate.caPem);
    const rbac = await readFile(RBAC, 'utf8');
    let count = 0;
    return {
      kubernetes,
      gate,
      async openNamespace(change = (text) => text) {
        count += 1;
        const name = `geosync-${count}`;
        await kubernetes.namespace(name);
        await kubernetes.create(change(rbac).replaceAll('namespace: geosync', `namespace: ${name}`));
        const token = await kubernetes.tokenFor(name, 'holdfast');
        const connection = { timeoutMs: CALL_MS, access: { server: gate.url, ca: `file:${gateCa}`, token: `file:${token}` } };
        return namespaceOf(kubernetes, name, connection);
      },
      async close() {
        await gate.close();
        await ground.guardian.release(false);
      },
    };
  } catch (error) {
    await ground.guardian.release(false);
    throw error;
  }
}

function namespaceOf(kubernetes: Kubernetes, namespace: string, connection: KubernetesConnection): LabNamespace {
  const { core, apps } = kubernetes.api;
  const seen = new Map<string, Set<string>>();
  const made: string[] = [];
  const pods = async (labelSelector: string) => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    const addresses = seen.get(labelSelector) ?? new Set();
    for (const { status } of items) if (status?.podIP !== undefined) addresses.add(status.podIP);
    seen.set(labelSelector, addresses);
    return items;
  };
  const replicas = async (name: string): Promise<number> => (await apps.readNamespacedDeployment({ namespace, name })).spec?.replicas ?? 1;
  const answering = async (labels: string): Promise<readonly string[]> => {
    await pods(labels);
    const all = [...(seen.get(labels) ?? [])];
    const answers = await Promise.all(all.map((address) => answers200(address)));
    return all.filter((_, index) => answers[index]);
  };
  return {
    name: namespace,
    connection,
    replicas,
    async deploy(name, count, options = {}) {
      made.push(name);
      await apps.createNamespacedDeployment({ namespace, body: deploymentOf(name, count, options) });
    },
    async deploySet(name, count) {
      const { spec } = deploymentOf(name, count, {});
      if (spec === undefined) throw new Error('no spec');
      const { selector, template } = spec;
      await apps.createNamespacedStatefulSet({
        namespace,
        body: { metadata: { name }, spec: { serviceName: name, podManagementPolicy: 'Parallel', replicas: count, selector, template } },
      });
    },
    async scaleBySomebody(name, count) {
      await apps.patchNamespacedDeploymentScale(
        { namespace, name, body: { spec: { replicas: count } }, fieldManager: 'somebody' },
        asMergePatch,
      );
    },
    async annotate(name, annotations) {
      await apps.patchNamespacedDeployment({ namespace, name, body: { metadata: { annotations } } }, asMergePatch);
    },
    answering,
    async processes(labels) {
      const starting = async (): Promise<boolean> =>
        (await pods(labels)).some(
          ({ metadata, status }) => metadata?.deletionTimestamp === undefined && status?.containerStatuses?.[0]?.ready !== true,
        );
      while (await starting()) await new Promise((resolve) => setTimeout(resolve, 50));
      return (await answering(labels)).length;
    },
    async settled(name, count) {
      for (let looks = 0; looks < 600; looks += 1) {
        const found = await pods(`app=${name}`);
        const run = found.filter(({ status, metadata }) => metadata?.deletionTimestamp === undefined && status?.phase === 'Running');
        const { status, metadata } = await apps.readNamespacedDeployment({ namespace, name });
        const acted = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) && (status?.readyReplicas ?? 0) === count;
        if (found.length === count && run.length === count && acted) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const words = (await pods(`app=${name}`)).map(({ metadata, status }) => `${metadata?.name} ${JSON.stringify(status)}`);
      throw new Error(`${name} did not come to ${count} pods: ${words.join('; ')}`);
    },
    async leave() {
      const sets = await apps.listNamespacedStatefulSet({ namespace });
      await Promise.all(sets.items.map(({ metadata }) => apps.deleteNamespacedStatefulSet({ namespace, name: metadata?.name ?? '' })));
      await Promise.all(made.map((name) => apps.deleteNamespacedDeployment({ namespace, name }).catch(() => undefined)));
    },
  };
}

function deploymentOf(name: string, replicas: number, options: DeployOptions): V1Deployment {
  const labels = { app: name };
  const env = [
    { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ...(options.crash === true ? [{ name: 'CRASH', value: '1' }] : []),
    ...(options.unready === true ? [{ name: 'UNREADY', value: '1' }] : []),
  ];
  return {
    metadata: { name, labels },
    spec: {
      replicas,
      minReadySeconds: options.minReadySeconds ?? 0,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: 'main',
              image: 'small:lab',
              command: [process.execPath, '-e', PROGRAM],
              env,
              readinessProbe: { httpGet: { path: '/', port: POD_PORT }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  };
}

/** Tells the process of a pod to take no notice of SIGTERM. */
export async function makeDeaf(address: string): Promise<void> {
  if (!(await answers200(address, '/deaf'))) throw new Error(`${address} does not answer`);
}

async function answers200(address: string, where = '/'): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: address, port: POD_PORT, path: where, agent: false, timeout: 1_000 }, (answer) => {
      answer.resume();
      resolve(true);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
  });
}
