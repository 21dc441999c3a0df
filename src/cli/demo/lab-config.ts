/** Writes a Holdfast configuration for a lab: what a person would write for their own hosts. Holds references to secrets only. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { ConfigValues, Lab } from '../../../lab/index.js';
import { generateKey } from '../../wiring.js';

/** A person of the lab with a key of their own. */
export interface LabPerson {
  readonly id: string;
  readonly roles: readonly string[];
  /** Private key, as a file. */
  readonly keyFile: string;
  readonly keyId: string;
  readonly publicKey: string;
}

export interface LabConfigOptions {
  /** Typed names count at every gate: the demo's own explicit policy, printed on each card. */
  readonly acceptDeclared?: boolean;
  /** Overrides of the short durations below, as configuration text. */
  readonly times?: Readonly<Record<string, unknown>>;
  readonly gates?: Readonly<Record<string, unknown>>;
  readonly standing?: readonly unknown[];
  readonly fence?: boolean;
  readonly pause?: 'http' | 'none';
  /** Rows older than this are stale for the application and for Holdfast alike. */
  readonly staleAfter?: string;
  readonly gatewayPort?: number;
  /** Replaces the addresses of nodes, for a lab whose path to a node goes through a link. */
  readonly nodePorts?: Readonly<Record<string, number>>;
  readonly environment?: string;
  /** Port of the worker's Prometheus endpoint on the host `worker`; default none. */
  readonly workerMetricsPort?: number;
  /** A further store on the same cluster, chosen by the alert label `store`. */
  readonly secondStore?: string;
}

/** Seconds where production has minutes: the plan holds every duration, so a lab needs no skipping of time. */
const LAB_TIMES = {
  holdOff: {
    'primary-dead': '1s',
    'primary-lost': '2s',
    inconclusive: '3s',
    'already-moved': '1s',
    healthy: '500ms',
    'switch-engaged': '500ms',
    'row-stale': '1s',
    'instances-quarantined': '1s',
    'application-only': '1500ms',
    'path-fault': '2s',
    'access-failed': '1s',
    'row-invalid': '1s',
    'primary-unreachable-from-here': '2s',
  },
  stalenessWindow: '5m',
  observeEvery: '250ms',
  waitVerdict: '10s',
  stopGrace: '2s',
  stopLimit: '10s',
  verifyBudget: '15s',
  verifyEvery: '250ms',
  pauseProof: '3s',
  reopen: '2s',
  receiverStalled: '3s',
} as const;

const STORE = 'kill-switch';

/** Makes the people of the lab and their keys: one on call, one of risk, one of operations. */
export async function labPeople(lab: Pick<Lab, 'dir'>): Promise<readonly LabPerson[]> {
  const folder = path.join(lab.dir, 'people');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const person = async (id: string, roles: readonly string[]): Promise<LabPerson> => {
    const keyFile = path.join(folder, `${id}.pem`);
    const key = await generateKey(keyFile);
    return { id, roles, keyFile, keyId: key.id, publicKey: key.publicKey };
  };
  return [await person('ana', ['on-call']), await person('ben', ['risk']), await person('cleo', ['operations'])];
}

/** The fence of a lab node: stop and disable the service on its host, then read that back (class H). */
function writeFenceScript(lab: Pick<Lab, 'dir'>): string {
  const file = path.join(lab.dir, 'bin', 'pg-fence');
  writeFileSync(
    file,
    `#!/bin/sh
# pg-fence put|read|lift NODE: exit 0 in force, 1 not in force (read).
ctl="$(dirname "$0")/pgctl-$2"
case $1 in
put) "$ctl" disable && "$ctl" stop ;;
read) state=$("$ctl" status); echo "$2: $state"; [ "$state" = "inactive disabled" ] ;;
lift) "$ctl" enable ;;
*) echo "usage: $0 put|read|lift NODE" >&2; exit 2 ;;
esac
`,
  );
  chmodSync(file, 0o755);
  return file;
}

