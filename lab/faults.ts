import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instances.js';
import { childrenOf } from './journal.js';
import type { NodeName } from './postgres/node.js';
import type { Pair, SqlOptions } from './postgres/pair.js';
import type { RowOption } from './postgres/schema.js';
import type { Receivers } from './receivers.js';
import type { LabTemporal } from './temporal.js';
import type { Trading } from './trading.js';

/** What faults act on. */
export interface FaultTargets {
  readonly pair: Pair;
  readonly instances: readonly Instance[];
  readonly trading: Trading;
  readonly receivers: Receivers;
  readonly temporal: () => LabTemporal;
}

/** Named faults over a lab. Each is done when its promise resolves. */
export interface Faults {
  /** Loss of the database host: SIGKILL to the server and its children. */
  killNode(node: NodeName): Promise<void>;
  /** The host hangs: connections stay open, new ones are accepted, nothing is answered. */
  freezeNode(node: NodeName): Promise<void>;
  thawNode(node: NodeName): Promise<void>;
  /** Hangs for a while, then goes on. */
  stallNode(node: NodeName, forMs: number): Promise<void>;
  /** Slow: hangs for pauseMs, runs for pauseMs, and so on until the returned function is called. */
  slowNode(node: NodeName, pauseMs: number): () => Promise<void>;
  /** An old primary comes back as it was, unfenced and writable. Fails while its service is disabled. */
  returnUnfenced(node: NodeName): Promise<void>;
  /** Every database session of the application on a node is ended. */
  dropSessions(node: NodeName): Promise<void>;
  /** Replay stops on a standby; WAL is still received. */
  pauseReplay(node: NodeName): Promise<void>;
  resumeReplay(node: NodeName): Promise<void>;
  /** All transactions of a node become read-only by default, the fault of a full or degraded disk. */
  readOnly(node: NodeName, on: boolean): Promise<void>;
  /** Holds a lock on the application's row (writes wait) until the returned function is called. */
  lockRow(node: NodeName): Promise<() => Promise<void>>;
  wrongCertificate(node: NodeName): Promise<void>;
  rightCertificate(node: NodeName): Promise<void>;
  writeRow(node: NodeName, row: RowOption): Promise<void>;
  deleteRow(node: NodeName): Promise<void>;
  dropTable(node: NodeName): Promise<void>;
  killInstance(name: string): Promise<void>;
  /** The instance answers nothing and ignores SIGTERM. */
  freezeInstance(name: string): void;
  thawInstance(name: string): void;
  killTemporal(): Promise<void>;
  restartTemporal(): Promise<void>;
  /** Temporal down for a while. */
  blinkTemporal(downMs: number): Promise<void>;
  /** Any process of the lab by pid, its children included: worker, gateway. */
  freezeProcess(pid: number): void;
  thawProcess(pid: number): void;
  tradingMode(mode: 'serve' | 'hang' | 'refuse'): void;
  /** Notifications to this receiver hang or fail from now on; `take` ends it. */
  receiverMode(receiver: string, mode: 'take' | 'hang' | { readonly status: number }): void;
}

function signalTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(pid, signal);
  for (const child of childrenOf(pid)) signalTree(child, signal);
}

/** Binds the faults to a lab. */
export function createFaults({ pair, instances, trading, receivers, temporal }: FaultTargets): Faults {
  const superuser: SqlOptions = { database: 'postgres' };
  const instance = (name: string): Instance => {
    const found = instances.find((one) => one.name === name);
    if (found === undefined) throw new Error(`No instance ${name} in this lab.`);
    return found;
  };
  const signalInstance = (name: string, signal: 'SIGSTOP' | 'SIGCONT'): void => {
    const pid = instance(name).pid();
    if (pid === undefined) throw new Error(`Instance ${name} does not run.`);
    signalTree(pid, signal);
  };
  return {
    killNode: (node) => pair.nodes[node].kill(),
    freezeNode: (node) => pair.nodes[node].freeze(),
    thawNode: (node) => pair.nodes[node].thaw(),
    stallNode: async (node, forMs) => {
      await pair.nodes[node].freeze();
      await sleep(forMs);
      await pair.nodes[node].thaw();
    },
    slowNode: (node, pauseMs) => {
      const ending = new AbortController();
      const pulses = (async () => {
        while (!ending.signal.aborted) {
          await pair.nodes[node].freeze();
          await sleep(pauseMs);
          await pair.nodes[node].thaw();
          await sleep(pauseMs);
        }
      })();
      return () => {
        ending.abort();
        return pulses;
      };
    },
    returnUnfenced: async (node) => {
      if (await pair.nodes[node].disabled()) throw new Error(`Node ${node} is disabled: it cannot return.`);
      await pair.nodes[node].start();
    },
    dropSessions: async (node) =>
      void (await pair.sql(
        node,
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'geosync-kill-switch'`,
        superuser,
      )),
    pauseReplay: async (node) => void (await pair.sql(node, 'select pg_wal_replay_pause()', superuser)),
    resumeReplay: async (node) => void (await pair.sql(node, 'select pg_wal_replay_resume()', superuser)),
    readOnly: async (node, on) => {
      await pair.sql(node, `alter system set default_transaction_read_only = ${on ? 'on' : 'off'}`, superuser);
      await pair.sql(node, 'select pg_reload_conf()', superuser);
    },
    lockRow: async (node) => {
      const client = await pair.connect(node);
      await client.query('begin');
      await client.query('select from kill_switch_state where id = 1 for update');
      return () => client.end();
    },
    wrongCertificate: (node) => pair.issueWrongCertificate(node),
    rightCertificate: (node) => pair.issueRightCertificate(node),
    writeRow: (node, row) => pair.writeRow(node, row),
    deleteRow: async (node) => void (await pair.sql(node, 'delete from kill_switch_state')),
    dropTable: async (node) => void (await pair.sql(node, 'drop table kill_switch_state')),
    killInstance: (name) => instance(name).kill(),
    freezeInstance: (name) => signalInstance(name, 'SIGSTOP'),
    thawInstance: (name) => signalInstance(name, 'SIGCONT'),
    killTemporal: () => temporal().kill(),
    restartTemporal: () => temporal().restart(),
    blinkTemporal: async (downMs) => {
      await temporal().kill();
      await sleep(downMs);
      await temporal().restart();
    },
    freezeProcess: (pid) => signalTree(pid, 'SIGSTOP'),
    thawProcess: (pid) => signalTree(pid, 'SIGCONT'),
    tradingMode: (mode) => trading.setMode(mode),
    receiverMode: (receiver, mode) => receivers.setMode(receiver, mode),
  };
}
