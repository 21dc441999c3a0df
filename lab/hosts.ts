import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/** A named host of the lab and the loopback address it stands for. */
export interface Place {
  readonly name: string;
  readonly address: string;
}

/** The hosts of one lab: the only source of addresses and ports in it. */
export interface Hosts {
  /** The same name always gives the same address within one lab. */
  place(hostName: string): Place;
  /** A port nobody listens on at that host's address. Never the same one twice. */
  port(hostName: string): Promise<number>;
}

const FIRST_FREE_SLOT = 10;
/**
 * Temporal's dev server tells its own parts to reach each other at 127.0.0.1 whatever `--ip` says (seen with CLI 1.9.1: it then comes
 * up, answers for its namespace, and no workflow can start), so that its host cannot have an address of its own.
 */
const BOUND_TO_LOCALHOST: ReadonlySet<string> = new Set(['temporal']);
/** Below the ephemeral ranges of Linux (32768…) and macOS (49152…), so that no outgoing connection takes a port between our test and its use. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
const PORT_ATTEMPTS = 200;

async function isFree(address: string, port: number): Promise<boolean> {
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

/**
 * Makes the hosts of one lab. On Linux every named host gets a 127.x.y.z address of its own, in a /24 drawn at random for the lab, so
 * that two labs side by side share no address and the client address tells processes apart. Elsewhere only 127.0.0.1 is configured by
 * default, so that every host is 127.0.0.1 and only ports differ.
 */
export function createHosts(platform: NodeJS.Platform = process.platform): Hosts {
  const network = `127.${randomInt(64, 250)}.${randomInt(0, 256)}`;
  const places = new Map<string, Place>();
  const given = new Set<string>();

  const place = (name: string): Place => {
    const known = places.get(name);
    if (known !== undefined) return known;
    const own = platform === 'linux' && !BOUND_TO_LOCALHOST.has(name);
    const address = own ? `${network}.${FIRST_FREE_SLOT + places.size}` : '127.0.0.1';
    const fresh: Place = { name, address };
    places.set(name, fresh);
    return fresh;
  };

  const port = async (hostName: string): Promise<number> => {
    const { address } = place(hostName);
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
      const candidate = randomInt(FIRST_PORT, LAST_PORT);
      const key = `${address}:${candidate}`;
      if (given.has(key)) continue;
      given.add(key);
      if (await isFree(address, candidate)) return candidate;
    }
    throw new Error(`No free port on ${address} (host ${hostName}) after ${PORT_ATTEMPTS} attempts.`);
  };

  return { place, port };
}
