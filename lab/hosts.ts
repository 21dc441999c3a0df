import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/** A named host of the lab and the address it stands for. */
export interface Place {
  readonly name: string;
  readonly address: string;
  /** Network namespace its programs must be started in; undefined: that of the lab's own process. */
  readonly namespace?: string;
}

/** A program with its arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** The hosts of one lab: the only source of addresses and ports in it. */
export interface Hosts {
  /** `loopback`: addresses 127.x.y.z (lab/hosts.ts). `namespaces`: network namespaces, which can be cut off (lab/network/). */
  readonly kind: 'loopback' | 'namespaces';
  /** All addresses of the lab as a CIDR, for pg_hba.conf and the like. */
  readonly network: string;
  /** The same name always gives the same address within one lab. */
  place(hostName: string): Place;
  /** A port nobody listens on at that host's address. Never the same one twice. */
  port(hostName: string): Promise<number>;
  /** What to start so that a program runs on that host; it keeps the pid of what was started. */
  enter(hostName: string, command: string, args: readonly string[], user?: { readonly uid: number; readonly gid: number }): Program;
}

/** The network namespaces' mount points, as iproute2 makes them. */
const NAMESPACES = '/var/run/netns';
const FIRST_FREE_SLOT = 10;
/**
 * Temporal's dev server tells its own parts to reach each other at 127.0.0.1 whatever `--ip` says (seen with CLI 1.9.1: it then comes
 * up, answers for its namespace, and no workflow can start), so that its host cannot have an address of its own.
 */
export const BOUND_TO_LOCALHOST: ReadonlySet<string> = new Set(['temporal']);
/** Below the ephemeral ranges of Linux (32768…) and macOS (49152…), so that no outgoing connection takes a port between our test and its use. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
const PORT_ATTEMPTS = 200;

/**
 * What to start so that a program runs on a host. nsenter becomes the program (no process between), and changes the user after it has
 * entered: nobody but root may enter, so that spawn's own `uid` would come too early. Without a namespace the program stays as it is and
 * the starter changes the user.
 */
export function enterPlace(
  place: Place | undefined,
  { command, args }: Program,
  user?: { readonly uid: number; readonly gid: number },
): Program {
  if (place?.namespace === undefined) return { command, args };
  const become = user === undefined ? [] : [`--setgid=${user.gid}`, `--setuid=${user.uid}`];
  return { command: 'nsenter', args: [`--net=${NAMESPACES}/${place.namespace}`, ...become, '--', command, ...args] };
}

/** True when this process can listen there: the check for addresses of its own namespace. */
export async function isFree({ address }: Place, port: number): Promise<boolean> {
  const server = net.createServer();
  server.listen({ host: address, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Draws ports at random, none twice for one address. */
export function createPorts(free: (place: Place, port: number) => boolean | Promise<boolean>): (place: Place) => Promise<number> {
  const given = new Set<string>();
  return async (place) => {
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
      const candidate = randomInt(FIRST_PORT, LAST_PORT);
      const key = `${place.address}:${candidate}`;
      if (given.has(key)) continue;
      given.add(key);
      if (await free(place, candidate)) return candidate;
    }
    throw new Error(`No free port on ${place.address} (host ${place.name}) after ${PORT_ATTEMPTS} attempts.`);
  };
}

/**
 * Makes the hosts of one lab. On Linux every named host gets a 127.x.y.z address of its own, in a /24 drawn at random for the lab, so
 * that two labs side by side share no address and the client address tells processes apart. Elsewhere only 127.0.0.1 is configured by
 * default, so that every host is 127.0.0.1 and only ports differ.
 */
export function createHosts(platform: NodeJS.Platform = process.platform): Hosts {
  const network = `127.${randomInt(64, 250)}.${randomInt(0, 256)}`;
  const places = new Map<string, Place>();
  const port = createPorts(isFree);

  const place = (name: string): Place => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const own = platform === 'linux' && !BOUND_TO_LOCALHOST.has(name);
    const address = own ? `${network}.${FIRST_FREE_SLOT + places.size}` : '127.0.0.1';
    const fresh: Place = { name, address };
    places.set(name, fresh);
    return fresh;
  };

  return {
    kind: 'loopback',
    network: '127.0.0.0/8',
    place,
    port: (hostName) => port(place(hostName)),
    enter: (_hostName, command, args) => ({ command, args }),
  };
}
