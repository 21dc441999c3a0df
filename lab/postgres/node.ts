import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists } from '../cache.js';
import type { Place } from '../hosts.js';
import { childrenOf, isAlive, processFacts, readJournal, recordProcess } from '../journal.js';
import type { LabProcess, ProcessSpec } from '../process.js';
import { launch, tail } from '../process.js';
import type { PostgresBinaries } from './binaries.js';
import type { Pki } from './pki.js';
import { pgHbaConf, postgresqlConf } from './settings.js';
import type { SystemUser } from './user.js';
import { give } from './user.js';

/** Names of the two nodes of the lab's pair. */
export type NodeName = 'a' | 'b';

/** What a node needs of its lab. */
export interface NodeContext {
  /** The lab's folder. */
  readonly labDir: string;
  readonly journalFile: string;
  /** Addresses that clients come from, as a CIDR. */
  readonly network: string;
  readonly user: SystemUser | undefined;
  readonly binaries: PostgresBinaries;
  readonly pki: Pki;
}

const READY_MS = 30_000;
const POLL_MS = 10;

/**
 * One PostgreSQL server. Whether it runs is read from its pid files and the journal, not remembered: its service script
 * (`pgctl-<node>`) may have stopped or started it meanwhile.
 */
export class PostgresNode {
  readonly name: NodeName;
  readonly place: Place;
  readonly port: number;
  readonly dir: string;
  readonly data: string;
  readonly spec: ProcessSpec;
  readonly #context: NodeContext;
  #process: LabProcess | undefined;

  constructor(name: NodeName, place: Place, port: number, context: NodeContext) {
    this.name = name;
    this.place = place;
    this.port = port;
    this.#context = context;
    this.dir = path.join(context.labDir, place.name);
    this.data = path.join(this.dir, 'data');
    this.spec = {
      name: place.name,
      host: place,
      command: context.binaries.postgres,
      args: ['-D', this.data, '-p', String(port)],
      env: { PATH: process.env['PATH'] ?? '', HOME: this.dir, LC_ALL: 'C', TZ: 'UTC', HOLDFAST_LAB: context.labDir },
      cwd: this.dir,
      logFile: path.join(this.dir, 'log'),
      pidFile: path.join(context.labDir, 'run', `${place.name}.pid`),
      // QUIT is the immediate shutdown: quick, and it removes its shared memory. TERM would wait for clients.
      endSignal: 'QUIT',
      ...(context.user === undefined ? {} : { user: context.user }),
    };
  }

  /** Folder, certificate; no data yet. */
  async prepare(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await give(this.#context.user, this.dir);
    await writeFile(this.spec.logFile, '', { flag: 'a' });
    await this.#context.pki.issueServer(this.name, this.place, 'lab-ca');
  }

  /** Makes an empty cluster with the lab's settings. */
  async initdb(superuserPassword: string): Promise<void> {
    const { user, binaries, journalFile } = this.#context;
    const passwordFile = path.join(this.dir, 'initdb-password');
    await writeFile(passwordFile, superuserPassword, { mode: 0o600 });
    await give(user, passwordFile);
    const logFile = path.join(this.dir, 'initdb.log');
    const log = await open(logFile, 'a');
    const args = [
      '-D',
      this.data,
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
    ];
    const child = spawn(binaries.initdb, args, {
      ...user,
      cwd: this.dir,
      env: { ...this.spec.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const exited = once(child, 'exit');
    if (child.pid !== undefined) recordProcess(journalFile, child.pid, 'KILL', `initdb-${this.name}`);
    const [code] = (await exited) as [number | null];
    await log.close();
    await rm(passwordFile);
    if (code !== 0) throw new Error(`initdb of node ${this.name} failed: ${tail(await readFile(logFile, 'utf8'))}`);
    await this.configure();
  }

  /** Appends this node's own settings; the last line of a setting wins, so a cloned folder is corrected by it. */
  async configure(): Promise<void> {
    await appendFile(path.join(this.data, 'postgresql.conf'), postgresqlConf(this.name, this.place, this.#context.pki));
    await writeFile(path.join(this.data, 'pg_hba.conf'), pgHbaConf(this.#context.network));
    await give(this.#context.user, path.join(this.data, 'pg_hba.conf'));
  }

  /** Pid of the living postmaster, whoever started it. */
  async pid(): Promise<number | undefined> {
    const journal = readJournal(this.#context.journalFile);
    const files = [path.join(this.data, 'postmaster.pid'), this.spec.pidFile ?? ''];
    for (const file of files) {
      const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
      if (journal.some((entry) => entry.pid === pid && isAlive(entry))) return pid;
    }
    return undefined;
  }

  /**
   * Starts the postmaster as our child and waits for "ready" on line 8 of postmaster.pid, as pg_ctl does: it accepts connections. A hot
   * standby says "ready" too ("standby" there means one that accepts none).
   * @throws when it ends instead, with the last lines of its log.
   */
  async start(): Promise<void> {
    if ((await this.pid()) !== undefined) throw new Error(`Node ${this.name} runs already.`);
    const started = launch(this.#context.journalFile, this.spec);
    this.#process = started;
    for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(POLL_MS)) {
      if (started.ended() !== undefined) throw new Error(`Node ${this.name} ended at its start: ${tail(started.output())}`);
      const lines = (await readFile(path.join(this.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
      if (Number(lines[0]) === started.pid && lines[7]?.trim() === 'ready') return;
    }
    throw new Error(`Node ${this.name} was not ready in ${READY_MS} ms: ${tail(started.output())}`);
  }

  /** Ends the node: `fast` disconnects clients and sends all WAL to the standby first; `immediate` does not. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }

  /** Loss of the host: SIGKILL to the postmaster and all its children. Works on a frozen node too. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    const children = childrenOf(pid);
    process.kill(pid, signal);
    // Backends are sessions of their own; stopped ones would not notice the postmaster's death.
    if (signal === 'SIGKILL') children.forEach((child) => signalIfThere(child, 'SIGKILL'));
    if (this.#process?.pid === pid) await this.#process.exited;
    while ([pid, ...children].some((one) => processFacts(one) !== undefined)) await sleep(POLL_MS);
  }

  /** Hangs the node: it keeps its port and its connections and answers nothing. */
  async freeze(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) throw new Error(`Node ${this.name} does not run: it cannot be frozen.`);
    // The postmaster first, so that it makes no child that escapes.
    process.kill(pid, 'SIGSTOP');
    childrenOf(pid).forEach((child) => signalIfThere(child, 'SIGSTOP'));
  }

  /** Ends a freeze. */
  async thaw(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    childrenOf(pid).forEach((child) => signalIfThere(child, 'SIGCONT'));
    process.kill(pid, 'SIGCONT');
  }

  /** Makes the server read its settings and certificates again; open connections keep the old certificate. */
  async reload(): Promise<void> {
    const pid = await this.pid();
    if (pid !== undefined) process.kill(pid, 'SIGHUP');
  }

  /** Makes the (stopped) data folder a standby of `upstream`. */
  async becomeStandby(autoConfLines: string): Promise<void> {
    const autoConf = path.join(this.data, 'postgresql.auto.conf');
    const signalFile = path.join(this.data, 'standby.signal');
    await appendFile(autoConf, autoConfLines);
    await writeFile(signalFile, '');
    await give(this.#context.user, autoConf, signalFile);
  }

  /** True while the service is disabled: its script then refuses to start it. */
  disabled(): Promise<boolean> {
    return exists(path.join(this.dir, 'disabled'));
  }
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
