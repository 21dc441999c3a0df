/**
 * The only place that picks adapters. Everything else sees ports, or what is passed on from here.
 * Nothing is opened and no secret is read while wiring: adapters resolve references inside the call that needs them.
 */
import { createApplication } from './adapters/application/application.js';
import { GEOSYNC_PROFILE } from './adapters/application/geosync-profile.js';
import { createAttestation } from './adapters/attestation/attestation.js';
import { createExecConfigSource } from './adapters/exec/config-source.js';
import { createExecFence } from './adapters/exec/fence.js';
import { createNoFence } from './adapters/exec/no-fence.js';
import { createExecWorkload } from './adapters/exec/workload.js';
import { createJsonlArchive } from './adapters/jsonl/archive.js';
import { createKubernetesConfigSource } from './adapters/kubernetes/config-source.js';
import type { KubernetesConnection } from './adapters/kubernetes/connection.js';
import { createKubernetesReadiness } from './adapters/kubernetes/readiness.js';
import { createScalePause } from './adapters/kubernetes/scale-pause.js';
import { createKubernetesWorkload } from './adapters/kubernetes/workload.js';
import { createPatroniCluster } from './adapters/patroni/cluster.js';
import { createPostgresCluster } from './adapters/postgres/cluster.js';
import { createPostgresRowStore } from './adapters/postgres/row-store.js';
import type { PostgresSettings } from './adapters/postgres/settings.js';
import { resolveSecret } from './adapters/shared/secrets.js';
import { createPrometheusMetrics } from './adapters/prometheus/metrics.js';
import { createNoMetrics } from './adapters/prometheus/no-metrics.js';
import { createExecPause } from './adapters/trading-pause/exec-pause.js';
import { createHttpPause } from './adapters/trading-pause/http-pause.js';
import { createNoPause } from './adapters/trading-pause/no-pause.js';
import { createWebhookNotifier } from './adapters/webhook/notifier.js';
import { isManaged, patroniMembers, promoteSettleMs } from './config/declarations.js';
import { metricQuestionsOf, reviewTimesOf } from './config/metric-questions.js';
import { onKubernetes } from './config/platform.js';
import { storeOf } from './config/resolve-plan.js';
import type { Config } from './config/schema.js';
import type { StoreConfig } from './config/sections/store.js';
import { HoldfastError } from './domain/errors.js';
import type { ClusterPort } from './ports/cluster.js';
import type { ConfigSourcePort } from './ports/config-source.js';
import type { FencePort } from './ports/fence.js';
import type { MetricsPort } from './ports/metrics.js';
import type { StorePorts } from './ports/index.js';
import type { StoreMemoryPort } from './ports/store-memory.js';
import type { TradingPausePort } from './ports/trading-pause.js';
import type { WorkloadPort } from './ports/workload.js';

export { generateKey, loadKey, signDecision } from './adapters/attestation/keys.js';
export type { SigningKey } from './adapters/attestation/keys.js';
export { migrate } from './adapters/postgres/migrations.js';
export type { MigrationRequest } from './adapters/postgres/migrations.js';
export { resolveSecret } from './adapters/shared/secrets.js';

/** What the ports need from the process that wires them. */
export interface WiringDeps {
  /** What `watch:<store>` remembers; a Temporal client stands behind it. */
  readonly memory: StoreMemoryPort;
  /** Names this process’s row in the probe table: one row a prober, so that two workers do not wait for each other’s lock. */
  readonly prober: string;
}

/** The ports of one store. Errors: HF_STORE_UNKNOWN. */
export function createStorePorts(config: Config, storeName: string, deps: WiringDeps): StorePorts {
  const store = storeOf(config, storeName);
  const postgres = postgresSettings(store, deps.prober);
  return {
    cluster: clusterPort(store, postgres),
    rowStore: createPostgresRowStore(postgres, { resolveSecret }),
    workload: workloadPort(store),
    configSource: configSourcePort(store),
    application: applicationPort(store),
    tradingPause: pausePort(store),
    fence: fencePort(store),
    notifier: createWebhookNotifier({
      routes: store.notify.map(({ webhook }, index) => ({
        name: `route ${index + 1} of ${storeName}`,
        url: webhook.url,
        roles: webhook.roles,
        timeoutMs: webhook.timeout,
        ...(webhook.secret !== undefined && { secretRef: webhook.secret }),
      })),
    }),
    archive: createJsonlArchive(store.archive.jsonl),
    attestation: createAttestation(),
    memory: deps.memory,
    metrics: metricsPort(store),
    ...platformPort(store),
  };
}

