import { randomInt } from 'node:crypto';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { command, commandIn, ip } from './commands.js';

/** The middle of a lab's network: one namespace with a bridge, to which every host has a cable. */
export interface Hub {
  /** First three parts of the lab's addresses. */
  readonly prefix: string;
  /** Address of the lab's own process, and of every host that is not isolated. */
  readonly gateway: string;
  /** Makes a namespace with that address, cabled to the bridge; returns its name. */
  join(hostName: string, slot: number): string;
}

/** Name of the hub's end of the cable to the lab's own process; the guardian pulls it. */
export const UPLINK = 'up0';
/** Name of a host's end of its cable. */
export const HOST_LINK = 'e0';
const BRIDGE = 'br0';
const SUBNET_ATTEMPTS = 400;

/** File in the lab's folder with one namespace a line, the hub's first: what the guardian removes. */
export const NAMESPACES_FILE = 'namespaces';

function addNamespace(labDir: string, name: string): void {
  // What is written down will be deleted: it must not be somebody else's. The lab's folder is unique, and so are names made from its name.
  if (existsSync(path.join('/var/run/netns', name))) throw new Error(`There is a network namespace ${name} already.`);
  appendFileSync(path.join(labDir, NAMESPACES_FILE), `${name}\n`);
  command('ip', ['netns', 'add', name]);
}

/** A third of an address: which /24 of 198.18.0.0/15 (RFC 2544: for tests between machines, routed nowhere) is this lab's. */
function claimSubnet(hub: string): { readonly prefix: string; readonly link: string } {
  const addresses = Object.values(os.networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  for (let attempt = 0; attempt < SUBNET_ATTEMPTS; attempt += 1) {
    const [second, third] = [randomInt(18, 20), randomInt(0, 256)];
    const prefix = `198.${second}.${third}`;
    if (addresses.some((address) => address.startsWith(`${prefix}.`))) continue;
    // The name of our end of the cable is the claim: the kernel gives it to one lab only.
    const link = `hf-${second}-${third}`;
    try {
      command('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', UPLINK, 'netns', hub]);
      return { prefix, link };
    } catch (error) {
      if (!(error as Error).message.includes('File exists')) throw error;
    }
  }
  throw new Error(`No free /24 in 198.18.0.0/15 after ${SUBNET_ATTEMPTS} attempts.`);
}

/**
 * Makes the hub and plugs the lab's own process into it. Nothing can leave: no namespace has a route beyond the lab's /24, and the machine
 * forwards nothing that comes out of the cable, whatever its own settings are.
 */
export function createHub(labDir: string): Hub {
  const lab = path.basename(labDir);
  const hub = `${lab}.hub`;
  addNamespace(labDir, hub);
  ip(hub, ['link set lo up', `link add ${BRIDGE} type bridge`, `link set ${BRIDGE} addrgenmode none`, `link set ${BRIDGE} up`]);
  const { prefix, link } = claimSubnet(hub);
  const gateway = `${prefix}.1`;
  // No IPv6 address by itself: it would be a second way past the faults.
  ip(undefined, [`link set ${link} addrgenmode none`]);
  writeFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, '0');
  ip(undefined, [`address add ${gateway}/24 dev ${link}`, `link set ${link} up`]);
  ip(hub, [`link set ${UPLINK} master ${BRIDGE}`, `link set ${UPLINK} addrgenmode none`, `link set ${UPLINK} up`]);

  const join = (hostName: string, slot: number): string => {
    const name = `${lab}.${hostName}`;
    const port = `p${slot}`;
    addNamespace(labDir, name);
    ip(undefined, [`link add ${HOST_LINK} netns ${name} type veth peer name ${port} netns ${hub}`]);
    ip(hub, [`link set ${port} master ${BRIDGE}`, `link set ${port} addrgenmode none`, `link set ${port} up`]);
    ip(name, [
      'link set lo up',
      `link set ${HOST_LINK} addrgenmode none`,
      `address add ${prefix}.${slot}/24 dev ${HOST_LINK}`,
      `link set ${HOST_LINK} up`,
    ]);
    return name;
  };
  return { prefix, gateway, join };
}

/** Whether nobody listens on a port inside a namespace. */
export function isFreeIn(namespace: string, port: number): boolean {
  // Columns: slot, local address as hex with the port after its last colon, remote address, state (0A: listens).
  const sockets = commandIn(namespace, 'cat', ['/proc/self/net/tcp', '/proc/self/net/tcp6']);
  return !sockets.split('\n').some((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === '0A' && Number.parseInt(local?.split(':').at(-1) ?? '', 16) === port;
  });
}
