/** The recorded histories: where they lie, what their names say, how they are read and written. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';

/** As the client fetches it. */
type ProtoHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));

/** One file: `<version>-<scenario>.json`. */
export interface Recorded {
  readonly file: string;
  readonly version: string;
  readonly scenario: string;
}

export function recordedHistories(): readonly Recorded[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const match = /^(?<version>\d+\.\d+\.\d+)-(?<scenario>[a-z0-9-]+)\.json$/.exec(file);
      if (match?.groups === undefined) throw new Error(`${file} is not named <version>-<scenario>.json`);
      return { file, version: match.groups['version'] ?? '', scenario: match.groups['scenario'] ?? '' };
    });
}

export function textOf(file: string): string {
  return readFileSync(path.join(FOLDER, file), 'utf8');
}

/** Bytes as `{ "$bytes": base64 }`, 64-bit numbers as numbers: the SDK's own `historyToJSON` throws with SDK 1.24 ("type must be a Type"). */
export function readHistory(file: string): ProtoHistory {
  return JSON.parse(textOf(file), (_key, value: unknown) => {
    const bytes = (value as { $bytes?: unknown } | null)?.$bytes;
    return typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : value;
  }) as ProtoHistory;
}

/** Messages of protobuf would otherwise write themselves their own way. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { low, toNumber } = value as { readonly low?: unknown; readonly toNumber?: unknown };
  if (typeof low === 'number' && typeof toNumber === 'function') return Number(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Compact: a history is read by machines; people read it in Temporal's UI. */
export function jsonOf(history: ProtoHistory): string {
  return JSON.stringify({ events: plain(history.events) });
}

/** Stack traces name the folder of the checkout; a history that is kept names files from its root on. */
export function withoutMachine(json: string): string {
  return json.replaceAll(ROOT, '');
}

export function writeHistory(name: string, json: string): void {
  writeFileSync(path.join(FOLDER, `${name}.json`), `${withoutMachine(json)}\n`);
}

/** All payloads of a history as text, beside the JSON itself: what a search for secrets must read. */
export function decodedText(json: string): string {
  // Bytes stand there as base64.
  const decoded = [...json.matchAll(/"\$bytes":"(?<data>[A-Za-z0-9+/=]+)"/g)].map((m) =>
    Buffer.from(m.groups?.['data'] ?? '', 'base64').toString('utf8'),
  );
  return [json, ...decoded].join('\n');
}

/** What must not stand in a history, by a name that quotes nothing. */
const SECRET_SHAPES: Readonly<Record<string, RegExp>> = {
  'a private key': /BEGIN [A-Z ]*PRIVATE KEY/,
  'a bearer token': /bearer [a-z0-9._~+/-]{8,}/i,
  'a JSON web token': /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\./,
  'a password in a URI': /[a-z]+:\/\/[^\s/:"]+:[^\s@"]+@/i,
  'a password field': /"(?:password|passwd|secret|token)"\s*:\s*"(?!env:|file:)[^"]+"/i,
};

/** Names of the shapes of secrets that are in a history. */
export function secretsIn(json: string): readonly string[] {
  const text = decodedText(json);
  return Object.entries(SECRET_SHAPES).flatMap(([name, shape]) => (shape.test(text) ? [name] : []));
}
