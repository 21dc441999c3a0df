import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { ApplicationBehaviour } from '../application/behaviour.js';
import { DEFAULT_BEHAVIOUR } from '../application/behaviour.js';
import { applicationDsn } from '../instances.js';
import type { Ground } from '../postgres/index.js';
import type { NodeName } from '../postgres/node.js';
import type { Pair } from '../postgres/pair.js';
import type { CertificateFiles } from '../postgres/pki.js';
import { asMergePatch, statusCode } from './clients.js';
import type { Kubernetes } from './index.js';
import { ADMIN_SECRET, APPLICATION_LABELS, TLS_SECRET, applicationDeployment, settingsSecretData, tradingDeployment } from './manifests.js';

/** A database that the application may be pointed at, and what proves it and the application to each other. */
export interface ApplicationDatabase {
  /** `postgresql+psycopg://user:password@host:port/database?sslmode=…`, password escaped; see `applicationDsn`. */
  readonly dsn: string;
  readonly caFile: string;
  /** Client certificate of the application's role. */
  readonly client: CertificateFiles;
}

/** A node of the embedded pair as a database for the application. */
export function pairDatabase(ground: Ground, pair: Pair, node: NodeName): ApplicationDatabase {
  const { pki } = pair.context;
  return { dsn: applicationDsn(pair, node, ground.secrets.values['dsn-password']), caFile: pki.caFile, client: pki.client('geosync') };
}

/** How the application is put into the cluster. */
export interface KubernetesApplicationOptions {
  /** Default `geosync`. */
  readonly namespace?: string;
  /** Default 3. */
  readonly replicas?: number;
  readonly behaviour?: Partial<ApplicationBehaviour>;
  /**
   * `json` (default): key `GEOSYNC_KILL_SWITCH_POSTGRES` of the Secret holds a JSON document with the DSN at `dsn`. `keys`: key `DSN`
   * holds the DSN alone.
   */
  readonly dsnForm?: 'json' | 'keys';
  /** Default 30, as in production. */
  readonly graceSeconds?: number;
  /** All three ask the health path, as in production; default all three. */
  readonly probes?: readonly ('startup' | 'readiness' | 'liveness')[];
  /** Seconds between probes; default 1 (production: 10), so that a liveness probe ends a pod after 3 s. */
  readonly probePeriodSeconds?: number;
  /** Default 600, as in production. */
  readonly progressDeadlineSeconds?: number;
  /** Replicas of the second Deployment, `trading`; default 1. 0 leaves it out. */
  readonly trading?: number;
  /** Default true: returns when all pods are ready. */
  readonly wait?: boolean;
}

/** One pod of the application as the outside reaches it. */
export interface ApplicationPod {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly healthUrl: string;
  readonly adminUrl: string;
  readonly metricsUrl: string;
}

/** The application in the cluster. */
export interface KubernetesApplication {
  readonly namespace: string;
  readonly deployment: string;
  /** Labels of its pods, as a selector. */
  readonly selector: string;
  /** Secret with the DSN, the key in it, and the path inside its JSON document (null: the value is the DSN). */
  readonly secret: string;
  readonly secretKey: string;
  readonly dsnPath: string | null;
  /** Deployment that trades; scaling it to 0 pauses trading. */
  readonly tradingDeployment: string;
  readonly hostHeader: string;
  /** Port of every pod. */
  readonly port: number;
  /** Pods that are not ending and have an address, oldest first. */
  pods(): Promise<readonly ApplicationPod[]>;
  /** Rewrites the Secret (or makes it again) so that it points at another database, as a hand would. Pods read it when they start. */
  pointAt(database: ApplicationDatabase): Promise<void>;
  /** `kubectl rollout restart`. */
  restart(): Promise<void>;
  scale(replicas: number, deployment?: string): Promise<void>;
  /** Returns when the newest template runs with all its replicas ready; pods that are ending may still be there. @throws when that takes too long. */
  waitReady(timeoutMs?: number): Promise<void>;
  /** The same, and nothing else is left. */
  waitRolledOut(timeoutMs?: number): Promise<void>;
}

const DEPLOYMENT = 'geosync-api';
const TRADING = 'trading';
const POLL_MS = 100;
const ROLLOUT_MS = 60_000;

function isReady({ metadata, spec, status }: V1Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  const [updated, all, available] = [status?.updatedReplicas ?? 0, status?.replicas ?? 0, status?.availableReplicas ?? 0];
  const seen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  return seen && updated === wanted && all === wanted && available === wanted;
}

/**
 * Creates namespace, Secrets, the Deployment `geosync-api` and the Deployment `trading`. The pods are real processes of the stand-in
 * application (dist/lab/application/main), each at the address of a host of its own.
 */
