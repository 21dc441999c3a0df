/** What of a Holdfast configuration is the same for every kind of lab: Temporal, gateway, people, policy, alerts. References to secrets only. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { BaseLab } from '../../../lab/index.js';
import type { CommonValues } from '../../../lab/config-values.js';
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

/** What any lab's configuration may be told. */
export interface CommonConfigOptions {
  /** Typed names count at every gate: the demo's own explicit policy, printed on each card. */
  readonly acceptDeclared?: boolean;
  /** Overrides of the short durations below, as configuration text. */
  readonly times?: Readonly<Record<string, unknown>>;
  readonly gates?: Readonly<Record<string, unknown>>;
  readonly standing?: readonly unknown[];
  readonly fence?: boolean;
  /** Rows older than this are stale for the application and for Holdfast alike. */
  readonly staleAfter?: string;
  readonly gatewayPort?: number;
  readonly environment?: string;
  /** Port of the worker's Prometheus endpoint on the host `worker`; default none. */
  readonly workerMetricsPort?: number;
  /** A further store on the same cluster, chosen by the alert label `store`. */
  readonly secondStore?: string;
}

/** Seconds where production has minutes: the plan holds every duration, so a lab needs no skipping of time. */
export const LAB_TIMES = {
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

/** Name of the lab's store. */
export const STORE = 'kill-switch';

/** Makes the people of the lab and their keys: one on call, one of risk, one of operations. */
export async function labPeople(lab: Pick<BaseLab, 'dir'>): Promise<readonly LabPerson[]> {
  const folder = path.join(lab.dir, 'people');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const person = async (id: string, roles: readonly string[]): Promise<LabPerson> => {
    const keyFile = path.join(folder, `${id}.pem`);
    const key = await generateKey(keyFile);
    return { id, roles, keyFile, keyId: key.id, publicKey: key.publicKey };
  };
  return [await person('ana', ['on-call']), await person('ben', ['risk']), await person('cleo', ['operations'])];
}

/** A file's reference. */
export function ref(file: string): string {
  return `file:${file}`;
}

/** TLS material of a role, as references. */
export function tlsRefs(
  caFile: string,
  files: { readonly cert: string; readonly key: string },
): Readonly<Record<'ca' | 'cert' | 'key', string>> {
  return { ca: ref(caFile), cert: ref(files.cert), key: ref(files.key) };
}

/** What of a store's section is the same for every kind of lab. */
export function commonStoreSection(values: CommonValues, options: CommonConfigOptions): Readonly<Record<string, unknown>> {
  const { receivers } = values;
  const hook = (url: string, roles: readonly string[]): unknown => ({
    webhook: { url, secret: ref(values.webhookSecretFile), roles, timeout: '2s' },
  });
  return {
    environment: options.environment ?? 'lab',
    notify: [hook(receivers.onCall, ['on-call']), hook(receivers.risk, ['risk']), hook(receivers.operations, ['operations'])],
    archive: { jsonl: { folder: values.archiveDir } },
    verifyConsecutive: 2,
    freshnessKeeper: 'nobody: this is a lab',
  };
}

/** Writes the configuration around a store's section and returns its path. */
export function writeConfigFile(
  lab: Pick<BaseLab, 'dir'>,
  values: CommonValues,
  people: readonly LabPerson[],
  cluster: string,
  storeSection: unknown,
  options: CommonConfigOptions,
): { readonly file: string; readonly store: string } {
  const { secondStore } = options;
  const file = path.join(lab.dir, 'holdfast.yaml');
  const labels = { alertname: 'KillSwitchStoreDown' };
  const config = {
    schema: 1,
    ...(values.temporal === null ? {} : { temporal: { address: values.temporal.address, namespace: values.temporal.namespace } }),
    ...(options.workerMetricsPort === undefined ? {} : { worker: { metrics: `${values.hosts.worker}:${options.workerMetricsPort}` } }),
    gateway: {
      listen: `${values.hosts.gateway}:${options.gatewayPort ?? 0}`,
      sources: { alertmanager: { bearer: ref(values.alertTokenFile) }, generic: { secret: ref(values.webhookSecretFile) } },
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
    stores: { [STORE]: storeSection, ...(secondStore === undefined ? {} : { [secondStore]: storeSection }) },
    alerts: [
      ...(secondStore === undefined ? [] : [{ labels: { ...labels, store: secondStore }, store: secondStore, for: '0s' }]),
      { labels: { ...labels, cluster }, store: STORE, for: '0s' },
    ],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return { file, store: STORE };
}
