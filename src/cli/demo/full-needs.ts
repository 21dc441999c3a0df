/** What the demo on Patroni and Kubernetes takes of the machine: what is done first, or why it cannot be. Pure. */
import type { FullNeeds } from '../../../lab/full-needs.js';
import type { Cause } from './failure.js';

/** How the demo was started, for the command that is named. */
export interface Surroundings {
  /** In a clone of the repository, whose make and scripts can be named. */
  readonly clone: boolean;
  readonly root: boolean;
}

const PATRONI_FIRST = 'Patroni is installed with pip into the cache first, once: about 15 s';
const KUBERNETES_FIRST = 'Kubernetes’ API server and controllers are built with Go into the cache first, once: 5 to 13 minutes';

/** One cause and one command; undefined when nothing is missing that the demo cannot bring itself. */
export function obstacleOf(needs: FullNeeds, { clone, root }: Surroundings): Cause | undefined {
  if (!needs.linux) {
    return { cause: 'Patroni and Kubernetes are played on Linux only: each pod has an address of its own.', command: 'holdfast demo' };
  }
  if (needs.missingPackages.length > 0) {
    const sudo = root ? '' : 'sudo ';
    const names = needs.missingPackages.join(' ');
    return {
      cause: `This machine lacks, by the names of Debian’s packages: ${needs.missingPackages.join(', ')}.`,
      // The script keeps the services of these packages from being started.
      command: clone ? `${sudo}npx tsx scripts/host-packages.ts` : `${sudo}apt-get install --no-install-recommends ${names}`,
    };
  }
  if (typeof needs.kubernetes === 'object') {
    const { obstacle } = needs.kubernetes;
    if (obstacle.startsWith('KUBEBUILDER_ASSETS')) return { cause: obstacle, command: 'unset KUBEBUILDER_ASSETS' };
    return {
      cause: `${obstacle} Go 1.26 or newer builds it in a clone, or KUBEBUILDER_ASSETS names a folder that holds it.`,
      command: 'KUBEBUILDER_ASSETS=/path/to/folder holdfast demo --patroni --kubernetes',
    };
  }
  return undefined;
}

/** What has to be fetched or built before anything is started, one sentence each. */
export function firstOf(needs: FullNeeds): readonly string[] {
  return [...(needs.patroni === 'to-install' ? [PATRONI_FIRST] : []), ...(needs.kubernetes === 'to-build' ? [KUBERNETES_FIRST] : [])];
}
