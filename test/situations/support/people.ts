/** Plays the people of the lab: answers each gate as told, with signatures, until the run ends. */
import type { AnyStage as Stage } from '../../../src/cli/demo/stage-types.js';
import type { GateName } from '../../../src/domain/gate.js';
import type { RunFacts, RunResult } from '../../../src/domain/run-facts.js';

/** One person's answer. */
export type Answer = readonly [person: string, option: string];

/** Who answers what, by gate. */
export type Script = Readonly<Partial<Record<GateName, readonly Answer[]>>>;

/** The night as the runbook has it: on-call approves the promotion, on-call and risk resume. */
export const USUAL: Script = {
  promote: [['ana', 'approve']],
  accept: [['ana', 'accept']],
  resume: [
    ['ana', 'resume'],
    ['ben', 'resume'],
  ],
};

const RUN_MS = 45_000;
/** Longest time between an answer and the end of its gate. */
const ANSWERED_MS = 10_000;

/**
 * Answers every gate of the script whenever it is (re-)opened, and returns how the run ended. A gate outside the script fails the test.
 * @param patienceMs longest time between two gates.
 */
export async function play(stage: Stage, script: Script = USUAL, patienceMs = RUN_MS): Promise<RunResult> {
  const answered = new Set<string>();
  for (;;) {
    const facts = await stage.until(
      'a gate to answer, or the end',
      (f) => f.result !== undefined || (f.open !== undefined && !answered.has(f.open.opened.code)),
      patienceMs,
    );
    if (facts.result !== undefined) return facts.result;
    const { opened } = facts.open ?? raise('a gate without an opening');
    answered.add(opened.code);
    const answers = script[opened.gate as GateName];
    if (answers === undefined) {
      // A gate that somebody answered a moment ago is still shown until its decisions are attested.
      await stage
        .until('a gate outside the script closes', (f) => f.open?.opened.code !== opened.code, ANSWERED_MS)
        .catch(() => raise(`gate ${opened.gate} was not expected:\n${opened.card}`));
      continue;
    }
    for (const [person, option] of answers) await decideOrMissed(stage, opened.code, person, option);
  }
}

/** A card that was replaced between reading and deciding refuses the old code: the next opening is answered instead. */
async function decideOrMissed(stage: Stage, code: string, person: string, option: string): Promise<void> {
  try {
    await stage.decide(person, option);
  } catch (error) {
    const now = await stage.facts();
    if (now.open?.opened.code === code) throw error;
  }
}

/** Waits for this gate and returns the facts that show it. */
export async function gate(stage: Stage, name: GateName, patienceMs = RUN_MS): Promise<RunFacts> {
  return stage.until(`gate ${name}`, (f) => f.open?.opened.gate === name, patienceMs);
}

function raise(why: string): never {
  throw new Error(why);
}
