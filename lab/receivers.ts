import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Hosts } from './hosts.js';
import { serve } from './http-server.js';

/** One thing that was sent to people. */
export interface Delivery {
  /** The receiver: first part of the path, say `on-call`. */
  readonly receiver: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent, nothing verified. */
  readonly body: string;
  readonly atMs: number;
}

/** How a receiver behaves: takes, answers with an error status, or never answers (what it was sent is recorded all the same). */
export type ReceiverMode = 'take' | 'hang' | { readonly status: number };

/** Pagers, chats and committees of the lab: any name is a receiver. */
export interface Receivers {
  url(receiver: string): string;
  /** All deliveries so far, or those of one receiver. */
  received(receiver?: string): readonly Delivery[];
  /** The first delivery, past or coming, that matches. @throws after the time (default 10 s). */
  waitFor(matches: (delivery: Delivery) => boolean, timeoutMs?: number): Promise<Delivery>;
  setMode(receiver: string, mode: ReceiverMode): void;
  close(): Promise<void>;
}

const WAIT_MS = 10_000;

/** Starts the receivers on host `people`. */
export async function startReceivers(hosts: Hosts): Promise<Receivers> {
  const deliveries: Delivery[] = [];
  const modes = new Map<string, ReceiverMode>();
  const events = new EventEmitter();
  events.setMaxListeners(0);
  const server = await serve(hosts, 'people', (request) => {
    const receiver = request.path.split('/')[1] ?? '';
    deliveries.push({ receiver, path: request.path, headers: request.headers, body: request.body, atMs: Date.now() });
    events.emit('delivery');
    const mode = modes.get(receiver) ?? 'take';
    if (mode === 'hang') return 'hang';
    return mode === 'take' ? { status: 200, body: { ok: true } } : { status: mode.status };
  });
  const waitFor = async (matches: (delivery: Delivery) => boolean, timeoutMs = WAIT_MS): Promise<Delivery> => {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = deliveries.find(matches);
      if (found !== undefined) return found;
      await once(events, 'delivery', { signal }).catch(() => {
        throw new Error(`No such delivery within ${timeoutMs} ms; ${deliveries.length} others came.`);
      });
    }
  };
  return {
    url: (receiver) => `${server.url}/${receiver}`,
    received: (receiver) => deliveries.filter((delivery) => receiver === undefined || delivery.receiver === receiver),
    waitFor,
    setMode: (receiver, mode) => void modes.set(receiver, mode),
    close: () => server.close(),
  };
}