/** How both PostgreSQL adapters of a store log in, and what the application looks like from inside the database. */
export function postgresSettings(store: StoreConfig, prober: string): PostgresSettings {
  const { cluster, application } = store;
  return {
    login: loginOf({ ...cluster, sslmode: 'verify-full' }, cluster.database),
    application: {
      table: application.table,
      applicationName: application.applicationName,
      login: loginOf(application.login, cluster.database),
    },
    prober,
    limits: { settleMs: promoteSettleMs(store) },
  };
}

type LoginSection = Pick<StoreConfig['application']['login'], 'role' | 'password' | 'tls' | 'sslmode'>;

function loginOf(section: LoginSection, database: string): PostgresSettings['login'] {
  const { ca, cert, key } = section.tls;
  return {
    database,
    role: section.role,
    sslmode: section.sslmode,
    tls: { ca, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
    ...(section.password !== undefined && { password: section.password }),
  };
}

/** Who is primary is read over SQL whatever promotes; under Patroni its adapter adds the manager’s word and the asking. */
function clusterPort(store: StoreConfig, postgres: PostgresSettings): ClusterPort {
  const sql = createPostgresCluster(postgres, { resolveSecret });
  const { patroni, nodes } = store.cluster;
  if (patroni === undefined) return sql;
  const { username, password, tls } = patroni;
  return createPatroniCluster(
    {
      scope: patroni.scope,
      members: patroniMembers(store.cluster),
      settleMs: promoteSettleMs(store),
      limits: { readMs: patroni.timeout, requestMs: patroni.requestTimeout },
      ...(tls !== undefined && {
        tls: { caRef: tls.ca, ...(tls.cert !== undefined && { certRef: tls.cert }), ...(tls.key !== undefined && { keyRef: tls.key }) },
      }),
      ...(username !== undefined && password !== undefined && { login: { usernameRef: username, passwordRef: password } }),
    },
    {
      sql,
      nodes: nodes.map((node) => ({
        name: node.name,
        host: node.host,
        port: node.port,
        candidate: node.candidate,
        managed: isManaged(store, node),
        ...(node.site !== undefined && { site: node.site }),
      })),
    },
  );
}

function applicationPort(store: StoreConfig) {
  const { application } = store;
  const { path, token, clientCert, otpSeed } = application.admin;
  return createApplication({
    profile: GEOSYNC_PROFILE,
    instances: application.instances.map(({ name, url }) => ({ name, baseUrl: url })),
    timeoutMs: application.timeout,
    ...(application.found !== undefined && { found: application.found }),
    ...(application.hostHeader !== undefined && { hostHeader: application.hostHeader }),
    ...(application.tlsCa !== undefined && { tls: { caRef: application.tlsCa } }),
    admin: {
      tokenRef: token,
      ...(path !== undefined && { path }),
      ...(clientCert !== undefined && { clientCertRef: clientCert }),
      ...(otpSeed !== undefined && { otpSeedRef: otpSeed }),
    },
  });
}

function metricsPort({ metrics }: StoreConfig): MetricsPort {
  if (metrics === undefined) return createNoMetrics();
  const { url, bearer, basic, tls, tenant, timeout, selectors } = metrics.prometheus;
  return createPrometheusMetrics({
    url,
    timeoutMs: timeout,
    selectors,
    questions: metricQuestionsOf(metrics.prometheus),
    times: reviewTimesOf(metrics.prometheus),
    ...(bearer !== undefined && { bearerRef: bearer }),
    ...(basic !== undefined && { basic: { user: basic.user, passwordRef: basic.password } }),
    ...(tls !== undefined && {
      tls: { caRef: tls.ca, ...(tls.cert !== undefined && { certRef: tls.cert }), ...(tls.key !== undefined && { keyRef: tls.key }) },
    }),
    ...(tenant !== undefined && { tenant }),
  });
}

function workloadPort(store: StoreConfig): WorkloadPort {
  const { workload: onPlatform } = onKubernetes(store);
  if ('kubernetes' in store.workload && onPlatform !== undefined) {
    const { stallAfter } = store.workload.kubernetes;
    return createKubernetesWorkload({ connection: kubernetesConnection(store), workload: onPlatform, stallAfterMs: stallAfter });
  }
  if (!('exec' in store.workload)) throw new HoldfastError('HF_CONFIG_INVALID', 'No workload is configured.');
  const { start, stop, kill, status, timeout } = store.workload.exec;
  return createExecWorkload({
    timeoutMs: timeout,
    instances: store.application.instances.map(({ name }) => {
      const fill = (argv: readonly string[]) => filled(argv, { instance: name });
      return { name, start: fill(start), stop: fill(stop), status: fill(status), ...(kill !== undefined && { kill: fill(kill) }) };
    }),
  });
}

function configSourcePort(store: StoreConfig): ConfigSourcePort {
  if ('envFile' in store.configSource) return createExecConfigSource(store.configSource.envFile);
  const { source } = onKubernetes(store);
  if (source === undefined) throw new HoldfastError('HF_CONFIG_INVALID', 'No config source is configured.');
  const { key, path, format, owner, owned } = store.configSource.kubernetes;
  return createKubernetesConfigSource({ connection: kubernetesConnection(store), source, key, path, format, owner, owned });
}

function kubernetesConnection(store: StoreConfig): KubernetesConnection {
  const section = store.kubernetes;
  if (section === undefined) throw new HoldfastError('HF_CONFIG_INVALID', 'The section `kubernetes` of the store is missing.');
  const { kubeconfig, context, server, ca, token, timeout: timeoutMs } = section;
  if (kubeconfig !== undefined) return { timeoutMs, access: { kubeconfig, ...(context === undefined ? {} : { context }) } };
  if (server !== undefined && ca !== undefined && token !== undefined) return { timeoutMs, access: { server, ca, token } };
  return { timeoutMs, access: { inCluster: true } };
}

/** What readiness can ask of the platform, where something of the store is on Kubernetes. */
function platformPort(store: StoreConfig): Pick<StorePorts, 'platform'> {
  const objects = onKubernetes(store);
  if (Object.keys(objects).length === 0) return {};
  const owned = 'kubernetes' in store.configSource ? store.configSource.kubernetes : undefined;
  return {
    platform: createKubernetesReadiness({
      connection: kubernetesConnection(store),
      ...objects,
      ...(owned === undefined ? {} : { key: owned.key, owned: owned.owned }),
      stopGraceMs: store.times.stopGrace,
      verifyBudgetMs: store.times.verifyBudget,
    }),
  };
}

function pausePort(store: StoreConfig): TradingPausePort {
  const pause = store.tradingPause;
  if ('none' in pause) return createNoPause(pause.none);
  if ('http' in pause) {
    const { url, token, tlsCa, timeout, settle, honoursKey, restingOrders, manualKill } = pause.http;
    return createHttpPause({
      baseUrl: url,
      timeoutMs: timeout,
      settleMs: settle,
      honoursKey,
      restingOrders,
      manualKill,
      ...(token !== undefined && { tokenRef: token }),
      ...(tlsCa !== undefined && { tls: { caRef: tlsCa } }),
    });
  }
  if ('scale' in pause) {
    const { restingOrders, manualKill, settle } = pause.scale;
    const { trading } = onKubernetes(store);
    if (trading === undefined) throw new HoldfastError('HF_CONFIG_INVALID', 'No workload that trades is configured.');
    return createScalePause({ connection: kubernetesConnection(store), workload: trading, restingOrders, manualKill, settleMs: settle });
  }
  const { pause: begin, resume, state, timeout, settle, restingOrders, manualKill } = pause.exec;
  return createExecPause({ pause: begin, resume, state, timeoutMs: timeout, settleMs: settle, restingOrders, manualKill });
}

function fencePort(store: StoreConfig): FencePort {
  if (!('exec' in store.fence)) return createNoFence();
  const { class: fenceClass, fence, read, nodes, timeout } = store.fence.exec;
  const fenced = store.cluster.nodes.filter((node) => nodes === undefined || nodes.includes(node.name));
  return createExecFence({
    timeoutMs: timeout,
    nodes: Object.fromEntries(
      fenced.map(({ name, host }) => [
        name,
        { class: fenceClass, fence: filled(fence, { node: name, host }), read: filled(read, { node: name, host }) },
      ]),
    ),
  });
}

/** Puts names into a command’s words. Words stay words: nothing is ever split or read by a shell. */
function filled(argv: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return argv.map((word) => Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), word));
}
