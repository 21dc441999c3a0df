import https from 'node:https';
import path from 'node:path';
import { labEnvironment } from '../environment.js';
import type { Ground } from '../postgres/index.js';
import type { Credentials } from './credentials.js';
import { writeKubeconfig } from './clients.js';
import type { KubernetesPrograms } from './programs.js';
import type { Server } from './server.js';
import { createServer } from './server.js';

/** Hosts of the control plane in the lab. */
export const ETCD_HOST = 'kube-etcd';
export const API_SERVER_HOST = 'kube-api';

/** etcd, the API server and the controllers of Deployments, ReplicaSets and the like. */
export interface ControlPlane {
  readonly serverUrl: string;
  readonly etcd: Server;
  readonly apiServer: Server;
  readonly controllerManager: Server;
}

const REQUEST_MS = 1_000;
const SERVICE_RANGE = '10.0.0.0/24';
const CONTROLLERS = 'deployment,replicaset,statefulset,daemonset,garbagecollector,namespace,disruption,serviceaccount';

async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_MS) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Asks `/readyz` over TLS, which node's fetch cannot do with a CA of our own. It needs no token. */
function isReady(serverUrl: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = https.get(`${serverUrl}/readyz`, { ca, agent: false, timeout: REQUEST_MS }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode === 200));
      answer.once('error', () => resolve(false));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

/** Prepares the three programs and starts them, each when the one before serves. */
export async function startControlPlane(
  ground: Ground,
  dir: string,
  programs: KubernetesPrograms,
  credentials: Credentials,
): Promise<ControlPlane> {
  const { hosts, guardian } = ground;
  const etcdAddress = hosts.place(ETCD_HOST).address;
  const apiAddress = hosts.place(API_SERVER_HOST).address;
  const [clientPort, peerPort, apiPort] = [await hosts.port(ETCD_HOST), await hosts.port(ETCD_HOST), await hosts.port(API_SERVER_HOST)];
  const etcdUrl = `http://${etcdAddress}:${clientPort}`;
  const peerUrl = `http://${etcdAddress}:${peerPort}`;
  const serverUrl = `https://${apiAddress}:${apiPort}`;
  const controllerKubeconfig = path.join(dir, 'controller-manager.kubeconfig');
  writeKubeconfig(controllerKubeconfig, serverUrl, credentials.caFile, credentials.tokenFiles['controller-manager']);

  const server = (name: string, command: string, args: readonly string[], serves: () => Promise<boolean>): Server =>
    createServer(
      guardian.journalFile,
      {
        name,
        command,
        args,
        cwd: dir,
        env: labEnvironment(ground.dir, { HOME: dir }),
        logFile: path.join(dir, `${name}.log`),
        // SIGTERM does not end the API server within seconds, and the data is thrown away.
        endSignal: 'KILL',
      },
      serves,
    );

  const etcd = server(
    ETCD_HOST,
    programs.etcd,
    [
      `--name=lab`,
      `--data-dir=${path.join(dir, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=lab=${peerUrl}`,
      '--unsafe-no-fsync',
      '--logger=zap',
      '--log-level=error',
    ],
    () => answersOk(`${etcdUrl}/health`),
  );
  const apiServer = server(
    API_SERVER_HOST,
    programs.apiServer,
    [
      `--etcd-servers=${etcdUrl}`,
      `--bind-address=${apiAddress}`,
      `--advertise-address=${apiAddress}`,
      `--secure-port=${apiPort}`,
      `--tls-cert-file=${credentials.apiServer.cert}`,
      `--tls-private-key-file=${credentials.apiServer.key}`,
      // The Service of the API server itself cannot have a loopback address behind it.
      '--endpoint-reconciler-type=none',
      `--service-account-issuer=https://kubernetes.default.svc`,
      `--service-account-key-file=${credentials.serviceAccountKeyFile}`,
      `--service-account-signing-key-file=${credentials.serviceAccountKeyFile}`,
      `--token-auth-file=${credentials.tokenTable}`,
      '--authorization-mode=RBAC',
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      '--disable-admission-plugins=ServiceAccount',
      `--kubelet-certificate-authority=${credentials.caFile}`,
      `--kubelet-client-certificate=${credentials.kubeletClient.cert}`,
      `--kubelet-client-key=${credentials.kubeletClient.key}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--cert-dir=${dir}`,
      '--profiling=false',
    ],
    () => isReady(serverUrl, credentials.caPem),
  );
  const controllerManager = server(
    'kube-controller-manager',
    programs.controllerManager,
    [
      `--kubeconfig=${controllerKubeconfig}`,
      `--controllers=${CONTROLLERS}`,
      '--leader-elect=false',
      '--use-service-account-credentials=false',
      '--kube-api-qps=100',
      '--kube-api-burst=200',
      // Serves nothing: nobody asks it, and it would need a port.
      '--secure-port=0',
      `--cert-dir=${dir}`,
    ],
    () => Promise.resolve(true),
  );
  await etcd.start();
  await apiServer.start();
  await controllerManager.start();
  return { serverUrl, etcd, apiServer, controllerManager };
}
