import { readFile } from 'node:fs/promises';
import { HoldfastError } from '../../domain/errors.js';

/** Where a secret lies: `env:NAME` or `file:/absolute/path`. A reference is no secret and may be shown. */
export type SecretRef = string;

const ENV = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;
const FILE = /^file:(\/.+)$/;

/** Whether the text has the form of a reference. */
export function isSecretRef(text: string): boolean {
  return ENV.test(text) || FILE.test(text);
}

/**
 * Reads the value behind a reference. Call it as late as possible and keep the value inside that one call (design S6): a rotated file is
 * then seen by the next call, and nothing outlives it. One newline at the end of a file is left out, as editors add it.
 *
 * Errors: HF_SECRET_UNRESOLVED, which names the reference and never a value.
 */
export async function resolveSecret(ref: SecretRef): Promise<string> {
  const name = ENV.exec(ref)?.[1];
  if (name !== undefined) {
    const value = process.env[name];
    if (value === undefined || value === '') throw unresolved(ref, 'the variable is not set or empty');
    return value;
  }
  const file = FILE.exec(ref)?.[1];
  // A text of another form may be the secret itself, written in the wrong place: it is not repeated.
  if (file === undefined) throw unresolved('(not shown)', 'it has neither the form env:NAME nor file:/path');
  const value = await readSecretFile(ref, file);
  if (value === '') throw unresolved(ref, 'the file is empty');
  return value;
}

async function readSecretFile(ref: SecretRef, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw unresolved(ref, `the file cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`);
  }
}

function unresolved(reference: string, why: string): HoldfastError {
  return new HoldfastError('HF_SECRET_UNRESOLVED', `${reference}: ${why}.`, { reference, why });
}
