import type { Hosts, Place } from '../hosts.js';
import { BOUND_TO_LOCALHOST, createPorts, enterPlace, isFree } from '../hosts.js';
import { networkObstacle } from './commands.js';
import type { NetworkFaults } from './faults.js';
import { createNetworkFaults } from './faults.js';
import { createHub, isFreeIn } from './hub.js';

export type { NetworkFaults } from './faults.js';

/** Hosts that are network namespaces, with the faults that they allow. */
export interface NetworkHosts extends Hosts, NetworkFaults {
  readonly kind: 'namespaces';
}

/** Which hosts of a network are namespaces. */
export interface NetworkOptions {
  /**
   * True for a host with a namespace and an address of its own; the others stay on the lab's own side and share one address. Default:
   * databases, etcd, application instances and pods, workers.
   */
  readonly isolated?: (hostName: string) => boolean;
}

const FIRST_FREE_SLOT = 10;
const LAST_SLOT = 254;
const ISOLATED = /^(db-|etcd|app-|pod-|worker)/;

/**
 * Makes the hosts of one lab as network namespaces: Linux, as root, with iproute2, nftables and util-linux. They are removed by the lab's
 * guardian, which must have been started; a host's namespace is made when it is first placed.
 *
 * @param labDir the lab's folder; its name names the namespaces.
 * @throws one sentence when this machine cannot have them.
 */
export function createNetworkHosts(labDir: string, { isolated = (name) => ISOLATED.test(name) }: NetworkOptions = {}): NetworkHosts {
  const obstacle = networkObstacle();
  if (obstacle !== undefined) throw new Error(`This machine cannot have hosts in network namespaces: ${obstacle}.`);
  const hub = createHub(labDir);
  const places = new Map<string, Place>();
  let slot = FIRST_FREE_SLOT;

  const make = (name: string): Place => {
    if (BOUND_TO_LOCALHOST.has(name)) return { name, address: '127.0.0.1' };
    if (!isolated(name)) return { name, address: hub.gateway };
    if (slot > LAST_SLOT) throw new Error(`No address is left for host ${name}: a lab has at most ${LAST_SLOT - FIRST_FREE_SLOT + 1}.`);
    if (!/^[\w.-]+$/.test(name)) throw new Error(`The host name ${name} cannot be the name of a network namespace.`);
    const address = `${hub.prefix}.${slot}`;
    const namespace = hub.join(name, slot);
    slot += 1;
    return { name, address, namespace };
  };
  const place = (name: string): Place => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const fresh = make(name);
    places.set(name, fresh);
    return fresh;
  };
  const port = createPorts((where, candidate) =>
    where.namespace === undefined ? isFree(where, candidate) : isFreeIn(where.namespace, candidate),
  );

  return {
    kind: 'namespaces',
    network: `${hub.prefix}.0/24`,
    place,
    port: (hostName) => port(place(hostName)),
    enter: (hostName, command, args, user) => enterPlace(place(hostName), { command, args }, user),
    ...createNetworkFaults(place, hub.gateway),
  };
}
