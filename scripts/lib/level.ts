import type { Availability } from '../prerequisites.js';
import { NEEDS } from './needs.js';
import type { Need } from './needs.js';

/** What suites can be run with. Each level includes the one before. */
export type Level = 'embedded' | 'host' | 'full';

/** What a level takes, in words of its own. */
export const levelWords: Readonly<Record<Level, string>> = {
  embedded: 'npm packages, Temporal’s CLI and processes on loopback',
  host: 'also programs of the distribution, Patroni, and network namespaces as root',
  full: 'also a Kubernetes control plane, from KUBEBUILDER_ASSETS or built with Go',
};

const levelOf: Readonly<Record<Need, Level>> = {
  temporal: 'embedded',
  postgres: 'embedded',
  prometheus: 'host',
  patroni: 'host',
  namespaces: 'host',
  kubernetes: 'full',
};

/**
 * The highest level whose every need is met, or would be by installing packages. Pure.
 * @param mayInstall whether this process can install packages of the distribution.
 */
export function levelOfMachine(needs: Readonly<Record<Need, Availability>>, mayInstall: boolean): Level {
  const reaches = (level: Level): boolean =>
    NEEDS.filter((need) => levelOf[need] === level).every((need) => {
      const found = needs[need];
      return found.met || (mayInstall && found.packages !== undefined);
    });
  if (!reaches('host')) return 'embedded';
  return reaches('full') ? 'full' : 'host';
}
