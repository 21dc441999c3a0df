import { readDocumentValue, replaceDocumentValue } from '../../domain/document-path.js';
import { pointDsn, readDsnTarget } from '../../domain/dsn.js';
import type { Target } from '../../ports/config-source.js';
import { readYamlValue, replaceYamlValue } from './yaml-value.js';

/** Where a DSN stands in the value of a key. */
export interface DsnForm {
  /** Path inside the document that the value is; empty when the value is the DSN itself. */
  readonly path: readonly string[];
  readonly format: 'json' | 'yaml';
}

/** A key, and where the DSN stands in its value. */
export interface DsnPlace extends DsnForm {
  readonly key: string;
}

/** Words for people: the key, and the form. */
export function describePlace(place: DsnPlace): string {
  return place.path.length === 0
    ? `key ${place.key}`
    : `key ${place.key}, path ${place.path.join('.')} in its ${place.format.toUpperCase()} document`;
}

/** Host and port that the DSN in the value leads to first. Errors: HF_DSN_UNPARSABLE, HF_CONFIG_INVALID. */
export function targetOfValue(value: string, form: DsnForm): Target {
  const { host, port } = readDsnTarget(dsnOf(value, form));
  return { host, port };
}

/** The value with its DSN pointed at the target; every byte that need not change stays. Errors: HF_DSN_UNPARSABLE, HF_CONFIG_INVALID. */
export function pointValue(value: string, form: DsnForm, target: Target): string {
  return withDsn(value, form, pointDsn(dsnOf(value, form), target.host, target.port));
}

function dsnOf(value: string, { path, format }: DsnForm): string {
  if (path.length === 0) return value;
  return format === 'json' ? readDocumentValue(value, path) : readYamlValue(value, path);
}

function withDsn(value: string, { path, format }: DsnForm, dsn: string): string {
  if (path.length === 0) return dsn;
  return format === 'json' ? replaceDocumentValue(value, path, dsn) : replaceYamlValue(value, path, dsn);
}