function storeSection(lab: Lab, values: ConfigValues, options: LabConfigOptions): unknown {
  const { database, application, admin, trading, receivers } = values;
  const ref = (file: string): string => `file:${file}`;
  const tls = (files: { readonly cert: string; readonly key: string }): unknown => ({
    ca: ref(database.caFile),
    cert: ref(files.cert),
    key: ref(files.key),
  });
  const appctl = path.join(lab.dir, 'bin', 'appctl');
  const fence = writeFenceScript(lab);
  const hook = (url: string, roles: readonly string[]): unknown => ({
    webhook: { url, secret: ref(values.webhookSecretFile), roles, timeout: '2s' },
  });
  return {
    environment: options.environment ?? 'lab',
    cluster: {
      name: 'lab-pair',
      nodes: database.nodes.map((n) => ({ name: n.name, host: n.host, port: options.nodePorts?.[n.name] ?? n.port })),
      primary: database.preferredPrimary,
      database: database.name,
      role: database.roles.orchestrator.user,
      tls: tls(database.roles.orchestrator),
    },
    application: {
      hostHeader: application.instances[0]?.hostHeader,
      instances: application.instances.map((i) => ({ name: i.name, url: `http://${i.address}:${i.port}`, clientAddress: i.address })),
      admin: { token: ref(admin.tokenFile), clientCert: ref(admin.clientCertificateFile), otpSeed: ref(admin.otpSeedFile) },
      login: { role: database.roles.application.user, tls: tls(database.roles.application) },
      timeout: '1s',
      ...(options.staleAfter === undefined ? {} : { rowRules: { staleAfter: options.staleAfter } }),
    },
    workload: {
      exec: {
        start: [appctl, '{instance}', 'start'],
        stop: [appctl, '{instance}', 'stop'],
        kill: [appctl, '{instance}', 'kill'],
        status: [appctl, '{instance}', 'status'],
      },
    },
    configSource: {
      envFile: {
        file: application.envFile,
        key: application.dsnKey,
        ...(application.dsnPath === null ? {} : { path: [application.dsnPath] }),
      },
    },
    tradingPause:
      options.pause === 'none'
        ? { none: { manualKill: 'Press the red button on the desk.' } }
        : {
            http: {
              url: trading.pauseUrl.replace(/\/pause$/, ''),
              token: ref(trading.tokenFile),
              timeout: '1s',
              honoursKey: true,
              restingOrders: trading.restingOrders,
              manualKill: 'Press the red button on the desk.',
              settle: '3s',
            },
          },
    fence:
      options.fence === false ? { none: {} } : { exec: { class: 'H', fence: [fence, 'put', '{node}'], read: [fence, 'read', '{node}'] } },
    notify: [hook(receivers.onCall, ['on-call']), hook(receivers.risk, ['risk']), hook(receivers.operations, ['operations'])],
    archive: { jsonl: { folder: values.archiveDir } },
    times: { ...LAB_TIMES, ...options.times },
    verifyConsecutive: 2,
    freshnessKeeper: 'nobody: this is a lab',
  };
}

/** Writes the configuration and returns its path. */
export function writeLabConfig(
  lab: Lab,
  people: readonly LabPerson[],
  options: LabConfigOptions = {},
): { readonly file: string; readonly store: string } {
  const values = lab.configValues();
  const { secondStore } = options;
  const file = path.join(lab.dir, 'holdfast.yaml');
  const config = {
    schema: 1,
    ...(values.temporal === null ? {} : { temporal: { address: values.temporal.address, namespace: values.temporal.namespace } }),
    ...(options.workerMetricsPort === undefined ? {} : { worker: { metrics: `${values.hosts.worker}:${options.workerMetricsPort}` } }),
    gateway: {
      listen: `${values.hosts.gateway}:${options.gatewayPort ?? 0}`,
      sources: { alertmanager: { bearer: `file:${values.alertTokenFile}` }, generic: { secret: `file:${values.webhookSecretFile}` } },
    },
    people: people.map((p) => ({
      id: p.id,
      roles: p.roles,
      handles: [`${p.id}@lab.test`],
      keys: [{ id: p.keyId, publicKey: p.publicKey }],
    })),
    policy: {
      acceptDeclared: options.acceptDeclared === true,
      ...(options.gates === undefined ? {} : { gates: options.gates }),
      ...(options.standing === undefined ? {} : { standing: options.standing }),
    },
    stores: {
      [STORE]: storeSection(lab, values, options),
      ...(secondStore === undefined ? {} : { [secondStore]: storeSection(lab, values, options) }),
    },
    alerts: [
      ...(secondStore === undefined
        ? []
        : [{ labels: { alertname: 'KillSwitchStoreDown', store: secondStore }, store: secondStore, for: '0s' }]),
      { labels: { alertname: 'KillSwitchStoreDown', cluster: 'lab-pair' }, store: STORE, for: '0s' },
    ],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return { file, store: STORE };
}
