/** Writes a Holdfast configuration for a full lab: Patroni, and the application on Kubernetes. Holds references to secrets only. */
import path from 'node:path';
import type { FullLab, FullValues } from '../../../lab/full.js';
import { commonStoreSection, LAB_TIMES, ref, tlsRefs, writeConfigFile, type CommonConfigOptions, type LabPerson } from './common-config.js';

/** What the configuration of a full lab may be told. */
export interface FullConfigOptions extends CommonConfigOptions {
  /** Replaces addresses of Patroni's REST API, for a lab whose path to it goes through a link. */
  readonly restUrls?: Readonly<Record<string, string>>;
  readonly pause?: 'scale' | 'none';
  /** Times of the metrics review; only used in a lab with Prometheus. */
  readonly metrics?: Readonly<Record<string, unknown>>;
}

/** The cluster's name in the configuration. */
export const FULL_CLUSTER = 'lab-patroni';

/** Patroni's ttl is 20 s in the lab: until then it may still act by itself, and nobody has to be asked. Pods take seconds to go and to come. */
const FULL_TIMES = {
  ...LAB_TIMES,
  waitVerdict: '60s',
  observeEvery: '500ms',
  stopGrace: '4s',
  stopLimit: '30s',
  verifyBudget: '40s',
  pauseProof: '10s',
} as const;

const METRICS_TIMES = { before: '10s', after: '5s', rate: '4s', step: '1s', groupWait: '1s' } as const;
const MANUAL_KILL = 'Press the red button on the desk.';

function clusterSection({ patroni }: FullValues, options: FullConfigOptions): unknown {
  const { rest, roles } = patroni;
  return {
    name: FULL_CLUSTER,
    adapter: 'patroni',
    patroni: {
      scope: patroni.scope,
      members: Object.fromEntries(patroni.nodes.map(({ name, restUrl }) => [name, options.restUrls?.[name] ?? restUrl])),
      tls: { ca: ref(rest.caFile) },
      username: ref(rest.userFile),
      password: ref(rest.passwordFile),
      timeout: '2s',
      requestTimeout: '30s',
      settle: '45s',
      watchdog: 'off',
    },
    nodes: patroni.nodes.map(({ name, host, port }) => ({ name, host, port })),
    primary: patroni.preferredPrimary,
    database: patroni.name,
    role: roles.orchestrator.user,
    tls: tlsRefs(patroni.caFile, roles.orchestrator),
  };
}

function metricsSection({ prometheusUrl }: FullValues, options: FullConfigOptions): Readonly<Record<string, unknown>> {
  if (prometheusUrl === null) return {};
  const selectors = { application: { job: 'geosync' } };
  return { metrics: { prometheus: { url: prometheusUrl, timeout: '2s', selectors, ...METRICS_TIMES, ...options.metrics } } };
}

/** The store's section. `kubeconfig` is a file with the identity of the shipped ServiceAccount. */
function storeSection(lab: FullLab, values: FullValues, kubeconfig: string, options: FullConfigOptions): unknown {
  const { patroni, kubernetes, admin } = values;
  const control = path.join(lab.dir, 'bin', 'patronictl-{node}');
  return {
    ...commonStoreSection(values, options),
    cluster: clusterSection(values, options),
    kubernetes: { namespace: kubernetes.namespace, kubeconfig, timeout: '3s' },
    application: {
      workload: kubernetes.deployment,
      found: { port: kubernetes.port },
      hostHeader: kubernetes.hostHeader,
      admin: { token: ref(admin.tokenFile), clientCert: ref(admin.clientCertificateFile), otpSeed: ref(admin.otpSeedFile) },
      login: { role: patroni.roles.application.user, tls: tlsRefs(patroni.caFile, patroni.roles.application) },
      timeout: '1s',
      ...(options.staleAfter === undefined ? {} : { rowRules: { staleAfter: options.staleAfter } }),
    },
    workload: { kubernetes: { deployment: kubernetes.deployment, stallAfter: '6s' } },
    configSource: {
      kubernetes: {
        secret: kubernetes.secret,
        key: kubernetes.secretKey,
        ...(kubernetes.dsnPath === null ? {} : { path: [kubernetes.dsnPath] }),
      },
    },
    tradingPause:
      options.pause === 'none'
        ? { none: { manualKill: MANUAL_KILL } }
        : { scale: { deployment: kubernetes.tradingDeployment, restingOrders: 'left', manualKill: MANUAL_KILL, settle: '10s' } },
    fence:
      options.fence === false ? { none: {} } : { exec: { class: 'H', fence: [control, 'fence'], read: [control, 'read'], timeout: '20s' } },
    times: { ...FULL_TIMES, ...options.times },
    ...metricsSection(values, options),
  };
}

/** Writes the configuration and returns its path. */
export function writeFullConfig(
  lab: FullLab,
  people: readonly LabPerson[],
  kubeconfig: string,
  options: FullConfigOptions = {},
): { readonly file: string; readonly store: string } {
  const values = lab.configValues();
  return writeConfigFile(lab, values, people, FULL_CLUSTER, storeSection(lab, values, kubeconfig, options), options);
}
