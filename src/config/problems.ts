/**
 * Turns what the schema and the cross-checks found into lines for people: `path: what — fix (line:column)`.
 * Values are never repeated: a secret in the wrong place must not get into a log through its own error.
 */
import type { Document, LineCounter } from 'yaml';
import { isNode } from 'yaml';
import type { z } from 'zod';

/** One thing that is wrong, and where. `what` reads `what — fix`. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** Problems of the schema’s issues, in order. `raw` is the document as plain data, to tell a missing value from a wrong one. */
export function problemsOf(issues: readonly Issue[], raw: unknown, base: Path = []): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, raw, [...base, ...(issue.path as Path)]));
}

function problemsOfIssue(issue: Issue, raw: unknown, path: Path): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], what: 'is not known here — correct the spelling or take it out' }));
  }
  const value = valueAt(raw, path);
  if (value === undefined) return [{ path, what: 'is missing — add it' }];
  if (issue.code === 'invalid_union') {
    // Only the alternative that the person was writing is of use: the one whose key is there.
    const meant = issue.errors.find((alternative) => alternative.every((inner) => inner.path.length > 1));
    if (meant !== undefined && meant.length > 0) return problemsOf(meant, raw, path);
  }
  return [{ path, what: issue.message.includes('—') ? issue.message : plain(issue, value) }];
}

/** Words for the issues that carry no sentence of ours. */
function plain(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is ${kindOf(value)} — write ${article(issue.expected)}`;
    case 'invalid_value':
      return `is not one of the allowed values — write ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `is too small — at least ${issue.minimum}`;
    case 'too_big':
      return `is too large — at most ${issue.maximum}`;
    case 'invalid_key':
      return 'has a key that is not allowed here — see `holdfast config schema`';
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      return 'does not have the expected form — see `holdfast config schema`';
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a section' : `a ${typeof value}`;
}

function article(expected: string): string {
  if (expected === 'object' || expected === 'record') return 'a section with keys';
  if (expected === 'array') return 'a list';
  if (expected === 'boolean') return 'true or false';
  return expected === 'string' ? 'a text' : 'a number';
}

/** A path as people write it: `stores.main.cluster.nodes[1].host`. */
export function pathText(path: Path): string {
  if (path.length === 0) return '(whole file)';
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}

/** Where a path stands in the file, as `line:column`; the nearest existing parent when the value itself is missing. */
export function positionOf(document: Document, lines: LineCounter, path: Path): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return `${line}:${col}`;
    }
  }
  return '1:1';
}
