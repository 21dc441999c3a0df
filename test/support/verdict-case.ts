import type { Observation } from '../../src/domain/facts.js';
import type { VerdictCode } from '../../src/domain/verdict-code.js';
import type { JudgeContext } from '../../src/domain/verdict/judge.js';

/** What is seen, the verdict it must have, and the context when it is not the default one. */
export type VerdictCase = readonly [name: string, seen: Observation, code: VerdictCode, context?: JudgeContext];
