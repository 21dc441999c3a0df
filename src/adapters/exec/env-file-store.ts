import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../domain/errors.js';
import { createOnly, hasCode, syncFolder } from '../shared/durable-file.js';
import { errnoText } from '../shared/run-command.js';

/** A file's text, and the version that a change is compared with: the SHA-256 of its bytes. */
export interface Versioned {
  readonly text: string;
  readonly version: string;
}

/** One replacement of the whole file. */
export interface Replacement {
  readonly file: string;
  readonly ifVersion: string;
  readonly text: string;
  /** The old value, kept beside the file for people. */
  readonly backup: string;
  /** Idempotency key: names the backup, so that a second attempt of the same effect keeps the first one. */
  readonly key: string;
}

/** Reads the file. Errors: HF_CONFIG_UNREADABLE. */
export async function readVersioned(file: string): Promise<Versioned> {
  const bytes = await orUnreadable(file, readFile(file));
  try {
    // Bytes that are not UTF-8 would not survive being written again.
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), version: versionOf(bytes) };
  } catch {
    throw new HoldfastError('HF_CONFIG_UNREADABLE', `${file}: it is not UTF-8 text.`, { file, why: 'not UTF-8' });
  }
}

/**
 * Replaces the file in one step: whoever reads it sees the old or the new text, never a part. The version is compared again just before;
 * the instant between that look and the rename is the one that a file system cannot guard. Returns the new version.
 *
 * Errors: HF_CONFLICT, HF_CONFIG_UNREADABLE (nothing happened), HF_EFFECT_UNKNOWN (renamed, not proven durable).
 */
export async function replaceVersioned(change: Replacement): Promise<string> {
  // A link to the file stays a link: what it leads to is replaced.
  const file = await orUnreadable(change.file, realpath(change.file));
  const folder = path.dirname(file);
  const prefix = `.${path.basename(file)}.holdfast-`;
  const mark = createHash('sha256').update(change.key).digest('hex').slice(0, 12);
  const temporary = path.join(folder, `${prefix}tmp-${randomBytes(6).toString('hex')}`);
  await orUnreadable(change.file, removeLeftovers(folder, `${prefix}tmp-`));
  const backup = path.join(folder, `${prefix}${mark}`);
  const kept = await orUnreadable(change.file, createOnly(backup, change.backup, 0o600));
  let replaced = false;
  try {
    await orUnreadable(change.file, writeLike(file, temporary, change.text));
    const current = await readVersioned(file);
    if (current.version !== change.ifVersion) throw conflict(change.file, change.ifVersion, current.version);
    await renameOver(temporary, file, change.file);
    replaced = true;
  } finally {
    await rm(temporary, { force: true });
    // A backup of a change that was not made would keep a value that was never replaced.
    if (kept && !replaced) await rm(backup, { force: true });
  }
  try {
    await syncFolder(folder);
  } catch (error) {
    throw new HoldfastError('HF_EFFECT_UNKNOWN', `${change.file} was replaced, but it is not proven durable (${errnoText(error)}).`, {
      file: change.file,
    });
  }
  const wanted = versionOf(Buffer.from(change.text, 'utf8'));
  const found = (await readVersioned(file)).version;
  if (found !== wanted) throw conflict(change.file, wanted, found);
  return wanted;
}

/** A process killed in the middle leaves a temporary file with the DSN in it: the next change takes it away. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  const leftovers = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  await Promise.all(leftovers.map((name) => rm(path.join(folder, name), { force: true })));
}

/** Writes the text with the mode and owner of the model, which it gets before it gets the name. */
async function writeLike(model: string, file: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(model);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text, 'utf8');
    const mine = await handle.stat();
    if (mine.uid !== uid || mine.gid !== gid) await handle.chown(uid, gid);
    await handle.chmod(mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function renameOver(temporary: string, file: string, shown: string): Promise<void> {
  try {
    await rename(temporary, file);
  } catch (error) {
    // Another attempt took our temporary file for a leftover.
    if (hasCode(error, 'ENOENT')) throw new HoldfastError('HF_CONFLICT', `${shown}: another change is being made.`, { file: shown });
    throw unreadable(shown, error);
  }
}

async function orUnreadable<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): HoldfastError {
  return new HoldfastError('HF_CONFIG_UNREADABLE', `${file}: ${errnoText(error)}.`, { file, why: errnoText(error) });
}

/** The error for a file whose version is another than the one that was read. */
export function conflict(file: string, expected: string, found: string): HoldfastError {
  return new HoldfastError('HF_CONFLICT', `${file} changed since it was read.`, {
    file,
    expected: expected.slice(0, 12),
    found: found.slice(0, 12),
  });
}

function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
