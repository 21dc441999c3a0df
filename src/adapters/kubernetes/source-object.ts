import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { HoldfastError } from '../../domain/errors.js';
import { isMissing } from './api-failure.js';
import { asMergePatch, FIELD_MANAGER } from './client.js';
import type { KubernetesSession } from './client.js';
import type { OwnedMetadata } from './owner.js';

/** A Secret or ConfigMap by name. */
export interface SourceRef {
  readonly kind: 'secret' | 'configmap';
  readonly name: string;
  readonly namespace: string;
}

/** One key of a Secret or ConfigMap as it is now. `value` is a secret: it stays inside the call that read it. */
export interface SourceObject {
  readonly value: string;
  readonly version: string;
  readonly immutable: boolean;
  readonly metadata: OwnedMetadata;
}

/** Words for people: `Secret geosync-secrets in namespace geosync`. */
export function sourceWords({ kind, name, namespace }: SourceRef): string {
  return `${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${name} in namespace ${namespace}`;
}

/** Reads one key. Errors: HF_CONFIG_UNREADABLE when object or key do not exist or the value is no text; as of a call otherwise. */
export async function readSource(session: KubernetesSession, ref: SourceRef, key: string): Promise<SourceObject> {
  const { name, namespace } = ref;
  const what = { verb: 'get', resource: `${ref.kind}s`, namespace, name, effect: false } as const;
  const object = await session
    .call(what, ({ core }, options): Promise<V1Secret | V1ConfigMap> =>
      ref.kind === 'secret'
        ? core.readNamespacedSecret({ name, namespace }, options)
        : core.readNamespacedConfigMap({ name, namespace }, options),
    )
    .catch((error: unknown) => {
      throw isMissing(error) ? unreadable(ref, 'it does not exist') : error;
    });
  return sourceOf(ref, key, object);
}

/** The key of the object that was read. Pure. Errors: HF_CONFIG_UNREADABLE. */
export function sourceOf(ref: SourceRef, key: string, object: V1Secret | V1ConfigMap): SourceObject {
  const raw = object.data?.[key];
  if (raw === undefined) throw unreadable(ref, `it has no key ${key}`);
  const { metadata } = object;
  return {
    value: ref.kind === 'secret' ? decoded(ref, key, raw) : raw,
    version: metadata?.resourceVersion ?? '',
    immutable: object.immutable === true,
    metadata: {
      labels: metadata?.labels ?? {},
      annotations: metadata?.annotations ?? {},
      ownerReferences: metadata?.ownerReferences ?? [],
      managedFields: metadata?.managedFields ?? [],
    },
  };
}

/** The merge patch that writes one key if the object still has this version. A body to send, never to show. Pure. */
export function sourcePatch(ref: SourceRef, key: string, value: string, ifVersion: string): object {
  return {
    metadata: { resourceVersion: ifVersion },
    data: { [key]: ref.kind === 'secret' ? Buffer.from(value, 'utf8').toString('base64') : value },
  };
}

/** Writes one key as a compare-and-set. Errors: HF_CONFLICT when the object changed; as of a call otherwise. Returns the new version. */
export async function writeSource(
  session: KubernetesSession,
  ref: SourceRef,
  key: string,
  value: string,
  ifVersion: string,
): Promise<string> {
  const { name, namespace } = ref;
  const request = { name, namespace, body: sourcePatch(ref, key, value, ifVersion), fieldManager: FIELD_MANAGER };
  const what = { verb: 'patch', resource: `${ref.kind}s`, namespace, name, effect: true } as const;
  const object = await session.call(what, ({ core }, options): Promise<V1Secret | V1ConfigMap> =>
    ref.kind === 'secret'
      ? core.patchNamespacedSecret(request, asMergePatch(options))
      : core.patchNamespacedConfigMap(request, asMergePatch(options)),
  );
  return object.metadata?.resourceVersion ?? '';
}

function decoded(ref: SourceRef, key: string, raw: string): string {
  try {
    // Bytes that are not UTF-8 would not survive being written again.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(raw, 'base64'));
  } catch {
    throw unreadable(ref, `the value of key ${key} is not UTF-8 text`);
  }
}

function unreadable(ref: SourceRef, why: string): HoldfastError {
  return new HoldfastError('HF_CONFIG_UNREADABLE', `${sourceWords(ref)}: ${why}.`, { source: sourceWords(ref), why });
}
