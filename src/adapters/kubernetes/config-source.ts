import { HoldfastError } from '../../domain/errors.js';
import type { ConfigSourcePort, Target } from '../../ports/config-source.js';
import { describePlace, pointValue, targetOfValue } from '../shared/dsn-in-value.js';
import type { DsnPlace } from '../shared/dsn-in-value.js';
import { backupKey, backupName, keepOldValue } from './backup.js';
import { createKubernetesClient } from './client.js';
import type { KubernetesSession } from './client.js';
import type { KubernetesConnection } from './connection.js';
import { writerWords } from './managers.js';
import { ownerOf, undoesPatches } from './owner.js';
import { readSource, sourceWords, writeSource } from './source-object.js';
import type { SourceObject, SourceRef } from './source-object.js';

/** Options of {@link createKubernetesConfigSource}. */
export interface KubernetesConfigSourceOptions {
  readonly connection: KubernetesConnection;
  readonly source: SourceRef;
  readonly key: string;
  /** Path inside the document that the value is; empty when the value is the DSN itself. */
  readonly path: readonly string[];
  readonly format: 'json' | 'yaml';
  /** Who else writes it, in words, until it was read. */
  readonly owner: string;
  /** What becomes of a patch that a known controller would undo: refused, or made for all that. */
  readonly owned: 'refuse' | 'patch';
}

/** How long after a patch of an owned object it is looked at once more: its controllers were measured to revert after 38–93 ms. */
const OWNED_LOOK_MS = 500;

/**
 * The application's DSN in a Secret or ConfigMap. Class guarded: compare-and-set on the resourceVersion. The old value is kept in a Secret
 * beside it before it is replaced. No error and no result holds any part of a value.
 */
export function createKubernetesConfigSource(options: KubernetesConfigSourceOptions): ConfigSourcePort {
  const { source } = options;
  const place: DsnPlace = { key: options.key, path: options.path, format: options.format };
  const field = ['data', place.key];
  const open = createKubernetesClient(options.connection);
  let owner = options.owner;

  const read = async (session: KubernetesSession): Promise<SourceObject> => {
    const object = await readSource(session, source, place.key);
    const found = ownerOf(object.metadata, field);
    owner = `${found.words}${found.instead === '' ? '' : `, which undoes patches (${found.reverts})`}`;
    return object;
  };

  /** Errors: HF_CONFLICT naming who put another value there. */
  const requireStands = async (session: KubernetesSession, target: Target): Promise<string> => {
    const after = await read(session);
    const stands = targetOfValue(after.value, place);
    if (stands.host === target.host && stands.port === target.port) return after.version;
    const by = writerWords(after.metadata.managedFields ?? [], field);
    throw new HoldfastError(
      'HF_CONFLICT',
      `${sourceWords(source)}, ${place.key} reads ${stands.host}:${stands.port} right after it was set to ${target.host}:${target.port}: put back by ${by}.`,
      { source: sourceWords(source), by, rule: 'read-back' },
    );
  };

  return {
    kind: source.kind,
    form: `${sourceWords(source)}, ${describePlace(place)}`,
    get owner() {
      return owner;
    },

    async read(scope) {
      const object = await read(await open(scope));
      return { ...targetOfValue(object.value, place), version: object.version };
    },

    async point(target, ifVersion, scope) {
      const session = await open(scope);
      const object = await read(session);
      const current = targetOfValue(object.value, place);
      const words = `${sourceWords(source)}, ${place.key}: ${target.host}:${target.port}`;
      if (current.host === target.host && current.port === target.port)
        return { state: 'found-done', detail: words, version: object.version };
      refuseUnpatchable(object, options);
      if (object.version !== ifVersion) {
        throw new HoldfastError('HF_CONFLICT', `${sourceWords(source)} changed since it was read.`, {
          source: sourceWords(source),
          expected: ifVersion,
          found: object.version,
        });
      }
      const changed = pointValue(object.value, place, target);
      await keepOldValue(session, source, backupKey(scope.key, place.key), object.value);
      await writeSource(session, source, place.key, changed, ifVersion);
      let version = await requireStands(session, target);
      if (undoesPatches(ownerOf(object.metadata, field))) {
        await scope.sleep(OWNED_LOOK_MS);
        version = await requireStands(session, target);
      }
      return {
        state: 'done',
        detail: `${words} (was ${current.host}:${current.port}; the old value is kept in Secret ${backupName(source.name)})`,
        version,
      };
    },
  };
}

/** Errors: HF_CONFIG_IMMUTABLE; HF_CONFIG_OWNED when a controller would undo the patch and patching for all that is not configured. */
function refuseUnpatchable(object: SourceObject, { source, key, owned }: KubernetesConfigSourceOptions): void {
  const words = sourceWords(source);
  if (object.immutable) throw new HoldfastError('HF_CONFIG_IMMUTABLE', `${words}.`, { source: words });
  const owner = ownerOf(object.metadata, ['data', key]);
  if (owned === 'patch' || !undoesPatches(owner)) return;
  throw new HoldfastError('HF_CONFIG_OWNED', `${words}: ${owner.words}. ${owner.instead}`, {
    source: words,
    owner: owner.words,
    reverts: owner.reverts,
  });
}
