import { HoldfastError } from '../../domain/errors.js';
import type { ConfigSourcePort } from '../../ports/config-source.js';
import type { ReadScope } from '../../ports/scope.js';
import { describePlace } from '../shared/dsn-in-value.js';
import type { DsnPlace } from '../shared/dsn-in-value.js';
import { pointText, readTarget, valueOf } from './dsn-in-file.js';
import { conflict, readVersioned, replaceVersioned } from './env-file-store.js';

/** Options of {@link createExecConfigSource}. */
export interface ExecConfigSourceOptions {
  /** Absolute path of the environment file, as this process sees it. */
  readonly file: string;
  readonly key: string;
  /** Path inside the document that the value is; absent or empty when the value is the DSN itself. */
  readonly path?: readonly string[];
  readonly format?: 'json' | 'yaml';
  /** Who else writes the file, in words. */
  readonly owner?: string;
}

/** The application's DSN in an environment file. Class guarded: compare-and-set on the SHA-256 of the file. */
export function createExecConfigSource(options: ExecConfigSourceOptions): ConfigSourcePort {
  const { file } = options;
  const place: DsnPlace = { key: options.key, path: options.path ?? [], format: options.format ?? 'json' };

  return {
    kind: 'env-file',
    form: `${file}, ${describePlace(place)}`,
    owner: options.owner ?? 'nobody else',

    async read(scope) {
      refuseWhenCancelled(scope, file);
      const { text, version } = await readVersioned(file);
      return { ...readTarget(text, place), version };
    },

    async point(target, ifVersion, scope) {
      refuseWhenCancelled(scope, file);
      const { text, version } = await readVersioned(file);
      const current = readTarget(text, place);
      const words = `${file}, ${place.key}: ${target.host}:${target.port}`;
      if (current.host === target.host && current.port === target.port) return { state: 'found-done', detail: words, version };
      if (version !== ifVersion) throw conflict(file, ifVersion, version);
      const changed = pointText(text, place, target);
      const newVersion = await replaceVersioned({ file, ifVersion, text: changed, backup: valueOf(text, place), key: scope.key });
      return { state: 'done', detail: `${words} (was ${current.host}:${current.port})`, version: newVersion };
    },
  };
}

function refuseWhenCancelled(scope: ReadScope, file: string): void {
  if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', `${file}.`, { file });
}
