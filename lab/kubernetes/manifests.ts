import type { V1Deployment, V1EnvVar, V1Probe } from '@kubernetes/client-node';
import type { ApplicationBehaviour } from '../application/behaviour.js';
import { DEFAULT_BEHAVIOUR, variableName } from '../application/behaviour.js';
import type { ApplicationTls } from '../instances.js';
import { HEALTH_PATH, HOST_HEADER, dsnDocument } from '../instances.js';
import { program } from '../program.js';

/** Labels of the application's pods. */
export const APPLICATION_LABELS: Readonly<Record<string, string>> = { app: 'geosync-api' };
/** Secret with the CA and the application's client certificate. */
export const TLS_SECRET = 'geosync-tls';
/** Secret with what callers of the admin API must know. */
export const ADMIN_SECRET = 'geosync-admin';

const ROOT = 'GEOSYNC_KILL_SWITCH_POSTGRES';
const KEY = 'DSN';
/** Relative: the lab's pods have a folder of their own as working folder, and not a file system. */
const TLS_FOLDER = 'etc/geosync/tls';
const ADMIN_FOLDER = 'etc/geosync/admin';
const TLS_FILES: ApplicationTls = { caFile: `${TLS_FOLDER}/ca.crt`, cert: `${TLS_FOLDER}/tls.crt`, key: `${TLS_FOLDER}/tls.key` };
const FAILURE_THRESHOLD = 3;
/** A start may take this many periods before the startup probe gives up. */
const STARTUP_FAILURES = 30;

/** How the Secret holds the DSN. */
export interface SettingsSecret {
  readonly key: string;
  /** Path of the DSN inside the value, a JSON document; null when the value is the DSN. */
  readonly dsnPath: string | null;
  data(dsn: string): Record<string, string>;
}

/** The Secret's form: a JSON document, or the DSN alone. */
export function settingsSecretData(form: 'json' | 'keys'): SettingsSecret {
  return form === 'json'
    ? { key: ROOT, dsnPath: 'dsn', data: (dsn) => ({ [ROOT]: dsnDocument(dsn, TLS_FILES) }) }
    : { key: KEY, dsnPath: null, data: (dsn) => ({ [KEY]: dsn }) };
}

/** What the Deployment of the application is made from. */
export interface DeploymentFacts {
  readonly name: string;
  readonly secret: string;
  readonly dsnForm: 'json' | 'keys';
  readonly port: number;
  readonly behaviour: ApplicationBehaviour;
  readonly replicas: number;
  readonly graceSeconds: number;
  readonly probes: readonly ('startup' | 'readiness' | 'liveness')[];
  readonly probePeriodSeconds: number;
  readonly progressDeadlineSeconds: number;
}

function storeSettings({ dsnForm, secret }: DeploymentFacts): readonly V1EnvVar[] {
  if (dsnForm === 'json') return [];
  return [
    { name: `${ROOT}__DSN`, valueFrom: { secretKeyRef: { name: secret, key: KEY } } },
    { name: `${ROOT}__TLS__CA_FILE`, value: TLS_FILES.caFile },
    { name: `${ROOT}__TLS__CERT_FILE`, value: TLS_FILES.cert },
    { name: `${ROOT}__TLS__KEY_FILE`, value: TLS_FILES.key },
  ];
}

function behaviourVariables(behaviour: ApplicationBehaviour): readonly V1EnvVar[] {
  const changed = Object.entries(behaviour).filter(([key, value]) => value !== DEFAULT_BEHAVIOUR[key as keyof ApplicationBehaviour]);
  return changed.map(([key, value]) => ({ name: variableName(key), value: String(value) }));
}

/** The application's Deployment as in production: three probes on the health path, one surge and one missing pod at most. */
export function applicationDeployment(facts: DeploymentFacts): {
  readonly deployment: V1Deployment;
  readonly healthPath: string;
  readonly hostHeader: string;
} {
  const healthPath = HEALTH_PATH[facts.behaviour.health];
  const probe = (failureThreshold: number): V1Probe => ({
    httpGet: { path: healthPath, port: 'http', httpHeaders: [{ name: 'Host', value: HOST_HEADER }] },
    periodSeconds: facts.probePeriodSeconds,
    failureThreshold,
  });
  const has = (kind: DeploymentFacts['probes'][number]): boolean => facts.probes.includes(kind);
  const deployment: V1Deployment = {
    metadata: { name: facts.name, labels: { ...APPLICATION_LABELS } },
    spec: {
      replicas: facts.replicas,
      progressDeadlineSeconds: facts.progressDeadlineSeconds,
      selector: { matchLabels: { ...APPLICATION_LABELS } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      template: {
        metadata: { labels: { ...APPLICATION_LABELS } },
        spec: {
          terminationGracePeriodSeconds: facts.graceSeconds,
          containers: [
            {
              name: 'api',
              image: 'geosync:lab',
              command: [process.execPath, program('lab/application/main')],
              ports: [{ name: 'http', containerPort: facts.port }],
              ...(facts.dsnForm === 'json' ? { envFrom: [{ secretRef: { name: facts.secret } }] } : {}),
              env: [
                { name: 'LAB_APP_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                { name: 'LAB_APP_PORT', value: String(facts.port) },
                { name: 'LAB_APP_SECRETS_DIR', value: ADMIN_FOLDER },
                ...storeSettings(facts),
                ...behaviourVariables(facts.behaviour),
              ],
              volumeMounts: [
                { name: 'tls', mountPath: TLS_FOLDER, readOnly: true },
                { name: 'admin', mountPath: ADMIN_FOLDER, readOnly: true },
              ],
              ...(has('startup') ? { startupProbe: probe(STARTUP_FAILURES) } : {}),
              ...(has('readiness') ? { readinessProbe: probe(FAILURE_THRESHOLD) } : {}),
              ...(has('liveness') ? { livenessProbe: probe(FAILURE_THRESHOLD) } : {}),
            },
          ],
          volumes: [
            { name: 'tls', secret: { secretName: TLS_SECRET } },
            { name: 'admin', secret: { secretName: ADMIN_SECRET } },
          ],
        },
      },
    },
  };
  return { deployment, healthPath, hostHeader: HOST_HEADER };
}

/** A workload that trades as long as a pod of it runs: a process that waits for its end. */
export function tradingDeployment(name: string, replicas: number): V1Deployment {
  const labels = { app: name };
  const words = `console.log('trading'); process.on('SIGTERM', () => process.exit(0)); setInterval(() => undefined, 60000)`;
  return {
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 5, containers: [{ name, image: 'trading:lab', command: [process.execPath, '-e', words] }] },
      },
    },
  };
}
