import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { labEnvironment } from '../environment.js';
import type { Ground } from '../postgres/index.js';
import type { LabProcess } from '../process.js';
import { launch } from '../process.js';
import { program } from '../program.js';
import type { Credentials } from './credentials.js';
import type { KubeletSettings } from './kubelet/settings.js';

/** Host of the kubelet's log endpoint. */
export const KUBELET_HOST = 'kubelet';

/** How the kubelet behaves. */
export interface KubeletOptions {
  /** How many pods can run at the same time, those that are ending included; default 24. */
  readonly pods?: number;
  /** Wait before the second restart of a crashing container; doubles from there up to `backoffMaxMs`. Defaults as a real kubelet’s: 10 s, 5 min. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  /** How often a probe is repeated until its first success; default 250 ms (a real kubelet: the probe's period). */
  readonly firstProbeMs?: number;
}

/** The kubelet as a process of its own: pods outlive it. */
export interface Kubelet {
  readonly nodeName: string;
  readonly logFile: string;
  pid(): number | undefined;
  /** SIGKILL. Its pods' processes go on; nobody watches them. */
  kill(): Promise<void>;
  /** Starts it again (nothing while it runs): it takes over the processes that still run. */
  start(): Promise<void>;
  /** SIGSTOP: pods that are deleted stay, their processes too. */
  freeze(): void;
  thaw(): void;
}

const NODE_NAME = 'lab-node';
const DEFAULT_PODS = 24;
const BACKOFF_MS = 10_000;
const BACKOFF_MAX_MS = 300_000;
const FIRST_PROBE_MS = 250;

/** Starts the kubelet and returns when it follows the cluster's pods. */
export async function startKubelet(
  ground: Ground,
  dir: string,
  access: { readonly kubeconfigFile: string; readonly credentials: Credentials },
  options: KubeletOptions = {},
): Promise<Kubelet> {
  const { hosts, guardian } = ground;
  const workDir = path.join(dir, 'kubelet');
  mkdirSync(workDir, { mode: 0o700 });
  const { kubeletServer, caFile } = access.credentials;
  const settings: KubeletSettings = {
    nodeName: NODE_NAME,
    labDir: ground.dir,
    journalFile: guardian.journalFile,
    kubeconfigFile: access.kubeconfigFile,
    workDir,
    address: hosts.place(KUBELET_HOST).address,
    port: await hosts.port(KUBELET_HOST),
    tls: { caFile, cert: kubeletServer.cert, key: kubeletServer.key },
    places: Array.from({ length: options.pods ?? DEFAULT_PODS }, (_, index) => hosts.place(`pod-${index + 1}`)),
    backoffMs: options.backoffMs ?? BACKOFF_MS,
    backoffMaxMs: options.backoffMaxMs ?? BACKOFF_MAX_MS,
    firstProbeMs: options.firstProbeMs ?? FIRST_PROBE_MS,
  };
  const settingsFile = path.join(workDir, 'settings.json');
  writeFileSync(settingsFile, JSON.stringify(settings));
  const logFile = path.join(dir, 'kubelet.log');
  let current: LabProcess | undefined;
  const running = (): LabProcess | undefined => (current?.ended() === undefined ? current : undefined);
  const start = async (): Promise<void> => {
    if (running() !== undefined) return;
    current = launch(guardian.journalFile, {
      name: KUBELET_HOST,
      command: process.execPath,
      args: [program('lab/kubernetes/kubelet/main'), settingsFile],
      cwd: dir,
      env: labEnvironment(ground.dir),
      logFile,
      // Not asked politely: it must not start another pod while the lab is being ended.
      endSignal: 'KILL',
    });
    await current.waitFor(/^ready as node /);
  };
  await start();
  return {
    nodeName: NODE_NAME,
    logFile,
    pid: () => running()?.pid,
    kill: async () => {
      const process = running();
      process?.kill('SIGKILL');
      await process?.exited;
    },
    start,
    freeze: () => running()?.kill('SIGSTOP'),
    thaw: () => running()?.kill('SIGCONT'),
  };
}
