/** The context of a real process: streams, clock, signals, prompts, Temporal. */
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../config/load.js';
import { createStorePorts } from '../wiring.js';
import type { CliContext } from './context.js';
import type { RunClient } from './run-client.js';
import type { StoreMemoryPort } from '../ports/store-memory.js';

/** Remembers nothing: for commands that ask ports without Temporal. */
const NO_MEMORY: StoreMemoryPort = {
  arming: () => Promise.resolve({ armed: false }),
  lastSnapshot: () => Promise.resolve(undefined),
  lastPlan: () => Promise.resolve(undefined),
  rememberPlan: () => Promise.resolve(),
};

/** Makes the context. `signal` is aborted when the process is told to end. */
export function realContext(signal: AbortSignal): CliContext {
  const memories = new WeakMap<RunClient, StoreMemoryPort>();
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    environment: process.env,
    isTty: process.stdout.isTTY,
    now: Date.now,
    // Interrupted, it returns at once: loops look at the signal themselves.
    sleep: (ms) => delay(ms, undefined, { signal }).catch(() => undefined),
    signal,
    async confirm(question) {
      if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
      const { confirm } = await import('@clack/prompts');
      return (await confirm({ message: question, initialValue: false })) === true;
    },
    load: (file) => loadConfig(file),
    async connect(config) {
      const [{ connectClient }, { createRunClient }, { createStoreMemory }] = await Promise.all([
        import('../temporal/client.js'),
        import('./temporal-run-client.js'),
        import('../temporal/store-memory.js'),
      ]);
      const client = await connectClient(config.temporal);
      const runs = createRunClient(client, Date.now);
      memories.set(runs, createStoreMemory(client));
      return runs;
    },
    ports(config, store, client) {
      const memory = client === undefined ? undefined : memories.get(client);
      return createStorePorts(config, store, { memory: memory ?? NO_MEMORY, prober: `cli@${os.hostname()}` });
    },
  };
}
