import { spawn } from 'node:child_process';
import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, exists } from '../cache.js';
import { tail } from '../process.js';
import { repositoryRoot } from '../program.js';
import { withLock } from './lock.js';

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
/** `go list -deps` of both programs, the standard library included: what a build from nothing compiles. */
const BUILD_PACKAGES = 2400;
const TELL_EVERY = 200;
const LAST_BYTES = 16 * 1024;

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

/** How finding the programs may be watched and broken off. */
export interface KubernetesProgramsOptions {
  /** Told before a build starts, since it takes many minutes, and while it goes on: `Kubernetes: compiled 400 of about 2400 packages`. */
  readonly onProgress?: (line: string) => void;
  /** Ends a build that is under way. */
  readonly signal?: AbortSignal;
}

/** Runs `go`, counts the packages that it says it compiles, and keeps its last words. @throws when it cannot be run or ends otherwise than well. */
async function go(args: readonly string[], { onProgress, signal }: KubernetesProgramsOptions): Promise<void> {
  const child = spawn('go', args, {
    cwd: path.join(repositoryRoot(), 'lab', 'kubernetes', 'go'),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_MS,
    // Go ends what it started itself when it is interrupted.
    killSignal: 'SIGINT',
    ...(signal === undefined ? {} : { signal }),
  });
  let last = '';
  let compiled = 0;
  child.stderr.on('data', (data: Buffer) => {
    const said = data.toString('utf8');
    last = `${last}${said}`.slice(-LAST_BYTES);
    const before = Math.floor(compiled / TELL_EVERY);
    compiled += said.split('\n').length - 1;
    if (Math.floor(compiled / TELL_EVERY) > before) onProgress?.(`Kubernetes: compiled ${compiled} of about ${BUILD_PACKAGES} packages`);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error('there is no `go` on PATH') : error));
    child.once('close', (code, ended) => (code === 0 ? resolve() : reject(new Error(tail(last) || `go ended with ${code ?? ended}`))));
  });
}

/** Compiles both programs from the Go module beside this file's source, under a temporary name, then renames. */
async function build(home: string, options: KubernetesProgramsOptions): Promise<void> {
  const unfinished = `${home}.${process.pid}`;
  const version = 'k8s.io/component-base/version';
  const [major, minor] = KUBERNETES_VERSION.split('.');
  await mkdir(unfinished, { recursive: true });
  try {
    await go(
      [
        'build',
        '-v',
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
      options,
    );
    await rename(unfinished, home).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!(await isExecutable(path.join(home, CONTROLLER_MANAGER)))) throw error;
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    const why = (error as Error).message;
    throw new Error(`Cannot build Kubernetes ${KUBERNETES_VERSION}: ${why}. Install Go 1.26 or newer, or set KUBEBUILDER_ASSETS.`, {
      cause: error,
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Whether the programs are there, have to be built first, or cannot be had (in one sentence). */
export type KubernetesProgramsState = 'ready' | 'to-build' | { readonly obstacle: string };

/** Looks for the API server and the controller manager; builds nothing. etcd is not looked for. */
export async function kubernetesProgramsState(): Promise<KubernetesProgramsState> {
  const assets = assetsFolder();
  if (await complete(assets ?? cachedPrograms())) return 'ready';
  if (assets !== undefined) return { obstacle: incomplete(assets) };
  if ((await onPath('go')) === undefined)
    return { obstacle: `Kubernetes ${KUBERNETES_VERSION} is not in the cache, and there is no Go on PATH to build it with.` };
  // An installed package has no Go module beside it.
  if (!(await exists(path.join(repositoryRoot(), 'lab', 'kubernetes', 'go', 'go.mod'))))
    return { obstacle: `Kubernetes ${KUBERNETES_VERSION} is not in the cache, and only a clone of the repository can build it.` };
  return 'to-build';
}

const assetsFolder = (): string | undefined => (process.env['KUBEBUILDER_ASSETS'] === '' ? undefined : process.env['KUBEBUILDER_ASSETS']);
const cachedPrograms = (): string => path.join(cacheFolder(), `kubernetes-${KUBERNETES_VERSION}`);
const incomplete = (assets: string): string => `KUBEBUILDER_ASSETS=${assets} does not hold both ${API_SERVER} and ${CONTROLLER_MANAGER}.`;

async function complete(home: string): Promise<boolean> {
  return (await isExecutable(path.join(home, API_SERVER))) && (await isExecutable(path.join(home, CONTROLLER_MANAGER)));
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
 * @throws when KUBEBUILDER_ASSETS lacks a program (a wrong wish is an error, not a step down), or when no step worked.
 */
export async function kubernetesPrograms(options: KubernetesProgramsOptions = {}): Promise<KubernetesPrograms> {
  const assets = assetsFolder();
  const home = assets ?? cachedPrograms();
  const etcd = await etcdProgram(assets);
  if (assets !== undefined && !(await complete(home))) throw new Error(incomplete(assets));
  if (!(await complete(home))) {
    await withLock(`${home}.lock`, async () => {
      options.signal?.throwIfAborted();
      if (await complete(home)) return;
      options.onProgress?.(`Kubernetes: building ${KUBERNETES_VERSION} once, which takes about ten minutes`);
      await build(home, options);
    });
  }
  return { etcd, apiServer: path.join(home, API_SERVER), controllerManager: path.join(home, CONTROLLER_MANAGER) };
}
