/**
 * Reads and replaces one string inside a JSON document, leaving every other byte as it is (design §2, step 4): the application may keep
 * its DSN at a path inside a document, next to settings and formatting that are none of our business.
 * YAML documents are edited by their adapter with the yaml library's document API; this module knows JSON only.
 */
import { HoldfastError } from './errors.js';
import type { DecodedUnit } from './splice.js';
import { applySplice, smallestSplice } from './splice.js';

/** The string at a path, for example `['dsn']`; array elements are named by their index. Errors as in `replaceDocumentValue`. */
export function readDocumentValue(text: string, path: readonly string[]): string {
  return locate(text, path)
    .map(({ unit }) => unit)
    .join('');
}

/**
 * The document with the string at `path` replaced. Only the part of the string that differs is written anew.
 *
 * @throws HoldfastError `HF_DSN_UNPARSABLE` when the text is no JSON, or has a key on the path twice;
 * `HF_CONFIG_INVALID` when the path does not lead to a string. Messages name path and offset, never content.
 */
export function replaceDocumentValue(text: string, path: readonly string[], value: string): string {
  const span = find(text, path);
  const splice = smallestSplice(decode(text, span), span.start + 1, value);
  return splice === null ? text : applySplice(text, splice, JSON.stringify(splice.insert).slice(1, -1));
}

/** A JSON value's place in the text: `end` is exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function locate(text: string, path: readonly string[]): readonly DecodedUnit[] {
  return decode(text, find(text, path));
}

function find(text: string, path: readonly string[]): Span {
  try {
    JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a password.
    throw new HoldfastError('HF_DSN_UNPARSABLE', 'The document that should hold it is not valid JSON.');
  }
  const shown = path.join('.');
  const span = path.reduce((at, key, depth) => member(text, at, key, path.slice(0, depth + 1).join('.')), spanAt(text, skipSpace(text, 0)));
  if (text[span.start] !== '"')
    throw new HoldfastError('HF_CONFIG_INVALID', `The value at ${shown} in the document is not a string.`, { path: shown });
  return span;
}

/** The span of one member of the object or array at `span`. The text is known to be valid JSON. */
function member(text: string, span: Span, key: string, shown: string): Span {
  const opening = text[span.start];
  const found: Span[] = [];
  if (opening === '{' || opening === '[') {
    let at = skipSpace(text, span.start + 1);
    for (let index = 0; at < span.end - 1; index += 1) {
      let name = String(index);
      if (opening === '{') {
        const keySpan = spanAt(text, at);
        name = stringOf(text, keySpan);
        at = skipSpace(text, skipSpace(text, keySpan.end) + 1);
      }
      const value = spanAt(text, at);
      if (name === key) found.push(value);
      at = skipSpace(text, value.end);
      if (text[at] === ',') at = skipSpace(text, at + 1);
    }
  }
  const [only] = found;
  if (only === undefined) throw new HoldfastError('HF_CONFIG_INVALID', `The document has nothing at ${shown}.`, { path: shown });
  // Readers differ in which of two equal keys they take: there is no safe edit.
  if (found.length > 1)
    throw new HoldfastError('HF_DSN_UNPARSABLE', `The document has the key ${shown} ${found.length} times.`, { path: shown });
  return only;
}

function spanAt(text: string, start: number): Span {
  const first = text[start];
  if (first === '"') return { start, end: stringEnd(text, start) };
  if (first !== '{' && first !== '[') return { start, end: literalEnd(text, start) };
  let depth = 0;
  let at = start;
  do {
    const character = text[at];
    if (character === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  } while (depth > 0);
  return { start, end: at };
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function literalEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at += 1;
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text.charAt(at))) at += 1;
  return at;
}

function stringOf(text: string, span: Span): string {
  return decode(text, span)
    .map(({ unit }) => unit)
    .join('');
}

function decode(text: string, span: Span): readonly DecodedUnit[] {
  const units: DecodedUnit[] = [];
  let at = span.start + 1;
  while (at < span.end - 1) {
    const length = text[at] !== '\\' ? 1 : text[at + 1] === 'u' ? 6 : 2;
    const end = at + length;
    const unit: unknown = length === 1 ? text[at] : JSON.parse(`"${text.slice(at, end)}"`);
    units.push({ unit: String(unit), start: at, end });
    at = end;
  }
  return units;
}
