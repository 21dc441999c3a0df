import { readDocumentValue, replaceDocumentValue } from '../../domain/document-path.js';
import { pointDsn, readDsnTarget } from '../../domain/dsn.js';
import { readEnvValue, replaceEnvValue } from '../../domain/env-file.js';
import type { Target } from '../../ports/config-source.js';
import { readYamlValue, replaceYamlValue } from './yaml-value.js';

/** Where a DSN stands in an environment file. */
export interface DsnPlace {
  readonly key: string;
  /** Path inside the document that the value is; empty when the value is the DSN itself. */
  readonly path: readonly string[];
  readonly format: 'json' | 'yaml';
}

/** Words for people: the key, and the form. */
export function describePlace(place: DsnPlace): string {
  return place.path.length === 0
    ? `key ${place.key}`
    : `key ${place.key}, path ${place.path.join('.')} in its ${place.format.toUpperCase()} document`;
}

/** Host and port that the DSN in the text leads to first. Errors: HF_DSN_UNPARSABLE, HF_CONFIG_INVALID. */
export function readTarget(text: string, place: DsnPlace): Target {
  const { host, port } = readDsnTarget(dsnOf(valueOf(text, place), place));
  return { host, port };
}

/** The text with the DSN pointed at the target; every byte that need not change stays. Errors: HF_DSN_UNPARSABLE, HF_CONFIG_INVALID. */
export function pointText(text: string, place: DsnPlace, target: Target): string {
  const value = valueOf(text, place);
  const pointed = pointDsn(dsnOf(value, place), target.host, target.port);
  return replaceEnvValue(text, place.key, withDsn(value, place, pointed));
}

/** The value in force of the key, whole: what a backup has to keep. */
export function valueOf(text: string, place: DsnPlace): string {
  return readEnvValue(text, place.key).value;
}

function dsnOf(value: string, { path, format }: DsnPlace): string {
  if (path.length === 0) return value;
  return format === 'json' ? readDocumentValue(value, path) : readYamlValue(value, path);
}

function withDsn(value: string, { path, format }: DsnPlace, dsn: string): string {
  if (path.length === 0) return dsn;
  return format === 'json' ? replaceDocumentValue(value, path, dsn) : replaceYamlValue(value, path, dsn);
}
