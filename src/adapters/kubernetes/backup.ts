import { createHash } from 'node:crypto';
import { HoldfastError } from '../../domain/errors.js';
import { isMissing } from './api-failure.js';
import { asMergePatch, FIELD_MANAGER } from './client.js';
import type { KubernetesSession } from './client.js';
import type { SourceRef } from './source-object.js';

/** Name of the Secret that keeps the old values of a source: in the same namespace, readable only there. */
export function backupName(source: string): string {
  return `${source}-holdfast-backup`;
}

/**
 * The key under which one effect's old value is kept: the idempotency key in the letters that a Secret allows, with a mark of the whole, so
 * that a second attempt finds the first one's and two keys never meet. Pure.
 */
export function backupKey(idempotencyKey: string, sourceKey: string): string {
  const mark = createHash('sha256').update(`${idempotencyKey} ${sourceKey}`).digest('hex').slice(0, 12);
  const shown = `${idempotencyKey}.${sourceKey}`.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 200);
  return `${shown}.${mark}`;
}

/** How often it is tried again when another run writes its own old value at the same moment. */
const ATTEMPTS = 5;

/**
 * Keeps the value that is about to be replaced, before it is. The first value kept under a key stays. The Secret is made when it is not there;
 * without the right to create one, the error says so. Errors: as of a call.
 */
export async function keepOldValue(session: KubernetesSession, source: SourceRef, key: string, value: string): Promise<void> {
  const { namespace } = source;
  const name = backupName(source.name);
  const data = { [key]: Buffer.from(value, 'utf8').toString('base64') };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const kept = await readBackup(session, namespace, name);
      if (kept === undefined) await createBackup(session, namespace, name, source, data);
      else if (!kept.keys.includes(key)) await addToBackup(session, namespace, name, kept.version, data);
      return;
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'HF_CONFLICT' || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function readBackup(session: KubernetesSession, namespace: string, name: string) {
  try {
    const secret = await session.call({ verb: 'get', resource: 'secrets', namespace, name, effect: false }, ({ core }, options) =>
      core.readNamespacedSecret({ name, namespace }, options),
    );
    return { keys: Object.keys(secret.data ?? {}), version: secret.metadata?.resourceVersion ?? '' };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function createBackup(
  session: KubernetesSession,
  namespace: string,
  name: string,
  source: SourceRef,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const body = {
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'holdfast' },
      annotations: { 'holdfast.dev/backup-of': source.name },
    },
    type: 'Opaque',
    data: { ...data },
  };
  await session.call({ verb: 'create', resource: 'secrets', namespace, name, effect: true }, ({ core }, options) =>
    core.createNamespacedSecret({ namespace, body, fieldManager: FIELD_MANAGER }, options),
  );
}

async function addToBackup(
  session: KubernetesSession,
  namespace: string,
  name: string,
  version: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const body = { metadata: { resourceVersion: version }, data };
  await session.call({ verb: 'patch', resource: 'secrets', namespace, name, effect: true }, ({ core }, options) =>
    core.patchNamespacedSecret({ name, namespace, body, fieldManager: FIELD_MANAGER }, asMergePatch(options)),
  );
}
