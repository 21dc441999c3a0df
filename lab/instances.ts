import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplicationBehaviour } from './application/behaviour.js';
import { DEFAULT_BEHAVIOUR } from './application/behaviour.js';
import { labEnvironment } from './environment.js';
import { isAlive, readJournal } from './journal.js';
import type { Ground } from './postgres/index.js';
import type { NodeName } from './postgres/node.js';
import type { Pair } from './postgres/pair.js';
import type { ProcessSpec } from './process.js';
import { launch, tail } from './process.js';
import { program } from './program.js';
import { applicationControlFile, writeApplicationControl } from './scripts/service-scripts.js';

/** One process of the stand-in application. */
export interface Instance {
  /** Also the name of its host. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly baseUrl: string;
  readonly healthUrl: string;
  readonly adminUrl: string;
  readonly metricsUrl: string;
  /** The Host header it accepts. */
  readonly hostHeader: string;
  readonly logFile: string;
  /** Commands for a workload adapter: each is a program with its arguments. */
  readonly commands: Readonly<Record<'start' | 'stop' | 'kill' | 'status', readonly string[]>>;
  /** Pid while it runs, whoever started it. */
  pid(): number | undefined;
  /** Starts it (nothing when it runs) and returns when it serves. @throws when it ends at boot, with its last words. */
  start(): Promise<void>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** Changes its behaviour from the next start on. */
  setBehaviour(behaviour: Partial<ApplicationBehaviour>): void;
  /** All it has written. */
  log(): string;
}

/** The application as a whole: its instances and the env file that they read at boot. */
export interface Application {
  readonly instances: readonly Instance[];
  readonly envFile: string;
  readonly dsnForm: 'json' | 'keys';
  /** Rewrites the env file so that it points at a node, as a hand would. */
  pointAt(node: NodeName): void;
}

export interface ApplicationOptions {
  readonly count: number;
  readonly behaviour: Partial<ApplicationBehaviour>;
  readonly dsnForm: 'json' | 'keys';
}

const POLL_MS = 20;
const READY_MS = 20_000;
/** The Host header that the application accepts. */
export const HOST_HEADER = 'geosync.internal';

/** The application's DSN for one node. The password is escaped; so must it stay. */
export function applicationDsn(pair: Pair, node: NodeName, password: string): string {
  const { place, port } = pair.nodes[node];
  return `postgresql+psycopg://geosync:${encodeURIComponent(password)}@${place.address}:${port}/geosync?sslmode=verify-full`;
}

/** Paths of the TLS files that the application reads at boot, as it sees them. */
export interface ApplicationTls {
  readonly caFile: string;
  readonly cert: string;
  readonly key: string;
}

/** The JSON form of the store's settings. */
export function dsnDocument(dsn: string, { caFile, cert, key }: ApplicationTls): string {
  return JSON.stringify({ dsn, tls: { ca_file: caFile, cert_file: cert, key_file: key }, min_pool_size: 1, max_pool_size: 4 });
}

function envFileText(pair: Pair, node: NodeName, password: string, form: 'json' | 'keys'): string {
  const dsn = applicationDsn(pair, node, password);
  const { pki } = pair.context;
  const { caFile } = pki;
  const { cert, key } = pki.client('geosync');
  const lines =
    form === 'json'
      ? [`GEOSYNC_KILL_SWITCH_POSTGRES=${dsnDocument(dsn, { caFile, cert, key })}`]
      : [
          `GEOSYNC_KILL_SWITCH_POSTGRES__DSN="${dsn}"`,
          `GEOSYNC_KILL_SWITCH_POSTGRES__TLS__CA_FILE=${caFile}`,
          `GEOSYNC_KILL_SWITCH_POSTGRES__TLS__CERT_FILE=${cert}`,
          `GEOSYNC_KILL_SWITCH_POSTGRES__TLS__KEY_FILE=${key}`,
        ];
  return ['# Environment of the application; read at boot.', 'GEOSYNC_ENV=lab', ...lines, ''].join('\n');
}

/** Where each shape of the application is asked for its health. */
export const HEALTH_PATH: Readonly<Record<ApplicationBehaviour['health'], string>> = {
  geosync: '/health',
  bootstrap: '/healthz',
  'health-server': '/readyz',
  runbook: '/healthz',
};

