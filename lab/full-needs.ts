import type { KubernetesProgramsState } from './kubernetes/programs.js';
import { kubernetesPrograms, kubernetesProgramsState } from './kubernetes/programs.js';
import { findEtcd, findPostgres, patroniState } from './patroni/programs.js';
import { databaseUser } from './postgres/user.js';

/** What this machine has of what a full lab takes beyond npm, pip and Temporal's CLI. */
export interface FullNeeds {
  /** Pods and nodes have loopback addresses of their own, which only Linux gives. */
  readonly linux: boolean;
  /** Debian's packages that would bring what is missing, such as `etcd-server`. */
  readonly missingPackages: readonly string[];
  readonly patroni: 'ready' | 'to-install';
  readonly kubernetes: KubernetesProgramsState;
}

const found = async (looked: Promise<unknown>): Promise<boolean> =>
  looked.then(
    () => true,
    () => false,
  );

/** Looks; starts, installs and builds nothing. */
export async function lookForFullLab(): Promise<FullNeeds> {
  const [postgres, etcd, patroni, kubernetes] = await Promise.all([
    found(findPostgres()),
    found(findEtcd()),
    patroniState(databaseUser()),
    kubernetesProgramsState(),
  ]);
  return {
    linux: process.platform === 'linux',
    missingPackages: [
      ...(etcd ? [] : ['etcd-server']),
      ...(postgres ? [] : ['postgresql']),
      ...(patroni === 'no-venv' ? ['python3-venv'] : []),
    ],
    patroni: patroni === 'ready' ? 'ready' : 'to-install',
    kubernetes,
  };
}

/** Builds the programs of Kubernetes when they are not there: about ten minutes, once. `signal` breaks it off. */
export async function prepareFullLab(onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
  await kubernetesPrograms({ onProgress, signal });
}
