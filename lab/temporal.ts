import path from 'node:path';
import { labEnvironment } from './environment.js';
import type { Ground } from './postgres/index.js';
import type { LabProcess, ProcessSpec } from './process.js';
import { launch, serving } from './process.js';
import type { Link } from './link.js';
import { createRelay } from './link.js';
import { findTemporalCli } from './temporal-cli.js';

/** Temporal's dev server as a process of the lab, with its database in a file. */
export interface LabTemporal {
  /** host:port of the frontend (gRPC), as every host of the lab reaches it. */
  readonly address: string;
  /** On hosts in network namespaces only: what stands at `address`, since the server itself is bound to 127.0.0.1. The lab closes it. */
  readonly relay: Link | undefined;
  readonly namespace: string;
  readonly uiUrl: string;
  /** Base URL of Temporal's HTTP API. */
  readonly httpUrl: string;
  /** Path of the CLI that runs it. */
  readonly cli: string;
  readonly pid: number;
  /** kill -9, and wait until it is gone (two servers on one file would break it). */
  kill(): Promise<void>;
  /** Starts it again on the same ports and file; returns when it serves the namespace. Does nothing while it runs. */
  restart(): Promise<void>;
}

/** Extra arguments for the dev server, say `--dynamic-config-value k=v` or `--search-attribute Name=Keyword`. */
export interface TemporalOptions {
  readonly extraArgs?: readonly string[];
}

const NAMESPACE = 'holdfast';
const REQUEST_MS = 2_000;

async function servesNamespace(httpUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${httpUrl}/api/v1/namespaces/${NAMESPACE}`, { signal: AbortSignal.timeout(REQUEST_MS) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Starts `temporal server start-dev` on host `temporal`. Spawned by ourselves: the SDK's helper hides the pid and misses a taken port. */
export async function startTemporal(ground: Ground, options: TemporalOptions = {}): Promise<LabTemporal> {
  const { dir, hosts, guardian } = ground;
  const { address: ip } = hosts.place('temporal');
  const [cli, port, uiPort, httpPort, metricsPort] = await Promise.all([
    findTemporalCli(),
    hosts.port('temporal'),
    hosts.port('temporal'),
    hosts.port('temporal'),
    hosts.port('temporal'),
  ]);
  const httpUrl = `http://${ip}:${httpPort}`;
  const spec: ProcessSpec = {
    name: 'temporal',
    command: cli.file,
    args: [
      'server',
      'start-dev',
      '--ip',
      ip,
      '--port',
      String(port),
      '--ui-ip',
      ip,
      '--ui-port',
      String(uiPort),
      '--http-port',
      String(httpPort),
      '--metrics-port',
      String(metricsPort),
      '--db-filename',
      path.join(dir, 'temporal.db'),
      '--namespace',
      NAMESPACE,
      '--log-level',
      'error',
      '--ui-disable-news-fetch',
      ...(options.extraArgs ?? []),
    ],
    // A profile of the user's own must not reach into the lab.
    env: labEnvironment(dir, { HOME: dir, XDG_CONFIG_HOME: dir }),
    cwd: dir,
    logFile: path.join(dir, 'temporal.log'),
    // Its SIGTERM takes seconds, and the data is thrown away or safe in SQLite.
    endSignal: 'KILL',
  };

  const start = (): Promise<LabProcess> => serving(launch(guardian.journalFile, spec), () => servesNamespace(httpUrl));

  let current = await start();
  const relay = hosts.kind === 'namespaces' ? await createRelay(hosts, 'temporal', port) : undefined;
  return {
    address: relay === undefined ? `${ip}:${port}` : `${relay.address}:${relay.port}`,
    relay,
    namespace: NAMESPACE,
    uiUrl: `http://${ip}:${uiPort}`,
    httpUrl,
    cli: cli.file,
    get pid() {
      return current.pid;
    },
    kill: async () => {
      current.kill('SIGKILL');
      await current.exited;
    },
    restart: async () => {
      if (current.ended() === undefined) return;
      current = await start();
    },
  };
}
