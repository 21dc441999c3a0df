/** One text for one value, whatever the order its keys were written in: what is hashed and signed (evidence, plan, decisions). */
import { HoldfastError } from './errors.js';

/** Deeper nesting is a cycle or a mistake: nothing that Holdfast hashes is deeper than a handful. */
const MAX_DEPTH = 64;

/**
 * JSON with sorted keys and no spaces. Keys are sorted by UTF-16 code units, numbers are written as ECMAScript writes them, `-0` is `0`.
 *
 * @throws HoldfastError `HF_INTERNAL`, naming the path, for what JSON would drop or bend silently:
 * undefined, functions, symbols, big integers, NaN, infinities, and objects that are neither plain nor arrays.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0);
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw refused(path, `nested deeper than ${MAX_DEPTH}`);
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw refused(path, 'not a finite number');
      return JSON.stringify(value === 0 ? 0 : value);
    case 'object':
      return Array.isArray(value) ? writeArray(value, path, depth) : writeObject(value, path, depth);
    case 'undefined':
    case 'function':
    case 'symbol':
    case 'bigint':
      break;
  }
  throw refused(path, `of type ${typeof value}`);
}

function writeArray(values: readonly unknown[], path: string, depth: number): string {
  // Array.from sees holes, which map would skip.
  return `[${Array.from(values, (item, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`;
}

function writeObject(value: object, path: string, depth: number): string {
  if (!isPlain(value)) throw refused(path, 'not a plain object');
  const members = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, `${path}.${key.slice(0, 40)}`, depth + 1)}`);
  return `{${members.join(',')}}`;
}

/** Plain objects of any realm: the workflow sandbox has an Object of its own, so identity of prototypes would not do. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}

function refused(path: string, why: string): HoldfastError {
  return new HoldfastError('HF_INTERNAL', `The value at ${path} has no canonical form: ${why}.`, { path, why });
}
