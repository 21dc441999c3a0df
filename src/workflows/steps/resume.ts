/** Step 5, the end: trading is resumed only when everything is proven once more (promise S1). */
import type { Row } from '../../domain/facts.js';
import type { Outcome } from '../../domain/run-facts.js';
import { RunStopped, type Run } from '../run.js';
import { passGate } from './gate.js';
import { requireArmed, type Sentry } from './sentry.js';

/** Resumes trading by people's word and the exact undo of our own pause. Returns how the run ends. */
export async function resumeTrading(run: Run, sentry: Sentry, row: Row, beforeAct: () => Promise<void>): Promise<Outcome> {
  if (row.engaged) {
    // Resume is not offered: the switch itself says that trading must stand still (promise S1).
    return 'verified-engaged';
  }
  const record = run.pause.record;
  if (record === undefined || run.pause.state === 'unable' || run.pause.state === 'none') return 'verified';
  let outcome: Outcome = 'verified-paused';
  await run.step('resume', 'May trading be resumed?', async () => {
    // The runbook has looked around right before; here again before each further asking.
    for (;;) {
      const answer = await passGate(run, sentry, {
        gate: 'resume',
        topic: run.target?.node ?? '',
        title: `The application is verified on ${run.target?.node ?? '?'}. ${run.pause.state === 'proven' ? 'Trading is paused, proven.' : 'It is not proven that trading stands still.'}`,
        lines: run.unfenced.map((n) => `${n} is not fenced: an obligation that stays open.`),
        logins: [],
        extraPeople: run.countedNotMatched ? ['sessions were counted, not matched to instances'] : [],
      });
      if (answer.option === 'done-by-hand') continue; // nothing here is proven by a word: everything is read again
      if (answer.option !== 'resume') {
        return [
          'refused',
          `Trading stays paused (${answer.answeredBy === 'silence' ? 'nobody answered' : answer.people.join(', ')}).`,
        ] as const;
      }
      requireArmed(run, 'resume trading');
      const wishes = run.inbox.pauseRequests;
      const done = await run.ctx.call(
        'resumeTrading',
        {
          plan: run.observed,
          target: run.node(run.target?.node ?? ''),
          expected: row,
          count: run.strength,
          pause: record,
          fenced: run.fences.map((f) => run.node(f.node)),
          key: run.key('resume'),
        },
        { summary: 'Prove everything once more, then lift our own pause', effect: run.plan.adapters.pause.resume, limitMs: 30_000 },
      );
      // A wish that came while trading stood still anyway was known to those who resumed; it does not undo their resume.
      if (done.kind !== 'failed') run.pauseWishesAnswered = wishes;
      if (done.kind === 'done') {
        run.pause = { ...run.pause, state: 'lifted', detail: done.value.detail };
        outcome = 'verified';
        return ['done', `Trading is resumed by ${answer.people.join(', ')}: ${done.value.detail}`] as const;
      }
      run.fail(done.error);
      if (done.kind === 'unknown') {
        const settled = await readBackResume(run);
        if (settled) {
          outcome = 'verified';
          return ['done', 'Trading is resumed; the answer was lost and read back from the platform.'] as const;
        }
      }
      // Refused by name, or still paused: people see the reason on a new card and decide again. The safe option always answers.
      run.tell(['on-call', 'risk'], 'warn', `${run.plan.store}: trading was not resumed`, done.error.message);
      if (done.error.code === 'HF_PAUSE_NOT_OURS') throw new RunStopped('verified-paused', done.error.message);
      await beforeAct();
    }
  });
  return outcome;
}

async function readBackResume(run: Run): Promise<boolean> {
  const read = await run.ctx.call(
    'proveTrading',
    { store: run.plan.store, everyMs: 500, limitMs: run.plan.adapters.pause.settleMs, want: 'trading' },
    { summary: 'Read back: is trading resumed?', effect: 'read', limitMs: run.plan.adapters.pause.settleMs + 10_000 },
  );
  if (read.kind !== 'done' || read.value.state === 'unknown') {
    // Resume was sent and nobody knows: from here on it is treated as live, and said so (design S7).
    run.pause = { ...run.pause, state: 'unproven', detail: 'Resume was sent and its outcome is not known.' };
    return false;
  }
  if (read.value.state !== 'trading') return false;
  run.pause = { ...run.pause, state: 'lifted', detail: read.value.detail };
  return true;
}
