/** Series out of the API’s data. Values are strings there, so that NaN and infinities survive JSON. */
import type { MetricSample, MetricSeries } from '../../domain/metric-series.js';
import { isObject } from '../shared/json.js';
import type { JsonObject } from '../shared/json.js';

/** Reads data of the wanted type; undefined for another type or shape. Native histograms are no numbers: their series has no sample. */
export function readSeries(data: unknown, wanted: 'matrix' | 'vector'): readonly MetricSeries[] | undefined {
  if (!isObject(data)) return undefined;
  const { resultType, result } = data;
  if (!Array.isArray(result)) return undefined;
  // A query without labels (`time()`, `1`) answers one scalar, or over a time a matrix without labels.
  if (resultType === 'scalar' && wanted === 'vector') {
    const sample = readSample(result);
    return sample === undefined ? undefined : [{ labels: {}, samples: [sample] }];
  }
  if (resultType !== wanted) return undefined;
  const series = result.map((one: unknown) => (isObject(one) ? readOne(one, wanted) : undefined));
  return series.every((one) => one !== undefined) ? series : undefined;
}

function readOne(one: JsonObject, wanted: 'matrix' | 'vector'): MetricSeries | undefined {
  const labels = readLabels(one['metric']);
  if (labels === undefined) return undefined;
  const pairs: unknown = wanted === 'matrix' ? (one['values'] ?? []) : one['value'] === undefined ? [] : [one['value']];
  if (!Array.isArray(pairs)) return undefined;
  const samples = pairs.map(readSample);
  return samples.every((sample) => sample !== undefined) ? { labels, samples } : undefined;
}

/** Labels of the API: an object of strings. */
export function readLabels(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

function readSample(pair: unknown): MetricSample | undefined {
  if (!Array.isArray(pair)) return undefined;
  const [at, text] = pair as readonly unknown[];
  if (typeof at !== 'number' || typeof text !== 'string') return undefined;
  const value = numberOf(text);
  return value === undefined ? undefined : { atMs: Math.round(at * 1000), value };
}

/** The API’s texts of a number. Undefined for a text that is none, such as an empty one, which `Number` takes for 0. */
function numberOf(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
