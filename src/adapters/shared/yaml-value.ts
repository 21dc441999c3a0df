import { isScalar, parseDocument } from 'yaml';
import type { Scalar } from 'yaml';
import { HoldfastError } from '../../domain/errors.js';

/** The string at a path inside a YAML document. Errors as in {@link replaceYamlValue}. */
export function readYamlValue(text: string, path: readonly string[]): string {
  return find(text, path).value;
}

/**
 * The document with the string at `path` replaced in the style it has; every byte outside of that scalar stays.
 *
 * Errors: HF_DSN_UNPARSABLE when the text is no YAML or the scalar cannot be written in its style; HF_CONFIG_INVALID when the path does not
 * lead to a string. They name the path and never content.
 */
export function replaceYamlValue(text: string, path: readonly string[], value: string): string {
  const found = find(text, path);
  const changed = text.slice(0, found.start) + written(found.style, value, path) + text.slice(found.end);
  // A plain scalar may mean something else when it is changed; what is read back decides.
  if (readYamlValue(changed, path) !== value) throw unwritable(path);
  return changed;
}

interface Found {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly style: Scalar['type'];
}

function find(text: string, path: readonly string[]): Found {
  const document = parseDocument(text);
  // The library's messages quote the text, which may hold a password.
  if (document.errors.length > 0) throw new HoldfastError('HF_DSN_UNPARSABLE', 'The document that should hold it is not valid YAML.');
  const node: unknown = document.getIn(path, true);
  const shown = path.join('.');
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) {
    throw new HoldfastError('HF_CONFIG_INVALID', `The document has no string at ${shown}.`, { path: shown });
  }
  return { value: node.value, start: node.range[0], end: node.range[1], style: node.type };
}

function written(style: Scalar['type'], value: string, path: readonly string[]): string {
  if (style === 'QUOTE_DOUBLE') return JSON.stringify(value);
  if (style === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`;
  if (style === 'PLAIN') return value;
  // Block scalars carry indentation and line ends that are not ours to guess.
  throw unwritable(path);
}

function unwritable(path: readonly string[]): HoldfastError {
  const shown = path.join('.');
  return new HoldfastError('HF_DSN_UNPARSABLE', `The string at ${shown} cannot be changed in the style it is written in.`, { path: shown });
}
