/** `holdfast config show`: every value in force with where it comes from. */
import { formatDuration } from '../domain/duration.js';
import { pathText, valueAt } from './problems.js';
import { isReference } from './values.js';
import type { LoadedConfig } from './load.js';

/** Where a value comes from. */
export type Origin = 'file' | 'default' | 'environment';

/** One value in force. Secrets appear as their references only. */
export interface ShownValue {
  readonly path: string;
  readonly value: string;
  readonly origin: Origin;
}

/** Sections of the file → the standard variable that stands in for a value left out. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  'temporal.address': 'TEMPORAL_ADDRESS',
  'temporal.namespace': 'TEMPORAL_NAMESPACE',
  'temporal.profile': 'TEMPORAL_PROFILE',
};

/** Keys whose number is a duration in milliseconds after parsing. */
const DURATIONS = new Set(['for', 'timeout', 'requestTimeout', 'settle', 'deadline', 'rpo', 'rto', 'staleAfter', 'futureTolerance']);

/** Every leaf value in force, in the order of the schema. */
export function showConfig(
  loaded: LoadedConfig,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly ShownValue[] {
  const fromEnvironment = Object.entries(ENVIRONMENT).flatMap(([path, variable]): readonly ShownValue[] => {
    const value = environment[variable];
    return value === undefined || valueAt(loaded.raw, path.split('.')) !== undefined
      ? []
      : [{ path, value: `${value} (${variable})`, origin: 'environment' }];
  });
  return [...leaves(loaded.config, [], loaded.raw, environment), ...fromEnvironment];
}

function leaves(
  value: unknown,
  path: readonly (string | number)[],
  raw: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): readonly ShownValue[] {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
    return value.flatMap((item, index) => leaves(item, [...path, index], raw, environment));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key], raw, environment));
  }
  const origin: Origin = valueAt(raw, path) === undefined ? 'default' : 'file';
  return [{ path: pathText(path), value: words(value, path, environment), origin }];
}

function words(value: unknown, path: readonly (string | number)[], environment: Readonly<Record<string, string | undefined>>): string {
  if (typeof value === 'string') {
    if (!isReference(value)) return value === '' ? '(empty)' : value;
    const variable = value.startsWith('env:') ? value.slice(4) : undefined;
    return variable === undefined ? value : `${value} (${environment[variable] === undefined ? 'not set' : 'set'} in this process)`;
  }
  if (typeof value === 'number' && (DURATIONS.has(String(path.at(-1))) || path.includes('times'))) return formatDuration(value);
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
