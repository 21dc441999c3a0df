import { HoldfastError } from '../domain/errors.js';

/** The message of a modelled error; anything else is named by its class only, since foreign messages may quote credentials. */
export function sentenceOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}
