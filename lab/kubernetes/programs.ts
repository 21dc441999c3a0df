import { execFile } from 'node:child_process';
import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache.js';
import { tail } from '../process.js';
import { repositoryRoot } from '../program.js';
import { withLock } from './lock.js';

const run = promisify(execFile);

/** Version of the API server and the controller manager; the one that go/go.mod requires. */
export const KUBERNETES_VERSION = '1.36.3';

/** Paths of the programs of a control plane. */
export interface KubernetesPrograms {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
}

const [API_SERVER, CONTROLLER_MANAGER] = ['kube-apiserver', 'kube-controller-manager'];
/** Two large programs compiled from nothing: 8 to 13 minutes on two busy cores. */
const BUILD_MS = 45 * 60_000;
const LOG_BYTES = 16 * 1024 * 1024;

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter).filter((entry) => entry !== '')) {
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Compiles both programs from the Go module beside this file's source, under a temporary name, then renames. */
async function build(home: string): Promise<void> {
  const unfinished = `${home}.${process.pid}`;
  const version = 'k8s.io/component-base/version';
  const [major, minor] = KUBERNETES_VERSION.split('.');
  await mkdir(unfinished, { recursive: true });
  try {
    await run(
      'go',
      [
        'build',
        '-trimpath',
        '-buildvcs=false',
        '-mod=readonly',
        '-ldflags',
        // Without its version the server tells clients an odd one.
        `-s -w -X ${version}.gitVersion=v${KUBERNETES_VERSION} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor}`,
        '-o',
        `${unfinished}/`,
        `k8s.io/kubernetes/cmd/${API_SERVER}`,
        `k8s.io/kubernetes/cmd/${CONTROLLER_MANAGER}`,
      ],
      {
        cwd: path.join(repositoryRoot(), 'lab', 'kubernetes', 'go'),
        env: { ...process.env, CGO_ENABLED: '0' },
        timeout: BUILD_MS,
        maxBuffer: LOG_BYTES,
      },
    );
    await rename(unfinished, home).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!(await isExecutable(path.join(home, CONTROLLER_MANAGER)))) throw error;
    });
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    const why = code === 'ENOENT' ? 'there is no `go` on PATH' : tail(stderr ?? message);
    throw new Error(`Cannot build Kubernetes ${KUBERNETES_VERSION}: ${why}. Install Go 1.26 or newer, or set KUBEBUILDER_ASSETS.`, {
      cause: error,
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function etcdProgram(assets: string | undefined): Promise<string> {
  const named = assets === undefined ? undefined : path.join(assets, 'etcd');
  if (named !== undefined && (await isExecutable(named))) return named;
  const found = await onPath('etcd');
  if (found === undefined)
    throw new Error('There is no etcd on PATH: install the package etcd-server (Debian), or set KUBEBUILDER_ASSETS.');
  return found;
}

/**
 * Finds the programs of a control plane: `KUBEBUILDER_ASSETS`, else the cache, else built from Go modules into the cache (once: a
 * second caller waits for the first). etcd is taken from `KUBEBUILDER_ASSETS` or from PATH.
 *
 * @param onProgress told before a build starts, since it takes many minutes.
 * @throws when KUBEBUILDER_ASSETS lacks a program (a wrong wish is an error, not a step down), or when no step worked.
 */
export async function kubernetesPrograms(onProgress: (line: string) => void = () => undefined): Promise<KubernetesPrograms> {
  const assets = process.env['KUBEBUILDER_ASSETS'] === '' ? undefined : process.env['KUBEBUILDER_ASSETS'];
  const home = assets ?? path.join(cacheFolder(), `kubernetes-${KUBERNETES_VERSION}`);
  const [apiServer, controllerManager] = [path.join(home, API_SERVER), path.join(home, CONTROLLER_MANAGER)];
  const complete = async (): Promise<boolean> => (await isExecutable(apiServer)) && (await isExecutable(controllerManager));
  const etcd = await etcdProgram(assets);
  if (assets !== undefined && !(await complete()))
    throw new Error(`KUBEBUILDER_ASSETS=${assets} does not hold both ${API_SERVER} and ${CONTROLLER_MANAGER}.`);
  if (!(await complete())) {
    await withLock(`${home}.lock`, async () => {
      if (await complete()) return;
      onProgress(`building Kubernetes ${KUBERNETES_VERSION} once, which takes about ten minutes`);
      await build(home);
    });
  }
  return { etcd, apiServer, controllerManager };
}
