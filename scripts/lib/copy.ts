import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { replaceOnce } from './breaks.js';
import type { Break } from './breaks.js';
import { repositoryFiles } from './files.js';

/** A copy of the tree that may be broken: the working tree is never touched. */
export interface TreeCopy {
  readonly dir: string;
  remove(): void;
}

/** Copies every file of the repository into a new temporary folder; the packages are linked, not copied. */
export function copyTree(root: string): TreeCopy {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-prove-'));
  for (const file of repositoryFiles(root)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(dir, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'), 'dir');
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** A second copy of the same moment, with what was built in the first. */
export function twinOf(copy: TreeCopy): TreeCopy {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-prove-'));
  cpSync(copy.dir, dir, { recursive: true, verbatimSymlinks: true });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Applies a break to a copy; throws, with nothing written, when one of its replacements cannot be made. Returns how to restore. */
export function applyBreak(dir: string, patch: Break['patch']): () => void {
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const { file, find, replace } of patch) {
    const text = after.get(file) ?? readFileSync(path.join(dir, file), 'utf8');
    if (!before.has(file)) before.set(file, text);
    const replaced = replaceOnce(text, find, replace);
    if (!replaced.ok) throw new Error(`${file}: ${replaced.why}`);
    after.set(file, replaced.text);
  }
  const write = (texts: ReadonlyMap<string, string>): void => texts.forEach((text, file) => writeFileSync(path.join(dir, file), text));
  write(after);
  return () => write(before);
}
