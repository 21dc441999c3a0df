/** How evidence is hashed, shortened and compared (design S9). The hash itself is computed by an activity: the domain has no crypto. */
import { canonicalJson } from './canonical.js';
import { HoldfastError } from './errors.js';
import type { EvidenceDifference, EvidenceField, EvidenceValue } from './evidence.js';

/** Crockford's base 32: no I, L, O, U, so that a code can be read aloud and typed from a phone. */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 10;

/** How often a gate may be opened; after that a person is asked for a bound. */
export const MAX_OPENINGS = 20;

/** What an opening of a gate is identified by. The run id makes codes of a Reset run differ from those given before it. */
export interface HashedOpening {
  readonly gate: string;
  readonly runId: string;
  readonly opening: number;
  readonly fields: readonly EvidenceField[];
}

/**
 * The canonical text that the evidence hash is taken of. Fields that are only shown are left out, their order does not matter.
 *
 * @throws HoldfastError `HF_INTERNAL` when two fields have one name: a decision must not be bound to one of two values.
 */
export function hashedText(opening: HashedOpening): string {
  const fields: Record<string, { value: EvidenceValue; rule: string; bound: number | null; unit: string }> = {};
  for (const field of opening.fields) {
    if (field.rule === 'shown') continue;
    if (Object.hasOwn(fields, field.name))
      throw new HoldfastError('HF_INTERNAL', `Two evidence fields are called ${field.name}.`, { field: field.name });
    fields[field.name] = { value: field.value, rule: field.rule, bound: field.bound ?? null, unit: field.unit ?? '' };
  }
  return `holdfast evidence v1\n${canonicalJson({ gate: opening.gate, runId: opening.runId, opening: opening.opening, fields })}`;
}

/**
 * The evidence code: 10 characters of Crockford's base 32 from the first 50 bits of a hash in hex.
 *
 * @throws HoldfastError `HF_INTERNAL` when fewer than 50 bits are given.
 */
export function crockford(hex: string): string {
  if (!/^[0-9a-f]{13,}$/i.test(hex)) throw new HoldfastError('HF_INTERNAL', 'An evidence code needs at least 13 hexadecimal digits.');
  const bits = BigInt(`0x${hex.slice(0, 13)}`) >> 2n;
  return Array.from({ length: CODE_LENGTH }, (_, index) =>
    CROCKFORD.charAt(Number((bits >> BigInt(5 * (CODE_LENGTH - 1 - index))) & 31n)),
  ).join('');
}

/** A code as a person typed it, in its one form: capitals, no spaces or hyphens, and Crockford's readings of I, L and O. */
export function normalizeCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, '').toUpperCase().replaceAll(/[IL]/g, '1').replaceAll('O', '0');
}

/** What changed for the worse since it was shown. Empty: a decision on `shown` still stands. */
export function differences(shown: readonly EvidenceField[], now: readonly EvidenceField[]): readonly EvidenceDifference[] {
  const changed = shown.flatMap((field) => {
    const later = now.find((candidate) => candidate.name === field.name);
    // What is unchanged is never worse, whatever bound it was shown with.
    if (later !== undefined && later.value === field.value) return [];
    return exceeded(field, later);
  });
  return [...changed, ...unseen(shown, now)];
}

/** What breaks the approved bounds, as re-read right before acting. Unlike `differences` it holds values against the bound alone. */
export function exceededBounds(approved: readonly EvidenceField[], now: readonly EvidenceField[]): readonly EvidenceDifference[] {
  const broken = approved.flatMap((field) =>
    exceeded(
      field,
      now.find((candidate) => candidate.name === field.name),
    ),
  );
  return [...broken, ...unseen(approved, now)];
}

/** Whether everything re-read is within what was approved. */
export function withinBounds(approved: readonly EvidenceField[], now: readonly EvidenceField[]): boolean {
  return exceededBounds(approved, now).length === 0;
}

/**
 * How long to wait before a gate in its n-th opening (1 = the first) may be opened again: `baseMs`, doubled with each opening.
 * It stops growing at `MAX_OPENINGS`; whether another opening is allowed at all is the caller's to ask.
 */
export function reopenDelayMs(opening: number, baseMs: number): number {
  return baseMs * 2 ** (Math.min(Math.max(1, opening), MAX_OPENINGS) - 1);
}

function exceeded(field: EvidenceField, later: EvidenceField | undefined): readonly EvidenceDifference[] {
  if (field.rule === 'shown') return [];
  const is = later?.value ?? null;
  const difference = (rule: string): readonly EvidenceDifference[] => [
    { name: field.name, was: field.value, is, sentence: `${field.label}: was ${say(field, field.value)}, is ${say(field, is)}${rule}.` },
  ];
  if (later === undefined) return difference(', no longer read');
  if (field.rule === 'same') return is === field.value ? [] : difference('');
  const limit = field.bound ?? field.value;
  // Unknown was approved without a bound: nothing that is known now can be worse.
  if (limit === null) return [];
  if (typeof limit !== 'number') return is === field.value ? [] : difference('');
  // Unknown where a number was approved is worse: it could be anything.
  if (typeof is !== 'number' || Number.isNaN(is)) return difference(`; the decision allows ${wordOf(field)} ${say(field, limit)}`);
  const broken = field.rule === 'at-most' ? is > limit : is < limit;
  return broken ? difference(`; the decision allows ${wordOf(field)} ${say(field, limit)}`) : [];
}

/** Hashed facts that were not on the card: nobody decided on them. */
function unseen(shown: readonly EvidenceField[], now: readonly EvidenceField[]): readonly EvidenceDifference[] {
  return now
    .filter((field) => field.rule !== 'shown' && !shown.some((earlier) => earlier.name === field.name))
    .map((field) => ({
      name: field.name,
      was: null,
      is: field.value,
      sentence: `${field.label}: was not shown, is ${say(field, field.value)}.`,
    }));
}

function wordOf(field: EvidenceField): string {
  return field.rule === 'at-least' ? 'at least' : 'at most';
}

function say(field: EvidenceField, value: EvidenceValue): string {
  if (value === null) return 'unknown';
  return field.unit === undefined || typeof value !== 'number' ? String(value) : `${value} ${field.unit}`;
}