function createInstance(
  ground: Ground,
  spec: ProcessSpec,
  port: number,
  healthPath: string,
  behaviourFile: string,
  initial: Partial<ApplicationBehaviour>,
): Instance {
  const { dir, hosts, guardian } = ground;
  const { address } = hosts.place(spec.name);
  const baseUrl = `http://${address}:${port}`;
  let behaviour = initial;
  const setBehaviour = (changes: Partial<ApplicationBehaviour>): void => {
    behaviour = { ...behaviour, ...changes };
    writeFileSync(behaviourFile, JSON.stringify(behaviour));
  };
  setBehaviour({});
  const pid = (): number | undefined => {
    const text = spec.pidFile === undefined ? '' : readIfThere(spec.pidFile);
    return readJournal(guardian.journalFile).find((entry) => entry.pid === Number(text.trim()) && isAlive(entry))?.pid;
  };
  const command = (verb: string): readonly string[] => [applicationControlFile(dir), spec.name, verb];
  return {
    name: spec.name,
    address,
    port,
    baseUrl,
    hostHeader: HOST_HEADER,
    logFile: spec.logFile,
    healthUrl: `${baseUrl}${healthPath}`,
    adminUrl: `${baseUrl}/admin/kill-switch`,
    metricsUrl: `${baseUrl}/metrics`,
    commands: { start: command('start'), stop: command('stop'), kill: command('kill'), status: command('status') },
    pid,
    setBehaviour,
    log: () => readIfThere(spec.logFile),
    start: async () => {
      if (pid() === undefined) await launch(guardian.journalFile, spec).waitFor(/^ready on /, READY_MS);
    },
    kill: async () => {
      const running = pid();
      if (running === undefined) return;
      process.kill(-running, 'SIGKILL');
      for (const deadline = Date.now() + READY_MS; pid() !== undefined; await sleep(POLL_MS)) {
        if (Date.now() > deadline) throw new Error(`${spec.name} does not die: ${tail(readIfThere(spec.logFile))}`);
      }
    },
  };
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Prepares the instances `app-1` … `app-N`, each on the host of its name; nothing is started yet. */
export async function prepareApplication(ground: Ground, pair: Pair, options: ApplicationOptions): Promise<Application> {
  const { dir, hosts, secrets } = ground;
  const folder = path.join(dir, 'app');
  await mkdir(folder, { recursive: true });
  const envFile = path.join(folder, 'geosync.env');
  const pointAt = (node: NodeName): void => {
    writeFileSync(envFile, envFileText(pair, node, secrets.values['dsn-password'], options.dsnForm), { mode: 0o600 });
  };
  pointAt('a');
  const behaviour: Partial<ApplicationBehaviour> = { dsnForm: options.dsnForm, ...options.behaviour };
  const healthPath = HEALTH_PATH[behaviour.health ?? DEFAULT_BEHAVIOUR.health];
  const names = Array.from({ length: options.count }, (_, index) => `app-${index + 1}`);
  const prepared = await Promise.all(
    names.map(async (name) => {
      const port = await hosts.port(name);
      const behaviourFile = path.join(folder, `behaviour-${name}.json`);
      const spec: ProcessSpec = {
        name,
        host: hosts.place(name),
        command: process.execPath,
        args: [program('lab/application/main')],
        cwd: dir,
        env: labEnvironment(dir, {
          LAB_APP_ADDRESS: hosts.place(name).address,
          LAB_APP_PORT: String(port),
          LAB_APP_ENV_FILE: envFile,
          LAB_APP_BEHAVIOUR_FILE: behaviourFile,
          LAB_APP_SECRETS_DIR: path.dirname(secrets.files['admin-jwt-secret']),
        }),
        logFile: path.join(folder, `${name}.log`),
        pidFile: path.join(dir, 'run', `${name}.pid`),
        endSignal: 'TERM',
      };
      return { spec, instance: createInstance(ground, spec, port, healthPath, behaviourFile, behaviour) };
    }),
  );
  writeApplicationControl(
    dir,
    prepared.map(({ spec }) => spec),
  );
  return { instances: prepared.map(({ instance }) => instance), envFile, dsnForm: options.dsnForm, pointAt };
}
