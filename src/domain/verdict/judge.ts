/** Facts in, verdict out (design §2, step 1). Total and deterministic: every observation has exactly one verdict. */
import type { Observation } from '../facts.js';
import { VERDICT_CODES, type Judgement, type Verdict, type VerdictCode } from '../verdict-code.js';
import { setScene, type JudgeContext, type Scene } from './scene.js';
import { VERDICT_TABLE } from './table.js';

export type { JudgeContext } from './scene.js';

function verdictOf(code: VerdictCode, sentence: string, context: JudgeContext): Verdict {
  const { step, holdOffMs } = VERDICT_TABLE[code];
  return { code, sentence, step, holdOffMs: context.plan.times.holdOffMs[code] ?? holdOffMs };
}

function matches(scene: Scene): readonly Verdict[] {
  return VERDICT_CODES.filter((code) => code !== 'inconclusive').flatMap((code) => {
    const sentence = VERDICT_TABLE[code].matches(scene);
    return sentence === undefined ? [] : [verdictOf(code, sentence, scene.context)];
  });
}

/**
 * Judges one observation. The first match in the order of `VERDICT_CODES` decides, every other is kept in `also`; `inconclusive` is what
 * is left when none matches. Throws HF_INTERNAL only for an LSN that is none.
 */
export function judge(observation: Observation, context: JudgeContext): Judgement {
  const scene = setScene(observation, context);
  const [first, ...also] = matches(scene);
  const verdict = first ?? verdictOf('inconclusive', VERDICT_TABLE.inconclusive.matches(scene) ?? '', context);
  return {
    atMs: observation.atMs,
    verdict,
    also,
    wouldChange: VERDICT_TABLE[verdict.code].wouldChange,
    ...(scene.proven === undefined ? {} : { primary: scene.proven.name }),
  };
}
