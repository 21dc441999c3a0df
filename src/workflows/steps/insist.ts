/** A platform that is silent for a while does not end a run: it is asked again, and then people are asked. */
import { RunStopped, type Run } from '../run.js';
import type { Outcome } from '../run-context.js';
import { passGate } from './gate.js';
import { safePoint, type Sentry } from './sentry.js';

/**
 * The value of a repeatable effect on the platform, sent again under the same key while the platform gives no answer: for as long as
 * instances may take to stop, then after each *recheck* of people (gate `inconclusive`). Whatever the platform says is final: the run stops.
 */
export async function insist<T>(run: Run, sentry: Sentry, what: string, call: () => Promise<Outcome<T>>): Promise<T> {
  for (let endMs = run.ctx.now() + run.plan.times.stopLimitMs; ;) {
    safePoint(run);
    const outcome = await call();
    if (outcome.kind === 'done' || !isSilence(outcome)) return run.need(outcome, what);
    if (run.ctx.now() < endMs) {
      await run.ctx.waitUntil(() => run.inbox.aborted !== undefined, run.plan.times.observeEveryMs, `${what}: no answer; asked again`);
      continue;
    }
    run.fail(outcome.error);
    const answer = await passGate(run, sentry, {
      gate: 'inconclusive',
      topic: 'platform',
      title: `${what}: ${outcome.error.message}`,
      lines: ['It is asked again under the same key as soon as somebody answers recheck.'],
      logins: [],
      extraPeople: [],
    });
    if (answer.option === 'close') throw new RunStopped('handed-over', `${what}: ${outcome.error.message}`);
    endMs = run.ctx.now() + run.plan.times.stopLimitMs;
  }
}

/** No answer, or one that was lost. Either way a repeatable effect may be sent again. */
function isSilence(outcome: Exclude<Outcome<unknown>, { readonly kind: 'done' }>): boolean {
  return outcome.error.code === 'HF_KUBERNETES_UNREACHABLE' || outcome.error.code === 'HF_EFFECT_UNKNOWN';
}
