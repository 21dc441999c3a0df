import type { V1Pod } from '@kubernetes/client-node';
import { makeInformer } from '@kubernetes/client-node';
import type { Place } from '../../hosts.js';
import { failureWords, statusCode } from '../clients.js';
import type { PodContext } from './pod.js';
import { Pod } from './pod.js';
import type { ContainerRecord } from './processes.js';

const WATCH_RETRY_MS = 300;
const NO_PLACE_RETRY_MS = 1_000;

/** The places of a node: given out, and taken back when a pod is gone. */
class Places {
  readonly #free: Place[];

  constructor(places: readonly Place[]) {
    this.#free = [...places];
  }

  /** The place with this address if it is free, else the one that was free longest; undefined when there is none. */
  take(address: string | undefined): Place | undefined {
    const index = this.#free.findIndex((place) => place.address === address);
    return index === -1 ? this.#free.shift() : this.#free.splice(index, 1)[0];
  }

  giveBack(place: Place): void {
    this.#free.push(place);
  }
}

/**
 * Runs the pods of the cluster on this node, for ever: binds those that have no node (there is no scheduler), starts, follows and ends
 * them. Processes left over by an earlier kubelet are taken over when their pod is still there, and ended when it is not.
 */
export async function runPods(context: PodContext): Promise<void> {
  const { settings, clients, records, log } = context;
  const places = new Places(settings.places);
  const pods = new Map<string, Pod>();
  const binding = new Set<string>();
  const left = new Map<string, ContainerRecord[]>();
  for (const record of records.living()) left.set(record.podUid, [...(left.get(record.podUid) ?? []), record]);

  const bind = async (pod: V1Pod): Promise<void> => {
    const { uid = '', name = '', namespace = '' } = pod.metadata ?? {};
    if (binding.has(uid)) return;
    binding.add(uid);
    const body = { metadata: { name, uid }, target: { apiVersion: 'v1', kind: 'Node', name: settings.nodeName } };
    await clients.core
      .createNamespacedPodBinding({ name, namespace, body })
      // The client cannot read the answer to a binding; the watch tells that it was done.
      .catch((error: unknown) => statusCode(error) !== undefined && log(`${name}: binding: ${failureWords(error)}`));
    binding.delete(uid);
  };

  const start = (pod: V1Pod): void => {
    const { uid = '', name = '', deletionTimestamp } = pod.metadata ?? {};
    const mine = left.get(uid) ?? [];
    const place = places.take(mine[0]?.address ?? pod.status?.podIP);
    if (place === undefined) {
      log(`${name}: all ${settings.places.length} places are taken`);
      setTimeout(() => see(informer.get(name, pod.metadata?.namespace) ?? pod), NO_PLACE_RETRY_MS);
      return;
    }
    left.delete(uid);
    const started = new Pod(pod, place, mine, context, () => places.giveBack(place));
    pods.set(uid, started);
    if (deletionTimestamp !== undefined) started.end();
  };

  const see = (pod: V1Pod): void => {
    const { uid = '', deletionTimestamp } = pod.metadata ?? {};
    const known = pods.get(uid);
    if (known !== undefined) known.update(pod);
    else if (pod.spec?.nodeName === undefined) {
      if (deletionTimestamp === undefined) void bind(pod);
    } else if (pod.spec.nodeName === settings.nodeName) {
      const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
      if (!over || deletionTimestamp !== undefined) start(pod);
    }
  };

  const informer = makeInformer<V1Pod>(clients.config, '/api/v1/pods', () => clients.core.listPodForAllNamespaces());
  informer.on('add', see);
  informer.on('update', see);
  informer.on('delete', ({ metadata }) => {
    const uid = metadata?.uid ?? '';
    pods.get(uid)?.removed();
    // Known until here: a last change of a pod that was ended must not start it once more.
    pods.delete(uid);
  });
  const begin = (): void => {
    informer.start().catch(again);
  };
  const again = (error: unknown): void => {
    log(`watch: ${failureWords(error)}`);
    // It stops at an error.
    setTimeout(begin, WATCH_RETRY_MS);
  };
  informer.on('error', again);
  await endOrphans(context, left);
  begin();
}

/** Ends what an earlier kubelet started for pods that are no longer there. Asks until the API server answers. */
async function endOrphans({ clients, records, log }: PodContext, left: Map<string, ContainerRecord[]>): Promise<void> {
  while (left.size > 0) {
    try {
      const { items } = await clients.core.listPodForAllNamespaces();
      const there = new Set(items.map(({ metadata }) => metadata?.uid));
      for (const [uid, of] of left) {
        if (there.has(uid)) continue;
        left.delete(uid);
        for (const record of of) records.adopt(record).signal('SIGKILL');
      }
      return;
    } catch (error) {
      log(`list: ${failureWords(error)}`);
      await new Promise((resolve) => setTimeout(resolve, WATCH_RETRY_MS));
    }
  }
}
