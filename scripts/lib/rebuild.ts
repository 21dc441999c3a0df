import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Where the compiler puts a source; absent for a file that it does not compile. */
function compiledPath(source: string): string | undefined {
  return /^(?:src|lab)\/.*\.ts$/.test(source) ? path.join('dist', source.replace(/\.ts$/, '.js')) : undefined;
}

/** The workflow bundle holds these folders, so a change in them is seen by a worker only after bundling. */
const inBundle = (source: string): boolean => source.startsWith('src/workflows/') || source.startsWith('src/domain/');

const bundleFile = 'dist/src/workflow-bundle.js';

/** Makes the workflow bundle of a built tree again; throws with the bundler's first words. */
function bundle(dir: string): void {
  const done = spawnSync(process.execPath, [path.join(dir, 'dist/src/temporal/bundle.js')], { cwd: dir, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`the workflows cannot be bundled: ${done.stderr.trim().split('\n')[0] ?? ''}`);
}

/**
 * Compiles some sources of a tree that is built otherwise: a whole build takes longer than the tests. Types are not looked at, since the
 * test is to notice the mistake and not the compiler.
 * @returns how to put back what was built before.
 */
export function rebuild(dir: string, sources: readonly string[]): () => void {
  const before = new Map<string, string>();
  const keep = (file: string): void => void before.set(file, readFileSync(path.join(dir, file), 'utf8'));
  const restore = (): void => before.forEach((text, file) => writeFileSync(path.join(dir, file), text));
  for (const source of sources) {
    const compiled = compiledPath(source);
    if (compiled === undefined) continue;
    keep(compiled);
    const { outputText } = ts.transpileModule(readFileSync(path.join(dir, source), 'utf8'), {
      fileName: source,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    writeFileSync(path.join(dir, compiled), outputText);
  }
  if (sources.some(inBundle)) {
    keep(bundleFile);
    try {
      bundle(dir);
    } catch (error) {
      restore();
      throw error;
    }
  }
  return restore;
}
