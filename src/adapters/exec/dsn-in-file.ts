import { readEnvValue, replaceEnvValue } from '../../domain/env-file.js';
import type { Target } from '../../ports/config-source.js';
import { pointValue, targetOfValue } from '../shared/dsn-in-value.js';
import type { DsnPlace } from '../shared/dsn-in-value.js';

/** Host and port that the DSN in the text leads to first. Errors: HF_DSN_UNPARSABLE, HF_CONFIG_INVALID. */
export function readTarget(text: string, place: DsnPlace): Target {
  return targetOfValue(valueOf(text, place), place);
}

/** The text with the DSN pointed at the target; every byte that need not change stays. Errors: HF_DSN_UNPARSABLE, HF_CONFIG_INVALID. */
export function pointText(text: string, place: DsnPlace, target: Target): string {
  return replaceEnvValue(text, place.key, pointValue(valueOf(text, place), place, target));
}

/** The value in force of the key, whole: what a backup has to keep. */
export function valueOf(text: string, place: DsnPlace): string {
  return readEnvValue(text, place.key).value;
}
