/**
 * What the configured adapters declare about themselves, as far as the plan needs it. Derived from the configuration alone, so that a plan
 * can be resolved without opening anything; a test holds it against the adapters that the wiring makes.
 */
import type { FenceClass } from '../domain/contract.js';
import type { AdapterDeclarations } from '../domain/plan.js';
import { reviewTimesOf } from './metric-questions.js';
import { objectWords, onKubernetes } from './platform.js';
import type { StoreConfig } from './sections/store.js';

/** Time after an unknown promotion during which it is read back before people are asked, milliseconds. */
const PROMOTE_SETTLE_MS = 30_000;

/** Declarations of a store’s adapters. */
export function declarationsOf(store: StoreConfig): AdapterDeclarations {
  return {
    cluster: { kind: store.cluster.adapter, promote: 'read-back', settleMs: promoteSettleMs(store) },
    workload: 'exec' in store.workload ? { kind: 'exec', rolls: false, found: false } : { kind: 'kubernetes', rolls: true, found: true },
    configSource: sourceDeclaration(store),
    pause: pauseDeclaration(store),
    fence: { kind: 'exec' in store.fence ? 'exec' : 'none' },
    notifiers: store.notify.map(() => 'webhook'),
    archive: { kind: 'jsonl' },
    ...(store.metrics === undefined ? {} : { metrics: { kind: 'prometheus', ...reviewTimesOf(store.metrics.prometheus) } }),
  };
}

/** How long an unknown promotion is read back: Patroni may finish one after it said that the outcome is unknown. */
export function promoteSettleMs(store: StoreConfig): number {
  return store.cluster.patroni?.settle ?? PROMOTE_SETTLE_MS;
}

/** Whether something else than pg_promote promotes the node: said in the configuration, else by the adapter. */
export function isManaged(store: StoreConfig, node: StoreConfig['cluster']['nodes'][number]): boolean {
  return node.managed ?? store.cluster.adapter === 'patroni';
}

/** Patroni’s members: for each node its name there and the REST address under the node’s own. Empty for other adapters. */
export function patroniMembers(
  cluster: StoreConfig['cluster'],
): readonly { readonly node: string; readonly member: string; readonly url: string }[] {
  const { patroni, nodes } = cluster;
  if (patroni === undefined) return [];
  const scheme = patroni.tls === undefined ? 'http' : 'https';
  return nodes.map(({ name, host }) => ({
    node: name,
    member: patroni.names[name] ?? name,
    url: patroni.members[name] ?? `${scheme}://${host.includes(':') ? `[${host}]` : host}:${patroni.restPort}`,
  }));
}

function sourceDeclaration(store: StoreConfig): AdapterDeclarations['configSource'] {
  if ('envFile' in store.configSource) {
    const source = store.configSource.envFile;
    return { kind: 'env-file', form: configForm(source.file, source), owner: source.owner };
  }
  const source = store.configSource.kubernetes;
  const object = onKubernetes(store).source;
  return {
    kind: object?.kind ?? 'secret',
    form: configForm(object === undefined ? '' : objectWords(object), source),
    owner: source.owner,
  };
}

/** Words for where the DSN lives. */
function configForm(where: string, source: { readonly key: string; readonly path: readonly string[]; readonly format: string }): string {
  const place = `${where}, key ${source.key}`;
  return source.path.length === 0 ? place : `${place}, path ${source.path.join('.')} in its ${source.format.toUpperCase()} document`;
}

/** The class of fence that the configured adapter can put on a node; undefined when none. */
export function fenceClassOf(store: StoreConfig, node: string): FenceClass | undefined {
  if (!('exec' in store.fence)) return undefined;
  const { nodes } = store.fence.exec;
  return nodes === undefined || nodes.includes(node) ? store.fence.exec.class : undefined;
}

function pauseDeclaration(store: StoreConfig): AdapterDeclarations['pause'] {
  const pause = store.tradingPause;
  if ('none' in pause) {
    return {
      kind: 'none',
      able: false,
      pause: 'repeatable',
      resume: 'repeatable',
      settleMs: 0,
      restingOrders: 'unknown',
      manualKill: pause.none.manualKill,
    };
  }
  const [kind, settings] =
    'http' in pause
      ? (['http', pause.http] as const)
      : 'exec' in pause
        ? (['exec', pause.exec] as const)
        : (['scale', pause.scale] as const);
  // Only a platform that keeps the idempotency key may be asked twice; nothing is known of what a command does the second time.
  const effect = 'scale' in pause || ('http' in pause && pause.http.honoursKey) ? 'repeatable' : 'read-back';
  return {
    kind,
    able: true,
    pause: effect,
    resume: effect,
    settleMs: settings.settle,
    restingOrders: settings.restingOrders,
    manualKill: settings.manualKill,
  };
}
