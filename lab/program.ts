import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, found by its package.json: this file runs from lab/ under vitest and from dist/lab/ when compiled. */
export function repositoryRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('The lab cannot find the package.json of its repository.');
    folder = parent;
  }
  return folder;
}

/**
 * Path of a compiled program, say `program('lab/application/main')`. Child processes run compiled code even when the lab itself runs
 * from TypeScript, so that they start fast and need no loader.
 * @throws one sentence when the program has not been built.
 */
export function program(name: string): string {
  const file = path.join(repositoryRoot(), 'dist', `${name}.js`);
  if (!existsSync(file)) throw new Error(`The program ${name} is not built: run \`npm run build\` first.`);
  return file;
}
