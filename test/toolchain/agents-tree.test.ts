/** AGENTS.md shows newcomers, people and programs alike, where things are: so it must be complete, and name nothing that is gone. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { repositoryFiles } from '../../scripts/lib/files.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mustBeListed = /^(src|lab|scripts|migrations|bench|deploy|test)\//;

interface Line {
  readonly path: string;
  readonly says: string;
}

/** Reads the tree: indentation by two spaces makes a path out of names. */
function treeOf(text: string): readonly Line[] {
  const block = /```text\n([^]*?)\n```/.exec(text)?.[1] ?? '';
  const above: string[] = [];
  return block.split('\n').flatMap((line) => {
    const [, indent = '', name = '', says = ''] = /^( *)(\S+) *(.*)$/.exec(line) ?? [];
    if (name === '') return [];
    above.splice(indent.length / 2, Infinity, name);
    return [{ path: above.join(''), says }];
  });
}

const tree = treeOf(readFileSync(path.join(root, 'AGENTS.md'), 'utf8'));
const paths = tree.map((line) => line.path);
/** A folder line without lines below it stands for everything in the folder. */
const wholeFolders = paths.filter((folder) => folder.endsWith('/') && !paths.some((other) => other !== folder && other.startsWith(folder)));

test('every source file is in the tree of AGENTS.md, by its own line or by its folder’s', () => {
  const listed = new Set(paths);
  const missing = repositoryFiles(root).filter(
    (file) => mustBeListed.test(file) && !listed.has(file) && !wholeFolders.some((folder) => file.startsWith(folder)),
  );
  expect(missing, 'add one line for each to AGENTS.md').toEqual([]);
});

test('the tree of AGENTS.md names nothing that does not exist, and nothing twice', () => {
  expect(paths.filter((each) => !existsSync(path.join(root, each)))).toEqual([]);
  expect(paths.filter((each, index) => paths.indexOf(each) !== index)).toEqual([]);
});

test('every file in the tree of AGENTS.md has its words', () => {
  expect(tree.filter((line) => !line.path.endsWith('/') && line.says === '').map((line) => line.path)).toEqual([]);
});
