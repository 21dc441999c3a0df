/** Reads decisions strictly, and makes the text that is signed. Who counts for what is in `tally.ts`. */
import { canonicalJson } from './canonical.js';
import type { Decision, DecisionSignature } from './decision.js';
import { normalizeCode } from './evidence-rules.js';
import { GATES } from './gate.js';

/** Largest accepted lengths, in UTF-16 code units. */
export const DECISION_LIMITS = { gate: 40, option: 40, code: 40, reason: 500, by: 200, key: 200, value: 200 } as const;

/** A decision, or why the value is none: a sentence for the card, which quotes at most a clipped key name. */
export type ParsedDecision = { readonly ok: true; readonly decision: Decision } | { readonly ok: false; readonly why: string };

const TEXT_KEYS = ['gate', 'option', 'code', 'reason', 'by'] as const;
const SIGNATURE_KEYS = ['key', 'value'] as const;
const KEYS: readonly string[] = ['schema', ...TEXT_KEYS, 'signature'];

/**
 * What must not stand in a text that people read to decide: control characters, halves of surrogate pairs (they have no UTF-8 form,
 * so what is signed would not be what is read), line separators, and marks that turn the direction of writing.
 */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Reads the JSON object of the signal or Update `decide`. Never throws. An absent `schema` reads as 1 and an absent `code` as empty:
 * a person who types a safe answer by hand at night must be heard (the tally asks a code of unsafe options).
 * The code comes out in its one form, see `normalizeCode`.
 */
export function parseDecision(value: unknown): ParsedDecision {
  if (!isRecord(value)) return refused('It is not a JSON object.');
  const problem =
    unknownKeyProblem(value, KEYS) ??
    firstProblem(TEXT_KEYS.map((key) => textProblem(key, value[key], DECISION_LIMITS[key]))) ??
    signatureProblem(value['signature']);
  if (problem !== undefined) return refused(problem);
  if (value['schema'] !== undefined && value['schema'] !== 1) return refused('`schema` must be 1.');

  const { gate, option, code, reason, by, signature } = value;
  if (typeof gate !== 'string' || !GATES.some((name) => name === gate)) return refused(`\`gate\` must be one of ${GATES.join(', ')}.`);
  if (typeof option !== 'string' || option === '') return refused('`option` is missing.');
  return {
    ok: true,
    decision: {
      schema: 1,
      gate,
      option,
      code: typeof code === 'string' ? normalizeCode(code) : '',
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(typeof by === 'string' ? { by } : {}),
      ...signatureOf(signature),
    },
  };
}

/**
 * The text a person signs: the decision, the full hash of the evidence that was shown, and who signs.
 * Anybody can build it again from the card and verify the signature offline. UTF-8 when signed.
 */
export function signedText(decision: Decision, fullHash: string, by: string): string {
  const code = normalizeCode(decision.code);
  return `holdfast decision v1\n${canonicalJson({ by, code, gate: decision.gate, hash: fullHash, option: decision.option, reason: decision.reason ?? '' })}`;
}

function refused(why: string): ParsedDecision {
  return { ok: false, why };
}

function firstProblem(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function textProblem(label: string, text: unknown, limit: number): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') return `\`${label}\` must be a string.`;
  if (text.length > limit) return `\`${label}\` has ${text.length} characters; at most ${limit} are accepted.`;
  return FORBIDDEN.test(text) ? `\`${label}\` contains a control character.` : undefined;
}

function signatureProblem(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) return '`signature` must be an object with key and value.';
  const wrong =
    unknownKeyProblem(value, SIGNATURE_KEYS) ??
    firstProblem(SIGNATURE_KEYS.map((key) => textProblem(`signature.${key}`, value[key], DECISION_LIMITS[key])));
  if (wrong !== undefined) return wrong;
  return typeof value['key'] === 'string' && typeof value['value'] === 'string' ? undefined : '`signature` needs key and value.';
}

function signatureOf(value: unknown): { readonly signature?: DecisionSignature } {
  if (!isRecord(value)) return {};
  const { key, value: bytes } = value;
  return typeof key === 'string' && typeof bytes === 'string' ? { signature: { key, value: bytes } } : {};
}

function unknownKeyProblem(value: object, known: readonly string[]): string | undefined {
  const found = Object.keys(value).find((key) => !known.includes(key));
  if (found === undefined) return undefined;
  const shown = found.slice(0, 40).replaceAll(new RegExp(FORBIDDEN, 'gu'), '?');
  return `The key ${JSON.stringify(shown)} is not known; known are ${known.join(', ')}.`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
