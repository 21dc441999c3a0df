import os from 'node:os';
import path from 'node:path';
import { labEnvironment } from './environment.js';
import type { Hosts } from './hosts.js';
import type { Link } from './link.js';
import { createLink } from './link.js';
import type { NetworkHosts, NetworkOptions } from './network/index.js';
import { createNetworkHosts } from './network/index.js';
import type { Ground } from './postgres/index.js';
import { breakGround, breakGroundWith } from './postgres/index.js';
import type { LabProcess } from './process.js';
import { launch } from './process.js';
import type { Receivers } from './receivers.js';
import type { Secrets } from './secrets.js';
import type { LabTemporal } from './temporal.js';

/** What every kind of lab may be told. */
export interface BaseOptions {
  /** Parent folder; default the system's temporary folder. Every folder above must be enterable by others when the lab runs as root. */
  readonly root?: string;
  readonly name?: string;
  /** Hosts as network namespaces, which can be cut off: Linux, as root. Default: loopback addresses. */
  readonly network?: NetworkOptions;
  /** Leaves the folder (logs, data) behind. */
  readonly keep?: boolean;
  readonly onProgress?: (line: string) => void;
  /** Called with the folder when the lab could not be started, before the folder is removed: the last chance to copy logs. */
  readonly onFailedStart?: (dir: string) => void;
}

/** How a process is put into the lab. */
export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly endSignal?: 'TERM' | 'KILL';
}

/** What every kind of lab has, whatever databases and applications run in it. */
export interface BaseLab {
  readonly dir: string;
  readonly hosts: Hosts;
  /** The hosts with their faults: cut, heal, drop. @throws when the lab was made without `network`. */
  readonly network: NetworkHosts;
  /** @throws when the lab was made without Temporal. */
  readonly temporal: LabTemporal;
  readonly secrets: Secrets;
  /** Every secret's value, for a search for leaks. */
  readonly canaries: readonly string[];
  readonly receivers: Receivers;
  /** Starts a process on a named host: registered with the guardian, output to `<dir>/logs/<name>.log`, its address in LAB_HOST_ADDRESS. */
  spawn(name: string, host: string, command: string, args: readonly string[], options?: SpawnOptions): LabProcess;
  /** A way to a server on a named host that can be cut, delayed or reset for those who use it. */
  link(host: string, targetPort: number): Promise<Link>;
  /** Ends everything the lab started and removes its folder. May be called twice. */
  close(): Promise<void>;
}

/** The ground of a lab, and its hosts once more when they are network namespaces. */
export interface LabGround {
  readonly ground: Ground;
  readonly network: NetworkHosts | undefined;
  readonly progress: (line: string) => void;
}

/** Breaks ground and fills it. Whatever goes wrong or whoever is killed: what was started is ended, by the guardian if need be. */
export async function onGround<Made>(defaultName: string, options: BaseOptions, fill: (made: LabGround) => Promise<Made>): Promise<Made> {
  const startedAtMs = performance.now();
  const progress = (line: string): void => options.onProgress?.(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s  ${line}`);
  const { name = defaultName, network } = options;
  const networkGround =
    network === undefined ? undefined : await breakGroundWith(name, options.root ?? os.tmpdir(), (dir) => createNetworkHosts(dir, network));
  const ground = networkGround ?? (await breakGround(name, options.root));
  progress(`lab in ${ground.dir}`);
  try {
    return await fill({ ground, network: networkGround?.hosts, progress });
  } catch (error) {
    options.onFailedStart?.(ground.dir);
    await ground.guardian.release(options.keep === true);
    throw error;
  }
}

/** What of a lab is the same whatever runs in it. */
export function processesOf({ dir, hosts, guardian }: Ground): {
  readonly spawn: BaseLab['spawn'];
  readonly link: BaseLab['link'];
  /** Closes every link that was made. */
  readonly closeLinks: () => Promise<unknown>;
} {
  const links: Link[] = [];
  return {
    spawn: (name, host, command, args, { env = {}, cwd = process.cwd(), endSignal = 'TERM' } = {}) =>
      launch(guardian.journalFile, {
        name,
        host: hosts.place(host),
        command,
        args,
        cwd,
        endSignal,
        logFile: path.join(dir, 'logs', `${name}.log`),
        env: labEnvironment(dir, { LAB_HOST_ADDRESS: hosts.place(host).address, ...env }),
      }),
    link: async (host, targetPort) => {
      const link = await createLink(hosts, host, targetPort);
      links.push(link);
      return link;
    },
    closeLinks: () => Promise.all(links.map((link) => link.close())),
  };
}

/** The value, or an error that says what the lab was made without. */
export function madeWith<Part>(part: Part | undefined, what: string): Part {
  if (part === undefined) throw new Error(`This lab was made without ${what}.`);
  return part;
}
