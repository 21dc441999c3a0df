import { get } from 'node:https';
import type { RequestOptions } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesSession } from './client.js';

/** What is watched: a path of the API, and what narrows it. */
export interface WatchedPath {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** A running watch. It only tells that something changed: what is, is read. */
export interface Changes {
  /** Resolves when something changed since the last call, or after `limitMs`; true when something did. */
  next(limitMs: number): Promise<boolean>;
  close(): void;
}

/** Pause before a broken watch is begun again. */
const AGAIN_MS = 500;
/** How long one watch request lasts before the API server ends it and it is begun anew. */
const REQUEST_SECONDS = 60;

/**
 * Watches paths. A watch that cannot be had or breaks counts as a change and is begun again: nothing is missed, since each beginning is
 * followed by a read. The client's own Watch has no limit for a server that takes the request and never answers; this one has.
 */
export function watchPaths(session: KubernetesSession, watched: readonly WatchedPath[]): Changes {
  const closed = new AbortController();
  const signal = AbortSignal.any([closed.signal, session.scope.signal]);
  let changed = false;
  let wake: (() => void) | undefined;
  const notice = (): void => {
    changed = true;
    wake?.();
  };
  const keep = async (one: WatchedPath): Promise<void> => {
    while (!signal.aborted) {
      const lastedMs = await watchOnce(session, one, signal, notice);
      notice();
      // One that ends as soon as it begins must not become a loop without a rest.
      if (lastedMs < AGAIN_MS) await wait(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  signal.addEventListener('abort', () => wake?.(), { once: true });
  for (const one of watched) void keep(one);
  return {
    async next(limitMs) {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limitMs);
          wake = (): void => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const had = changed;
      changed = false;
      return had;
    },
    close: () => closed.abort(),
  };
}

/** One watch request, until it ends. Resolves to how long the server kept it, milliseconds; never rejects. */
async function watchOnce(session: KubernetesSession, one: WatchedPath, signal: AbortSignal, onEvent: () => void): Promise<number> {
  const options: RequestOptions = {};
  const cluster = session.config.getCurrentCluster();
  try {
    await session.config.applyToHTTPSOptions(options);
  } catch {
    return 0;
  }
  const url = new URL(`${cluster?.server ?? ''}${one.path}`);
  // Version 0 begins with what the server's cache has. Without it, or with bookmarks, a server over an old etcd takes the watch and ends it
  // with an error, or sends no head at all (seen with 1.36.3 over etcd 3.4.23).
  const query = { ...one.query, watch: 'true', resourceVersion: '0', timeoutSeconds: String(REQUEST_SECONDS) };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return new Promise((resolve) => {
    let takenAt = 0;
    const ended = (): void => resolve(takenAt === 0 ? 0 : performance.now() - takenAt);
    const request = get(url, { ...options, signal }, (response) => {
      request.setTimeout(0);
      if (response.statusCode === 200) takenAt = performance.now();
      // What an event says is read anew, so its content does not matter here.
      response.on('data', () => {
        if (takenAt > 0) onEvent();
      });
      response.on('error', ended);
      response.on('close', ended);
    });
    request.setTimeout(session.timeoutMs, () => request.destroy());
    request.on('error', ended);
  });
}

/** Watches one namespaced object by its name: a right limited to that name is enough for it. */
export function watchedObject(group: string, namespace: string, resource: string, name: string): WatchedPath {
  return { path: `${group}/namespaces/${encodeURIComponent(namespace)}/${resource}`, query: { fieldSelector: `metadata.name=${name}` } };
}

/** Watches the pods that a selector finds. */
export function watchedPods(namespace: string, selector: string): WatchedPath {
  return { path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, query: { labelSelector: selector } };
}
