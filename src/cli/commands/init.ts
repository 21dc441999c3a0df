import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../domain/errors.js';
import { packageRoot } from '../package-root.js';
import { generateKey } from '../../wiring.js';
import type { CliContext, CommandResult, OutputForm } from '../context.js';

/** Options of `init`. */
export interface InitOptions {
  readonly output: OutputForm;
  readonly file: string;
  /** Makes a signing key in this file instead of a configuration. */
  readonly key?: string;
}

/** Writes a first configuration, or makes a signing key. Never overwrites anything. */
export async function initCommand(_context: CliContext, options: InitOptions): Promise<CommandResult> {
  if (options.key !== undefined) {
    const file = path.resolve(options.key);
    const { id, publicKey } = await generateKey(file);
    const entry = `{ id: ${id}, publicKey: ${publicKey} }`;
    return {
      data: { file, id, publicKey },
      text: `Private key: ${file} (only you can read it; keep it so).\nPin the public half under your entry in \`people\`:\n  keys: [${entry}]`,
    };
  }
  const file = path.resolve(options.file);
  const example = await readFile(path.join(packageRoot(), 'examples', 'holdfast.yaml'), 'utf8');
  // The editor comment points at the schema beside the example, which is not there for a copy.
  await writeFile(file, example.replace(/^# yaml-language-server.*\n/, ''), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new HoldfastError(
      'HF_CONFIG_UNREADABLE',
      error.code === 'EEXIST' ? 'The file exists already and is not overwritten.' : 'It cannot be written.',
      { file, system: error.code ?? 'unknown' },
    );
  });
  return { data: { file }, text: `${file} written. Put your names and addresses in, then: holdfast check --config ${options.file}` };
}
