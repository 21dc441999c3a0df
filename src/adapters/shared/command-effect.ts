import { HoldfastError } from '../../domain/errors.js';
import type { ErrorCode } from '../../domain/errors.js';
import { showable } from './redact.js';
import type { CommandOutcome } from './run-command.js';

/** Names an effect in errors: what was asked, and of whom. */
export interface EffectName {
  /** For example `stop`. */
  readonly verb: string;
  /** For example `instance app-1`. */
  readonly target: string;
}

/**
 * Turns the end of a command that was to have an effect into its output, or the right error: HF_CANCELLED when it never ran because of
 * the caller, `refusedCode` when it said no or cannot be run, HF_EFFECT_UNKNOWN when it ran and no end is known.
 */
export function requireEffect(outcome: CommandOutcome, name: EffectName, refusedCode: ErrorCode): string {
  const evidence = { verb: name.verb, target: name.target };
  switch (outcome.state) {
    case 'exited': {
      const lastWords = showable(`${outcome.stdout}\n${outcome.stderr}`);
      if (outcome.exitCode === 0) return lastWords;
      throw new HoldfastError(refusedCode, `${name.verb} of ${name.target} exited ${outcome.exitCode}: ${lastWords || 'no output'}.`, {
        ...evidence,
        exitCode: String(outcome.exitCode),
        lastWords,
      });
    }
    case 'not-started':
      if (outcome.because === 'cancelled') throw new HoldfastError('HF_CANCELLED', `${name.verb} of ${name.target}.`, evidence);
      throw new HoldfastError(refusedCode, `${name.verb} of ${name.target} cannot be run (${outcome.detail}).`, {
        ...evidence,
        why: outcome.detail,
      });
    case 'unfinished':
      throw new HoldfastError('HF_EFFECT_UNKNOWN', `${name.verb} of ${name.target}: ${outcome.detail}.`, {
        ...evidence,
        why: outcome.detail,
      });
  }
}
