import { checkS13 } from './clocks.js';
import { checkS5, checkS9, checkS15 } from './effects.js';
import { checkS3, checkS4 } from './move.js';
import { checkS2, checkS14 } from './row.js';
import { checkS6, checkS8, checkS10, checkS11, checkS12 } from './run-log.js';
import { checkS1, checkS7 } from './trading.js';
import type { ChaosRecord, Violation } from './types.js';

/** Each promise with the function that looks for its breaches. */
export const CHECKS: Readonly<Record<string, (record: ChaosRecord) => readonly Violation[]>> = {
  S1: checkS1,
  S2: checkS2,
  S3: checkS3,
  S4: checkS4,
  S5: checkS5,
  S6: checkS6,
  S7: checkS7,
  S8: checkS8,
  S9: checkS9,
  S10: checkS10,
  S11: checkS11,
  S12: checkS12,
  S13: checkS13,
  S14: checkS14,
  S15: checkS15,
};

/** Every broken promise of a record, in order of time. */
export function check(record: ChaosRecord): readonly Violation[] {
  return Object.values(CHECKS)
    .flatMap((look) => look(record))
    .sort((a, b) => a.atMs - b.atMs);
}