export async function applicationOnKubernetes(
  ground: Ground,
  kubernetes: Kubernetes,
  database: ApplicationDatabase,
  options: KubernetesApplicationOptions = {},
): Promise<KubernetesApplication> {
  const { namespace = 'geosync', dsnForm = 'json', trading = 1 } = options;
  const { core, apps } = kubernetes.api;
  const behaviour: ApplicationBehaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour, dsnForm };
  const secret = 'geosync-secrets';
  const settings = settingsSecretData(dsnForm);
  // One port for all pods: each has its own address.
  const port = await ground.hosts.port('pod-1');
  const { values } = ground.secrets;

  await kubernetes.namespace(namespace);
  const createSecret = (name: string, stringData: Readonly<Record<string, string>>) =>
    core.createNamespacedSecret({ namespace, body: { metadata: { name }, stringData: { ...stringData } } });
  await Promise.all([
    createSecret(secret, settings.data(database.dsn)),
    createSecret(TLS_SECRET, {
      'ca.crt': readFileSync(database.caFile, 'utf8'),
      'tls.crt': readFileSync(database.client.cert, 'utf8'),
      'tls.key': readFileSync(database.client.key, 'utf8'),
    }),
    createSecret(ADMIN_SECRET, {
      'admin-jwt-secret': values['admin-jwt-secret'],
      'admin-otp-seed': values['admin-otp-seed'],
      'admin-client-certificate': values['admin-client-certificate'],
    }),
  ]);
  const manifest = applicationDeployment({
    name: DEPLOYMENT,
    secret,
    dsnForm,
    port,
    behaviour,
    replicas: options.replicas ?? 3,
    graceSeconds: options.graceSeconds ?? 30,
    probes: options.probes ?? ['startup', 'readiness', 'liveness'],
    probePeriodSeconds: options.probePeriodSeconds ?? 1,
    progressDeadlineSeconds: options.progressDeadlineSeconds ?? 600,
  });
  await apps.createNamespacedDeployment({ namespace, body: manifest.deployment });
  if (trading > 0) await apps.createNamespacedDeployment({ namespace, body: tradingDeployment(TRADING, trading) });

  const selector = Object.entries(APPLICATION_LABELS)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  const listPods = async (): Promise<readonly V1Pod[]> => (await core.listNamespacedPod({ namespace, labelSelector: selector })).items;
  const ageOf = (pod: V1Pod): number => pod.metadata?.creationTimestamp?.getTime() ?? 0;
  const pods = async (): Promise<readonly ApplicationPod[]> =>
    (await listPods())
      .filter((pod) => pod.metadata?.deletionTimestamp === undefined && pod.status?.podIP !== undefined)
      .toSorted((a, b) => ageOf(a) - ageOf(b))
      .map(({ metadata, status }) => {
        const address = status?.podIP ?? '';
        const baseUrl = `http://${address}:${port}`;
        return {
          name: metadata?.name ?? '',
          uid: metadata?.uid ?? '',
          address,
          healthUrl: `${baseUrl}${manifest.healthPath}`,
          adminUrl: `${baseUrl}/admin/kill-switch`,
          metricsUrl: `${baseUrl}/metrics`,
        };
      });
  const wait = async (alone: boolean, timeoutMs: number): Promise<void> => {
    for (const deadline = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
      const deployment = await apps.readNamespacedDeployment({ namespace, name: DEPLOYMENT });
      const left = await listPods();
      if (isReady(deployment) && (!alone || left.length === deployment.spec?.replicas)) return;
      if (Date.now() < deadline) continue;
      const states = left.map(({ metadata, status }) => `${metadata?.name} ${JSON.stringify(status?.containerStatuses?.[0]?.state ?? {})}`);
      throw new Error(`${DEPLOYMENT} was not rolled out within ${timeoutMs} ms: ${states.join('; ')}`);
    }
  };
  if (options.wait !== false) await wait(true, ROLLOUT_MS);

  return {
    namespace,
    deployment: DEPLOYMENT,
    selector,
    secret,
    secretKey: settings.key,
    dsnPath: settings.dsnPath,
    tradingDeployment: TRADING,
    hostHeader: manifest.hostHeader,
    port,
    pods,
    pointAt: async ({ dsn }) => {
      const stringData = settings.data(dsn);
      await core.patchNamespacedSecret({ namespace, name: secret, body: { stringData } }, asMergePatch).catch((error: unknown) => {
        if (statusCode(error) !== 404) throw error;
        return createSecret(secret, stringData);
      });
    },
    restart: async () => {
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
      await apps.patchNamespacedDeployment(
        { namespace, name: DEPLOYMENT, body: { spec: { template: { metadata: { annotations } } } } },
        asMergePatch,
      );
    },
    scale: async (replicas, name = DEPLOYMENT) => {
      await apps.patchNamespacedDeploymentScale({ namespace, name, body: { spec: { replicas } } }, asMergePatch);
    },
    waitReady: (timeoutMs = ROLLOUT_MS) => wait(false, timeoutMs),
    waitRolledOut: (timeoutMs = ROLLOUT_MS) => wait(true, timeoutMs),
  };
}
