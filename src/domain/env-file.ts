/**
 * Reads and replaces one value in an environment file as systemd's `EnvironmentFile=` reads it (systemd.exec(5) and its env-file.c):
 * `#` and `;` comments, single and double quotes, backslash escapes, continued lines; the last of several equal keys wins.
 * `export ` before a key is tolerated, because the same file is often sourced by shells. Every byte that need not change stays.
 */
import { HoldfastError } from './errors.js';
import type { DecodedUnit } from './splice.js';
import { applySplice, smallestSplice } from './splice.js';

/** A value and where it stands. */
export interface EnvValue {
  readonly value: string;
  /** Every line that sets the key, counted from 1. The last one is the one in force, and the only one that is changed. */
  readonly lines: readonly number[];
}

/**
 * The value in force of `key`.
 *
 * @throws HoldfastError `HF_CONFIG_INVALID` when the file does not set it. Messages name the key, never a value.
 */
export function readEnvValue(text: string, key: string): EnvValue {
  const { last, lines } = find(text, key);
  return { value: valueOf(last), lines };
}

/**
 * The file with the value in force of `key` replaced, in the quotes it has; quotes are added only where the new value asks for them.
 *
 * @throws HoldfastError `HF_CONFIG_INVALID` when the file does not set the key, or the value has a line break or NUL, which cannot be kept.
 */
export function replaceEnvValue(text: string, key: string, value: string): string {
  const { last } = find(text, key);
  if (/[\r\n\0]/.test(value)) throw new HoldfastError('HF_CONFIG_INVALID', `The new value of ${key} has a line break or NUL.`, { key });
  const splice = smallestSplice(last.units, last.start, value);
  if (splice === null) return text;
  const touched = last.units.filter(({ start, end }) => start < splice.end && end > splice.start);
  const neighbours = last.units.filter(
    ({ start, end }) => start === splice.start || end === splice.start || end === splice.end || start === splice.end,
  );
  const quotes = new Set([...touched, ...neighbours].map(({ quote }) => quote));
  const [quote] = quotes;
  // A single quote cannot stand between single quotes, and an edit across differently quoted parts has no smaller form: write the value whole.
  if (quote === undefined || quotes.size > 1 || (quote === 'single' && splice.insert.includes("'"))) {
    return text.slice(0, last.start) + quoteWhole(value) + text.slice(last.end);
  }
  const edited = applySplice(text, splice, encode(splice.insert, quote));
  return valueOf(find(edited, key).last) === value ? edited : text.slice(0, last.start) + quoteWhole(value) + text.slice(last.end);
}

type Quote = 'none' | 'single' | 'double';

interface QuotedUnit extends DecodedUnit {
  readonly quote: Quote;
}

/** One assignment. `start` and `end` enclose the raw value with its quotes, without the spaces around it. */
interface Assignment {
  readonly key: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly units: readonly QuotedUnit[];
}

function find(text: string, key: string): { readonly last: Assignment; readonly lines: readonly number[] } {
  const all = assignments(text).filter((assignment) => assignment.key === key);
  const last = all.at(-1);
  if (last === undefined) throw new HoldfastError('HF_CONFIG_INVALID', `The environment file does not set ${key}.`, { key });
  return { last, lines: all.map(({ line }) => line) };
}

function assignments(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let at = 0;
  while (at < text.length) {
    const start = skip(text, at, /[\s]/);
    const lineEnd = endOfLine(text, start);
    const equals = text.slice(start, lineEnd).indexOf('=');
    if (isComment(text, start)) at = endOfComment(text, start);
    else if (equals < 0) at = lineEnd + 1;
    else {
      const key = text.slice(start, start + equals).trim();
      const value = readValue(text, start + equals + 1);
      found.push({ key: key.replace(/^export\s+/, ''), line: text.slice(0, start).split('\n').length, ...value });
      at = endOfLine(text, value.end) + 1;
    }
  }
  return found;
}

/** Reads a value as systemd's state machine does; an unquoted part loses trailing spaces. */
function readValue(text: string, from: number): Omit<Assignment, 'key' | 'line'> {
  const start = skip(text, from, /[ \t]/);
  const units: QuotedUnit[] = [];
  let quote: Quote = 'none';
  // Quotes open only where no unquoted character stands before them, as in systemd.
  let mayOpen = true;
  let at = start;
  let end = start;
  let kept = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (quote === 'none' && isLineBreak(character)) break;
    const taken = readUnit(text, at, quote, mayOpen);
    if (taken.quote !== quote) {
      mayOpen = taken.quote === 'none';
      quote = taken.quote;
      end = taken.end;
      kept = units.length;
    } else if (taken.unit !== undefined) {
      const blank = quote === 'none' && /[ \t]/.test(character);
      // Between quoted parts spaces are no part of the value.
      if (!(blank && mayOpen)) {
        units.push({ unit: taken.unit, start: at, end: taken.end, quote });
        if (quote === 'none') mayOpen = false;
      }
      if (!blank) {
        end = taken.end;
        kept = units.length;
      }
    } else {
      end = taken.end;
      if (quote === 'none') mayOpen = false;
    }
    at = taken.end;
  }
  return { start, end, units: units.slice(0, kept) };
}

/** One step of the state machine: a unit of the value, a change of quotes, or nothing (a continued line). */
function readUnit(
  text: string,
  at: number,
  quote: Quote,
  mayOpen: boolean,
): { readonly unit?: string; readonly end: number; readonly quote: Quote } {
  const character = text.charAt(at);
  const next = text.charAt(at + 1);
  switch (quote) {
    case 'single':
      return character === "'" ? { end: at + 1, quote: 'none' } : { unit: character, end: at + 1, quote };
    case 'double':
      if (character === '"') return { end: at + 1, quote: 'none' };
      if (character !== '\\') return { unit: character, end: at + 1, quote };
      if (next === '\n') return { end: at + 2, quote };
      return /["\\`$]/.test(next) ? { unit: next, end: at + 2, quote } : { unit: character, end: at + 1, quote };
    case 'none':
      if (character === '\\') {
        const continued = next === '' || isLineBreak(next);
        return continued ? { end: Math.min(at + 2, text.length), quote } : { unit: next, end: at + 2, quote };
      }
      if (mayOpen && character === "'") return { end: at + 1, quote: 'single' };
      if (mayOpen && character === '"') return { end: at + 1, quote: 'double' };
      return { unit: character, end: at + 1, quote };
  }
}

function encode(value: string, quote: Quote): string {
  switch (quote) {
    case 'single':
      return value;
    case 'double':
      return value.replaceAll(/["\\`$]/g, String.raw`\$&`);
    case 'none':
      // Only what systemd itself would read as more than itself: other readers of the file may not know backslashes.
      return value.replaceAll(/[\s"'\\]/g, String.raw`\$&`);
  }
}

function quoteWhole(value: string): string {
  return value.includes("'") ? `"${encode(value, 'double')}"` : `'${value}'`;
}

function valueOf({ units }: Assignment): string {
  return units.map(({ unit }) => unit).join('');
}

function isComment(text: string, at: number): boolean {
  return text[at] === '#' || text[at] === ';';
}

/** A comment ends at its line's end unless a backslash continues it (systemd does that too). */
function endOfComment(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isLineBreak(text.charAt(at))) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isLineBreak(character: string): boolean {
  return character === '\n' || character === '\r';
}

function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isLineBreak(text.charAt(at))) at += 1;
  return at;
}

function skip(text: string, from: number, pattern: RegExp): number {
  let at = from;
  while (at < text.length && pattern.test(text.charAt(at))) at += 1;
  return at;
}
