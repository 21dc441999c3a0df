import type { CallScope, ReadScope } from './scope.js';

/**
 * Long-term storage of snapshots and evidence: create-only and durable before it answers.
 * Errors: HF_ARCHIVE_EXISTS (same name, other content), HF_ARCHIVE_FAILED. The same content again is found done.
 */
export interface ArchivePort {
  readonly kind: string;
  /** Stores a document under a name (`/`-separated, [a-z0-9._-]). Returns where it lies, in words for people. */
  put(name: string, content: string, scope: CallScope): Promise<string>;
  /** Appends one JSON line to a series, once per `id`. Returns where it lies. */
  append(series: string, id: string, record: unknown, scope: CallScope): Promise<string>;
  get(name: string, scope: ReadScope): Promise<string | undefined>;
  /** All records of a series in order; damaged lines are named, not hidden. */
  series(series: string, scope: ReadScope): Promise<{ readonly records: readonly unknown[]; readonly damaged: readonly string[] }>;
}
