// Whether this machine has what the labs of Patroni, Prometheus, network namespaces and Kubernetes take.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { cacheFolder } from '../../lab/cache.js';
import { KUBERNETES_VERSION } from '../../lab/kubernetes/programs.js';
import { networkObstacle } from '../../lab/network/commands.js';
import type { Availability } from '../prerequisites.js';
import { hostPackages, isPresent } from './host-packages.js';
import { executable, onPath } from './programs.js';

const COMMAND_MS = 20_000;
const INSTALL = 'npx tsx scripts/host-packages.ts, as root on Debian or its kin';

/** Met when what these packages bring is there, however it came. */
function fromPackages(names: readonly string[]): Availability {
  const packages = hostPackages.filter((each) => names.includes(each.name) && !isPresent(each)).map(({ name }) => name);
  if (packages.length === 0) return { met: true, from: 'the host' };
  return { met: false, why: `the host lacks ${packages.join(', ')}`, help: INSTALL, packages };
}

/** Prometheus and its Alertmanager. */
export const prometheus = (): Availability => fromPackages(['prometheus', 'prometheus-alertmanager']);

/** PostgreSQL with pg_rewind and etcd; Patroni itself is installed from PyPI by the lab. */
export const patroni = (): Availability => fromPackages(['etcd-server', 'postgresql', 'python3-venv']);

/** Hosts in network namespaces: root on Linux with `ip`, `nft` and `nsenter`, and a kernel that lets us. */
export function namespaces(): Availability {
  const help = 'run as root on Linux, in a container with the capabilities NET_ADMIN and SYS_ADMIN if it is one';
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return { met: false, why: 'network namespaces need root on Linux', help };
  const programs = fromPackages(['iproute2', 'nftables']);
  if (!programs.met) return programs;
  const obstacle = networkObstacle();
  if (obstacle !== undefined) return { met: false, why: obstacle, help: INSTALL };
  // A container may be root and still not be allowed to.
  if (spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore', timeout: COMMAND_MS }).status !== 0)
    return { met: false, why: 'this machine lets not even root make a network namespace', help };
  return { met: true, from: 'the kernel, as root' };
}

const servers = ['kube-apiserver', 'kube-controller-manager'];

/** A control plane: KUBEBUILDER_ASSETS, else the cache of the lab, else Go to fill that cache with. */
export function kubernetes(): Availability {
  const assets = process.env['KUBEBUILDER_ASSETS'] ?? '';
  const has = (folder: string): boolean => servers.every((name) => executable(path.join(folder, name)));
  if (assets !== '' && !has(assets)) {
    const help = 'unset KUBEBUILDER_ASSETS, or let it name a folder that holds both';
    return { met: false, why: `KUBEBUILDER_ASSETS names a folder without ${servers.join(' and ')}`, help };
  }
  const built = assets === '' && has(path.join(cacheFolder(), `kubernetes-${KUBERNETES_VERSION}`));
  if (assets === '' && !built && onPath('go') === undefined) {
    const help = 'install Go 1.26 or newer, or set KUBEBUILDER_ASSETS';
    return { met: false, why: `Kubernetes ${KUBERNETES_VERSION} is not in the cache, and there is no Go to build it with`, help };
  }
  const etcd: Availability = executable(path.join(assets, 'etcd'))
    ? { met: true, from: 'KUBEBUILDER_ASSETS' }
    : fromPackages(['etcd-server']);
  if (!etcd.met) return etcd;
  if (assets !== '') return { met: true, from: 'KUBEBUILDER_ASSETS' };
  if (built) return { met: true, from: 'the cache' };
  return { met: true, from: `Go, which builds Kubernetes ${KUBERNETES_VERSION} once (about ten minutes)`, toBuild: true };
}
