import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../domain/errors.js';
import type { ArchivePort } from '../../ports/archive.js';
import type { ReadScope } from '../../ports/scope.js';
import { createOnly, hasCode, makeFolder, syncFolder } from '../shared/durable-file.js';
import { errnoText } from '../shared/run-command.js';
import { parseSeries, renderLine } from './line.js';
import type { SeriesLine } from './line.js';
import { checkName } from './name.js';

/** Options of {@link createJsonlArchive}. */
export interface JsonlArchiveOptions {
  /** Absolute path; made when it is not there. On storage that survives this machine. */
  readonly folder: string;
}

const FOLDER_MODE = 0o750;
const DOCUMENT_MODE = 0o440;
const SERIES_MODE = 0o640;

/**
 * Documents as files, series as JSON lines, in a folder. Durable (fsync of file and folder) before it answers.
 *
 * A series needs no lock: a line is one write at the end of the file, which a local file system does whole, and two writers of one id
 * leave two lines of which the first counts. A line torn by a crash is closed by the next append and stays named as damaged.
 */
export function createJsonlArchive(options: JsonlArchiveOptions): ArchivePort {
  const documentFile = (name: string): string => path.join(options.folder, 'documents', checkName(name));
  const seriesFile = (series: string): string => path.join(options.folder, 'series', `${checkName(series)}.jsonl`);
  const appending = createQueue();

  return {
    kind: 'jsonl',

    async put(name, content, scope) {
      const file = documentFile(name);
      refuseWhenCancelled(scope, name);
      return guarded(name, async () => {
        await makeFolder(path.dirname(file), FOLDER_MODE);
        if (await createOnly(file, content, DOCUMENT_MODE)) return `file ${file}`;
        if ((await readFile(file, 'utf8')) === content) return `file ${file} (found done)`;
        throw new HoldfastError('HF_ARCHIVE_EXISTS', `${name}.`, { name, where: `file ${file}` });
      });
    },

    async append(series, id, record, scope) {
      const file = seriesFile(series);
      return appending(file, () => {
        refuseWhenCancelled(scope, series);
        return guarded(series, () => appendOnce(file, series, { id, record }));
      });
    },

    async get(name, scope) {
      const file = documentFile(name);
      refuseWhenCancelled(scope, name);
      return guarded(name, () => readOrUndefined(file));
    },

    async series(series, scope) {
      const file = seriesFile(series);
      refuseWhenCancelled(scope, series);
      const { lines, damaged } = parseSeries((await guarded(series, () => readOrUndefined(file))) ?? '');
      return { records: lines.map((line) => line.record), damaged: damaged.map((sentence) => `${series}, ${sentence}`) };
    },
  };
}

/** Appends the line unless its id is there: with the same record it is found done, with another one it is refused. */
async function appendOnce(file: string, series: string, line: SeriesLine): Promise<string> {
  const text = (await readOrUndefined(file)) ?? '';
  const rendered = renderLine(line);
  const there = parseSeries(text).lines.find(({ id }) => id === line.id);
  if (there !== undefined) {
    if (renderLine(there) === rendered) return `file ${file} (found done)`;
    const name = `${series}, ${line.id}`;
    throw new HoldfastError('HF_ARCHIVE_EXISTS', `${name}.`, { name, where: `file ${file}` });
  }
  await makeFolder(path.dirname(file), FOLDER_MODE);
  const torn = text !== '' && !text.endsWith('\n');
  const handle = await open(file, 'a', SERIES_MODE);
  try {
    await handle.appendFile(`${torn ? '\n' : ''}${rendered}\n`, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(path.dirname(file));
  return `file ${file}`;
}

async function readOrUndefined(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError('HF_ARCHIVE_FAILED', `${name}: ${errnoText(error)}.`, { name, why: errnoText(error) });
  }
}

function refuseWhenCancelled(scope: ReadScope, name: string): void {
  if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', `Archive, ${name}.`, { name });
}

/** Runs works of one name one after the other, within this process. */
function createQueue(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, mine);
    const forget = (): void => {
      if (last.get(name) === mine) last.delete(name);
    };
    mine.then(forget, forget);
    return mine;
  };
}
