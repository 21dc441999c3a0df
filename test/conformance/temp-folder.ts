import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of one test, and how to take it away. */
export interface TempFolder {
  readonly dir: string;
  readonly remove: () => Promise<void>;
}

/** Makes an empty folder. */
export async function tempFolder(): Promise<TempFolder> {
  const dir = await mkdtemp(path.join(tmpdir(), 'holdfast-conformance-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
