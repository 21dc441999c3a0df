/** A platform that is silent for a while does not end a run: it is asked again, and then people are asked. */
import type { ErrorCode } from '../../domain/errors.js';
import { RunStopped, type Run } from '../run.js';
import type { Outcome } from '../run-context.js';
import { passGate } from './gate.js';
import { safePoint, type Sentry } from './sentry.js';

const PASSING: readonly ErrorCode[] = ['HF_KUBERNETES_UNREACHABLE', 'HF_KUBERNETES_FORBIDDEN', 'HF_EFFECT_UNKNOWN'];

/**
 * The value of a read or a repeatable effect on the platform, asked again under the same key while the platform gives no answer: for as long as
 * instances may take to stop, then after each *recheck* of people (gate `inconclusive`). Anything else that the platform says is final: the run stops.
 */
export async function insist<T>(run: Run, sentry: Sentry, what: string, call: () => Promise<Outcome<T>>): Promise<T> {
  for (let endMs = run.ctx.now() + run.plan.times.stopLimitMs; ;) {
    safePoint(run);
    const outcome = await call();
    if (outcome.kind === 'done' || !mayPass(outcome)) return run.need(outcome, what);
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

/**
 * No answer, or one that was lost: a repeatable effect may be sent again either way. A refusal did nothing, and an API server that has just
 * started refuses what it allows a second later: it has not read its roles yet (seen with 1.36.3).
 */
function mayPass(outcome: Exclude<Outcome<unknown>, { readonly kind: 'done' }>): boolean {
  return PASSING.includes(outcome.error.code);
}
