/** The remaining runbook on Kubernetes as kubectl commands. No command holds a value of a Secret, nor puts one into a list of processes. */
import type { Plan } from '../domain/plan.js';
import { onKubernetes } from './platform.js';
import type { NamedController, NamedSource } from './platform.js';
import type { StoreConfig } from './sections/store.js';
import { quoted } from './shell.js';

type Commands = Plan['manual']['commands'];

/** Stopping all, pointing, starting one and then all. Empty for a store whose workload and source are elsewhere. */
export function kubernetesCommands(store: StoreConfig): Pick<Commands, 'stopAll' | 'point' | 'startFirst' | 'startAll'> {
  const { workload, source } = onKubernetes(store);
  return {
    ...(source === undefined ? {} : { point: pointCommands(kubectl(store, source.namespace), source, keyOf(store)) }),
    ...(workload === undefined ? {} : workloadCommands(kubectl(store, workload.namespace), workload, askCommands(store))),
  };
}

/** Pausing and resuming by hand where trading is paused by scale. */
export function scaleCommands(store: StoreConfig): Pick<Commands, 'pauseTrading' | 'resumeTrading'> {
  const { trading } = onKubernetes(store);
  if (trading === undefined) return {};
  const base = kubectl(store, trading.namespace);
  const object = `${trading.kind}/${trading.name}`;
  return {
    pauseTrading: `${base} get ${object} -o jsonpath='{.spec.replicas}{"\\n"}' && ${base} scale ${object} --replicas=0   # note the number: the way back needs it`,
    resumeTrading: `${base} scale ${object} --replicas=$(${base} get ${object} -o go-template='{{index .metadata.annotations "holdfast.dev/paused-replicas"}}') && ${base} annotate ${object} holdfast.dev/paused-by- holdfast.dev/paused-replicas-   # without the annotation: the number that was noted`,
  };
}

function workloadCommands(
  base: string,
  { kind, name }: NamedController,
  ask: readonly string[],
): Pick<Commands, 'stopAll' | 'startFirst' | 'startAll'> {
  const object = `${kind}/${name}`;
  return {
    stopAll: [
      `${base} get ${object} -o go-template='{{.spec.replicas}} now, {{index .metadata.annotations "holdfast.dev/full-strength"}} before Holdfast scaled it{{"\\n"}}'   # note the number`,
      `${base} scale ${object} --replicas=0`,
      `${base} get pods -o wide   # until none of ${name} is left; one that stays: ${base} delete pod <name> --grace-period=1   # never --force`,
    ],
    startFirst: [`${base} scale ${object} --replicas=1`, `${base} get pods -o wide   # its IP is the address to ask`, ...ask],
    startAll: [
      `${base} scale ${object} --replicas=<number that was noted>`,
      `${base} rollout status ${object} --timeout=120s`,
      `${base} annotate ${object} holdfast.dev/full-strength- holdfast.dev/scaled-to-`,
    ],
  };
}

/** How one pod is asked by hand. */
function askCommands({ application }: StoreConfig): readonly string[] {
  const { found, hostHeader, admin } = application;
  if (found === undefined) return [];
  const host = hostHeader === undefined ? '' : ` -H ${quoted(`Host: ${hostHeader}`)}`;
  const base = `${found.scheme}://<its IP>:${found.port}`;
  return [
    `curl -sS -m 5${host} '${base}/health'`,
    `curl -sS -m 5${host} '${base}${admin.path ?? '/admin/kill-switch'}'   # with your own admin credentials`,
  ];
}

/** The value goes through files that only the person can read, and never through a command line. */
function pointCommands(base: string, { kind, name }: NamedSource, key: string): readonly string[] {
  const object = `${kind}/${name}`;
  const read = `${base} get ${object} -o go-template=${quoted(`{{index .data "${key}"}}`)}`;
  const make = kind === 'secret' ? `create secret generic ${name}` : `create configmap ${name}`;
  return [
    'umask 077 && cd "$(mktemp -d)"',
    `${read}${kind === 'secret' ? ' | base64 -d' : ''} > old && cp old value`,
    '${EDITOR:-vi} value   # change host and port, nothing else, and add no line at the end',
    'wc -l old value   # the same number of lines',
    `{ printf '{"data":'; kubectl ${make} --from-file=${quoted(key)}=value --dry-run=client -o jsonpath='{.data}'; printf '}'; } > patch.json`,
    `${base} patch ${object} --type=merge --patch-file=patch.json`,
    'shred -u value patch.json   # keep `old` until all is well, and shred it then',
  ];
}

function keyOf(store: StoreConfig): string {
  return 'kubernetes' in store.configSource ? store.configSource.kubernetes.key : '';
}

/** kubectl as the person calls it: with their own rights, against the cluster that is configured. */
function kubectl({ kubernetes }: StoreConfig, namespace: string): string {
  const context = kubernetes?.context === undefined ? '' : ` --context=${quoted(kubernetes.context)}`;
  const server = kubernetes?.server === undefined ? '' : ` --server=${quoted(kubernetes.server)}`;
  return `kubectl${context}${server} -n ${quoted(namespace)}`;
}
