/** Reads the configuration file. The only place of src/config that touches the disk. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { HoldfastError } from '../domain/errors.js';
import { crossCheck } from './cross-checks.js';
import { pathText, positionOf, problemsOf } from './problems.js';
import type { Problem } from './problems.js';
import { configSchema } from './schema.js';
import type { Config } from './schema.js';

/** Environment variable that names the file when no option does. */
export const CONFIG_VARIABLE = 'HOLDFAST_CONFIG';

/** File that is used when neither option nor variable names one. */
export const DEFAULT_CONFIG_FILE = 'holdfast.yaml';

/** A configuration with where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file. */
  readonly file: string;
  /** The document as plain data, before defaults: tells what the file says from what it leaves out. */
  readonly raw: unknown;
}

/**
 * Reads and validates a file. `file` undefined = HOLDFAST_CONFIG, else `holdfast.yaml` in the working directory.
 * Errors: HF_CONFIG_UNREADABLE; HF_CONFIG_INVALID whose evidence lists every problem as path → `what — fix (line:column)`.
 */
export async function loadConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LoadedConfig> {
  const named = path.resolve(file ?? environment[CONFIG_VARIABLE] ?? DEFAULT_CONFIG_FILE);
  let text: string;
  try {
    text = await readFile(named, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new HoldfastError('HF_CONFIG_UNREADABLE', '', {
      file: named,
      system: code,
      hint: `name a file with --config or ${CONFIG_VARIABLE}; \`holdfast init\` writes a first one`,
    });
  }
  return { ...parseConfig(text, named), file: named };
}

/** Validates the text of a configuration. `name` is for messages. Errors: HF_CONFIG_INVALID as `loadConfig`. */
export function parseConfig(text: string, name: string): { readonly config: Config; readonly raw: unknown } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw invalid(
      name,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        // The parser's own message may quote a piece of the file, so only its code is shown.
        return [`YAML at ${line}:${col}`, `${yamlWords(error.code)} (${line}:${col})`];
      }),
    );
  }
  const raw: unknown = document.toJS() ?? {};
  const parsed = configSchema.safeParse(raw);
  const problems: readonly Problem[] = parsed.success ? crossCheck(parsed.data) : problemsOf(parsed.error.issues, raw);
  if (!parsed.success || problems.length > 0) {
    throw invalid(
      name,
      problems.map((problem) => [pathText(problem.path), `${problem.what} (${positionOf(document, lines, problem.path)})`]),
    );
  }
  return { config: parsed.data, raw };
}

function yamlWords(code: string): string {
  return `is not valid YAML: ${code.toLowerCase().replaceAll('_', ' ')} — correct the line`;
}

function invalid(file: string, problems: readonly (readonly string[])[]): HoldfastError {
  const evidence: Record<string, string> = {};
  for (const [where = '', what = ''] of problems) evidence[where] = evidence[where] === undefined ? what : `${evidence[where]}; ${what}`;
  const count = Object.keys(evidence).length;
  return new HoldfastError('HF_CONFIG_INVALID', `${count} problem${count === 1 ? '' : 's'} in ${file}.`, evidence);
}
