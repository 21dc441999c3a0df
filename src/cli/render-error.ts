import { redactText } from '../config/redact.js';
import { ERRORS, HoldfastError } from '../domain/errors.js';
import type { ErrorRecord } from '../domain/errors.js';

/** An error as people and programs read it. */
export interface RenderedError {
  readonly record: ErrorRecord & { readonly next: string };
  /** Code, what happened, evidence lines, next step. */
  readonly text: string;
}

/** Renders any error. Foreign ones become HF_INTERNAL with their name; their message is shown with credentials cut out. */
export function renderError(error: unknown): RenderedError {
  const record = recordOf(error);
  const { next } = ERRORS[record.code];
  const evidence = Object.entries(record.evidence).map(([name, value]) => `  ${name}: ${value}`);
  return { record: { ...record, next }, text: [`${record.code}: ${record.message}`, ...evidence, `Next: ${next}`].join('\n') };
}

function recordOf(error: unknown): ErrorRecord {
  if (error instanceof HoldfastError) return error.toRecord();
  const name = error instanceof Error ? error.name : typeof error;
  const words = error instanceof Error ? redactText(error.message) : '';
  return { code: 'HF_INTERNAL', message: ERRORS.HF_INTERNAL.summary, evidence: { error: words === '' ? name : `${name}: ${words}` } };
}
