import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hosts, Place } from './hosts.js';

/** What a link does with what it is given. `cut` = silence (nothing passes, nothing is refused); `refuse` = connections are reset. */
export type LinkMode = 'pass' | 'cut' | 'refuse';

/**
 * A way to a server that can be cut for those who use it, and for them alone: a partition without root. It stands on the server's own
 * host, so that certificates fit; whoever is to be cut off gets the link's port in place of the server's. Where that host is a network
 * namespace it stands on the lab's own side, and a certificate that names the server's address does not fit.
 */
export interface Link extends Place {
  readonly port: number;
  /** Holds for connections that are open, too. Back to `pass`: what was held is delivered. */
  setMode(mode: LinkMode): void;
  /** Added to each piece of data on its way, in both directions. */
  setDelay(delayMs: number): void;
  close(): Promise<void>;
}

/** Host on the lab's own side at which links and relays stand that cannot stand on the server's host. */
const RELAY = 'relay';

/**
 * Makes a link to a port of a named host. It lives in the lab's own process.
 * @param at host to stand on, one of the lab's own side; default the server's.
 */
export async function createLink(hosts: Hosts, hostName: string, targetPort: number, at?: string): Promise<Link> {
  const target = hosts.place(hostName);
  const place = hosts.place(at ?? (target.namespace === undefined ? hostName : RELAY));
  const port = await hosts.port(place.name);
  let mode: LinkMode = 'pass';
  let delayMs = 0;
  const sockets = new Set<net.Socket>();
  let wake: () => void = () => undefined;
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });

  const passing = async (): Promise<void> => {
    while (mode === 'cut') await changed;
  };
  const keep = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const pump = async (from: net.Socket, to: net.Socket): Promise<void> => {
    try {
      for await (const piece of from) {
        if (delayMs > 0) await sleep(delayMs);
        await passing();
        if (!to.write(piece as Buffer)) await once(to, 'drain');
      }
      await passing();
      to.end();
    } catch {
      to.destroy();
    }
  };

  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    if (mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect({ host: target.address, port: targetPort, allowHalfOpen: true });
    keep(upstream);
    upstream.once('close', () => void passing().then(() => client.destroy()));
    client.once('close', () => upstream.destroy());
    void pump(client, upstream);
    void pump(upstream, client);
  });
  server.listen({ host: place.address, port });
  await once(server, 'listening');
  server.unref();

  return {
    ...place,
    port,
    setMode: (next) => {
      mode = next;
      if (next === 'refuse') sockets.forEach((socket) => socket.resetAndDestroy());
      wake();
      changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    setDelay: (next) => {
      delayMs = next;
    },
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

/** A way from hosts in network namespaces to a server that listens at 127.0.0.1 only (Temporal's): a link on the lab's own side. */
export function createRelay(hosts: Hosts, hostName: string, targetPort: number): Promise<Link> {
  return createLink(hosts, hostName, targetPort, RELAY);
}
