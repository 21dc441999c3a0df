import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import { isObject } from '../shared/json.js';

/** Who wrote a field last, as the API server remembers it. */
export interface FieldWriter {
  readonly manager: string;
  readonly atMs?: number;
}

/**
 * The managers of a field, the newest first. `path` is that of the field: `['data', 'DSN']`, `['spec', 'replicas']`. An `Apply` manager
 * enforces the field; an `Update` manager wrote it once.
 */
export function writersOf(entries: readonly V1ManagedFieldsEntry[], path: readonly string[]): readonly FieldWriter[] {
  return entries
    .filter((entry) => owns(entry.fieldsV1, path))
    .map(({ manager, time }) => ({ manager: manager ?? 'unnamed', ...(time === undefined ? {} : { atMs: new Date(time).getTime() }) }))
    .toSorted((left, right) => (right.atMs ?? 0) - (left.atMs ?? 0));
}

/** Names of the managers for a sentence; `unknown` when nobody is named. */
export function writerWords(entries: readonly V1ManagedFieldsEntry[], path: readonly string[]): string {
  const names = writersOf(entries, path).map(({ manager }) => manager);
  return names.length === 0 ? 'unknown' : names.join(', ');
}

function owns(fields: unknown, path: readonly string[]): boolean {
  let current = fields;
  for (const part of path) {
    if (!isObject(current) || !Object.hasOwn(current, `f:${part}`)) return false;
    current = current[`f:${part}`];
  }
  return true;
}
