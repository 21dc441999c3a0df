import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { labEnvironment } from '../environment.js';
import type { Place } from '../hosts.js';
import { isAlive, processFacts, readJournal } from '../journal.js';
import type { ProcessSpec } from '../process.js';
import { launch } from '../process.js';
import type { Ground } from '../postgres/index.js';
import { removeLeftSegment } from '../postgres/shared-memory.js';
import type { SystemUser } from '../postgres/user.js';
import { give } from '../postgres/user.js';
import { freezeAll, isPostgres, killAll, processesIn, signalAll } from './host-processes.js';
import type { PatroniPrograms } from './programs.js';
import { until } from './until.js';

/** Members of the lab's Patroni cluster, as Patroni names them; their hosts are `db-1`, `db-2`, `db-3`. */
export type PatroniNodeName = 'n1' | 'n2' | 'n3';

/** What a node needs of its cluster. */
export interface PatroniNodeContext {
  readonly ground: Ground;
  readonly user: SystemUser | undefined;
  readonly programs: PatroniPrograms;
}

const REAPED_MS = 2_500;
const STOP_MS = 30_000;

/**
 * One host with Patroni and the PostgreSQL that Patroni starts. What runs on it is read from the journal and from /proc, not remembered:
 * its service script, or Patroni itself, may have started or stopped things meanwhile.
 */
export class PatroniNode {
  readonly name: PatroniNodeName;
  readonly place: Place;
  readonly port: number;
  readonly restPort: number;
  readonly restUrl: string;
  readonly dir: string;
  readonly dataDir: string;
  /** The Patroni process. */
  readonly spec: ProcessSpec;
  readonly #context: PatroniNodeContext;

  constructor(
    name: PatroniNodeName,
    place: Place,
    ports: { readonly postgres: number; readonly rest: number },
    context: PatroniNodeContext,
  ) {
    const labDir = context.ground.dir;
    this.name = name;
    this.place = place;
    this.port = ports.postgres;
    this.restPort = ports.rest;
    this.restUrl = `https://${place.address}:${ports.rest}`;
    this.#context = context;
    this.dir = path.join(labDir, place.name);
    this.dataDir = path.join(this.dir, 'data');
    this.spec = {
      name: place.name,
      host: place,
      command: context.programs.python,
      args: ['-m', 'patroni', this.#configurationFile()],
      // libpq looks below HOME and fails when it may not; LC_ALL, since PostgreSQL's messages are read by people and tests.
      env: labEnvironment(labDir, {
        PATH: `${context.programs.postgresBin}:${process.env['PATH'] ?? ''}`,
        HOME: this.dir,
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        PYTHONDONTWRITEBYTECODE: '1',
      }),
      cwd: this.dir,
      logFile: path.join(labDir, 'logs', `patroni-${name}.log`),
      pidFile: path.join(labDir, 'run', `${place.name}.pid`),
      // With TERM Patroni would hand over in good order; a lab that closes has no use for that.
      endSignal: 'KILL',
      ...(context.user === undefined ? {} : { user: context.user }),
    };
  }

  #configurationFile(): string {
    return path.join(this.dir, 'patroni.yml');
  }

  /** Folder and configuration; nothing runs yet. */
  async prepare(configuration: string): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    await writeFile(this.#configurationFile(), configuration, { mode: 0o600 });
    await give(this.#context.user, this.dir, this.#configurationFile());
    await writeFile(this.spec.logFile, '', { flag: 'a' });
  }

  /** Pid of the living Patroni, whoever started it. */
  patroniPid(): number | undefined {
    return readJournal(this.#context.ground.guardian.journalFile).find((entry) => entry.name === this.spec.name && isAlive(entry))?.pid;
  }

  /** Pid of the living postmaster. */
  postmasterPid(): number | undefined {
    const pid = this.#recordedPostmaster();
    return pid !== undefined && this.#postgres().includes(pid) ? pid : undefined;
  }

  #recordedPostmaster(): number | undefined {
    try {
      return Number(readFileSync(path.join(this.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return undefined;
    }
  }

  #postgres(): number[] {
    return processesIn(this.dir).filter(isPostgres);
  }

  /** True while the service is disabled: nothing starts it. */
  disabled(): boolean {
    return existsSync(path.join(this.dir, 'disabled'));
  }

  /** Lets the service be started again. */
  async enable(): Promise<void> {
    await rm(path.join(this.dir, 'disabled'), { force: true });
  }

  /** Starts Patroni; what it then does takes seconds. Found running it is left alone. */
  async start(): Promise<void> {
    if (this.disabled()) throw new Error(`Node ${this.name} is disabled: it cannot start.`);
    if (this.patroniPid() !== undefined) return;
    await this.#forgetDeadPostmaster();
    launch(this.#context.ground.guardian.journalFile, this.spec);
  }

  /**
   * PostgreSQL takes a zombie for a living postmaster and refuses to start, and PID 1 may reap late, in a container even never: wait a
   * little, then remove the pid file of the dead.
   */
  async #forgetDeadPostmaster(): Promise<void> {
    const pid = this.#recordedPostmaster();
    if (pid === undefined || this.#postgres().length > 0) return;
    const reaped = until('reaped', REAPED_MS, async () => !existsSync(`/proc/${pid}`) || processFacts(pid) !== undefined);
    await reaped.catch(async () => {
      await removeLeftSegment(this.dataDir);
      await rm(path.join(this.dataDir, 'postmaster.pid'), { force: true });
    });
  }

  /** Stops Patroni in good order, as systemd would: a leader hands over first, and PostgreSQL is stopped (not while paused). */
  async stop(): Promise<void> {
    const pid = this.patroniPid();
    if (pid === undefined) return;
    process.kill(pid, 'SIGTERM');
    await until(`Patroni of ${this.name} has ended`, STOP_MS, async () => this.patroniPid() === undefined);
  }

  /** Loss of the host: everything on it is killed, frozen or not. Nothing starts it again. */
  kill(): Promise<void> {
    return killAll(() => processesIn(this.dir));
  }

  /** Only PostgreSQL dies; Patroni will notice and start it again. */
  killPostgres(): Promise<void> {
    const victims = this.#postgres();
    // Only those of now: Patroni may be quicker with a new one than we are at looking.
    return killAll(() => victims.filter((pid) => this.#postgres().includes(pid)));
  }

  /** Only Patroni dies; its PostgreSQL goes on, and on a leader goes on taking writes while another node is promoted. */
  killPatroni(): Promise<void> {
    const pid = this.patroniPid();
    return killAll(() => (pid !== undefined && this.patroniPid() === pid ? [pid] : []));
  }

  /** The host hangs: connections stay open, new ones are accepted, nothing is answered. */
  freeze(): Promise<void> {
    return freezeAll(() => processesIn(this.dir));
  }

  /** Only Patroni hangs; its PostgreSQL goes on. */
  freezePatroni(): Promise<void> {
    return freezeAll(() => [this.patroniPid() ?? []].flat());
  }

  /** Ends any freeze. */
  thaw(): void {
    signalAll(processesIn(this.dir), 'SIGCONT');
  }

  /** Makes Patroni and PostgreSQL read their files again, certificates among them. */
  reload(): void {
    signalAll([this.patroniPid() ?? [], this.postmasterPid() ?? []].flat(), 'SIGHUP');
  }
}
