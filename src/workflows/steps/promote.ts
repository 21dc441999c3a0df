/** Step 3, second half: the healthiest replica becomes the primary, once, with what was approved and nothing worse. */
import { rankCandidates, type Candidate, type Ranking } from '../../domain/candidates.js';
import type { Observation } from '../../domain/facts.js';
import { possibleLoss } from '../../domain/possible-loss.js';
import type { Logins } from '../../activities/observing.js';
import { EpochEnded, RunStopped, type Run } from '../run.js';
import { judgeContext } from './detect.js';
import { passGate } from './gate.js';
import { requireArmed, safePoint, strangeWriters, type Sentry } from './sentry.js';

/** Somebody promoted already: people accept the loss before the application moves (gate `accept`). */
export async function adopt(run: Run, sentry: Sentry, name: string, sentence: string): Promise<void> {
  await run.step('promote', `${name} was promoted by somebody else`, async () => {
    const { observation } = await rank(run, [name]);
    const facts = observation.nodes.find((n) => n.node === name);
    if (facts !== undefined) run.loss = possibleLoss(facts, observation, run.plan.lastSnapshot);
    setTarget(run, name, observation, 'found');
    const answer = await passGate(run, sentry, {
      gate: 'accept',
      topic: name,
      candidate: name,
      title: `${name} is the primary already; Holdfast did not promote it.`,
      lines: [sentence, ...configTrouble(run)],
      logins: [name],
      extraPeople: [],
    });
    if (answer.option === 'done-by-hand') throw new EpochEnded(`${answer.people.join(', ')} changed the primary by hand.`);
    if (answer.option !== 'accept')
      throw new RunStopped('handed-over', `The promotion of ${name} was not accepted (${answer.answeredBy}).`);
    requireArmed(run, `adopt ${name}`);
    return ['found-done', `${name} was found promoted; accepted by ${who(answer)}.`] as const;
  });
}

/**
 * Chooses, asks, promotes, reads back. Afterwards `run.target` is set. `handsOver`: a primary that is alive and gives its role to the new
 * one (a switchover of its HA manager); any other writer is a new situation.
 */
export async function promoteReplica(run: Run, sentry: Sentry, handsOver?: string): Promise<void> {
  // One question however often the candidate changes: its deadline does not move.
  let notAfterMs = Infinity;
  await run.step('promote', 'Choose and promote the healthiest replica', async () => {
    for (;;) {
      safePoint(run);
      const ranking = await rank(run);
      const alive = strangeWriters(run, handsOver);
      // Somebody writes again: a new situation, not a worse candidate. It is looked at from the start.
      if (alive.length > 0) throw new EpochEnded(`${alive.join(', ')} accepts writes although nothing was promoted by this run.`);
      if (handsOver === undefined && run.seen?.manager?.failoverInProgress === true) {
        await run.ctx.waitUntil(
          () => run.inbox.aborted !== undefined,
          run.plan.times.observeEveryMs,
          'The HA manager may still promote by itself; a request would only wait for the same lock',
        );
        continue;
      }
      const best = ranking.ranked[0];
      if (best === undefined) {
        await askWithoutCandidate(run, sentry, ranking);
        continue;
      }
      run.loss = best.loss;
      notAfterMs = Math.min(notAfterMs, run.ctx.now() + run.plan.gates.promote.deadlineMs);
      const answer = await passGate(
        run,
        sentry,
        {
          gate: 'promote',
          topic: best.node,
          candidate: best.node,
          title: run.judgement?.verdict.sentence ?? '',
          lines: [...ranking.refused.map((r) => `Not ${r.node}: ${r.reasons.map((x) => x.sentence).join(' ')}`), ...configTrouble(run)],
          logins: candidates(run),
          extraPeople: [],
        },
        notAfterMs,
      );
      if (answer.option === 'superseded') {
        await run.ctx.waitUntil(
          () => run.inbox.aborted !== undefined,
          run.plan.times.observeEveryMs,
          'Another candidate is best now; choose again',
        );
        continue;
      }
      // Somebody promoted a node by hand: that is a new situation, looked at from the start.
      if (answer.option === 'done-by-hand') throw new EpochEnded(`${answer.people.join(', ')} did the promotion by hand.`);
      if (answer.option !== 'approve')
        throw new RunStopped('handed-over', `The promotion of ${best.node} was not approved (${answer.answeredBy}: ${answer.option}).`);
      requireArmed(run, `promote ${best.node}`);
      const done = await promoteOnce(run, sentry, best, handsOver);
      if (done !== undefined) return [done.found ? 'found-done' : 'done', `${done.detail} Approved by ${who(answer)}.`] as const;
      // What was approved holds no more. A fence that was lifted meanwhile is put again before anybody is asked again.
      await run.guard?.();
    }
  });
}

const who = (answer: { readonly answeredBy: string; readonly people: readonly string[] }): string =>
  answer.answeredBy === 'people' ? answer.people.join(', ') : `${answer.answeredBy} approval of ${answer.people.join(', ')}`;

interface Ranked extends Ranking {
  readonly observation: Observation;
  readonly logins: Logins;
}

/** Said before the irreversible act: after it the application could not be pointed at the new primary. */
function configTrouble(run: Run): readonly string[] {
  const failure = run.seen?.configFailure;
  return failure === undefined ? [] : [`Where the application is pointed at cannot be read: ${failure.text} Mend that first.`];
}

/** Nodes that could be promoted: each one's application login is tried, for the ranking and for every card alike. */
function candidates(run: Run): readonly string[] {
  return run.plan.nodes.filter((n) => n.candidate && !run.earlierPrimaries.includes(n.name)).map((n) => n.name);
}

async function rank(run: Run, adopted: readonly string[] = []): Promise<Ranked> {
  const logins = adopted.length > 0 ? adopted : candidates(run);
  const inspected = run.need(
    await run.ctx.call(
      'inspect',
      { plan: run.observed, probe: false, logins },
      { summary: 'Read every replica; log in as the application would', effect: 'read' },
    ),
    'The replicas could not be read',
  );
  run.see(inspected.observation);
  const ranking = rankCandidates(inspected.observation, { ...judgeContext(run), applicationLogin: inspected.logins });
  return { ...ranking, ...inspected };
}

async function askWithoutCandidate(run: Run, sentry: Sentry, ranking: Ranked): Promise<void> {
  const reasons = ranking.refused.map((r) => `${r.node}: ${r.reasons.map((x) => x.sentence).join(' ')}`);
  run.fail(run.record('HF_TARGET_UNPROVEN', `No replica may be promoted. ${reasons.join(' ')}`, { rule: 'candidates' }));
  const answer = await passGate(run, sentry, {
    gate: 'inconclusive',
    topic: 'no-candidate',
    title: 'No replica may be promoted.',
    lines: reasons,
    logins: [],
    extraPeople: [],
  });
  // "fail-over" cannot mean anything without a candidate: like recheck, it looks again.
  if (answer.option === 'close') throw new RunStopped('handed-over', `No replica may be promoted: ${reasons.join(' ')}`);
}

/** Sends the promotion once. Nothing returned means: what was approved no longer holds, choose and ask again. */
async function promoteOnce(
  run: Run,
  sentry: Sentry,
  best: Candidate,
  handsOver: string | undefined,
): Promise<{ readonly found: boolean; readonly detail: string } | undefined> {
  const node = run.node(best.node);
  for (;;) {
    const outcome = await run.ctx.call(
      'promoteNode',
      {
        plan: run.observed,
        node,
        bounds: { receivedLsnAtLeast: best.receivedLsn, timeline: best.timeline },
        fenced: run.fences.map((f) => f.node),
        ...(handsOver === undefined ? {} : { handsOver }),
        key: run.key('promote'),
      },
      { summary: `Promote ${best.node} (sent once; read back)`, effect: run.plan.adapters.cluster.promote, limitMs: 95_000 },
    );
    if (outcome.kind === 'done') {
      const { observation } = outcome.value;
      if (observation !== undefined) run.see(observation);
      const seen =
        observation !== undefined && isPrimary(observation, best.node) ? observation : await readBack(run, best.node, 0, handsOver);
      if (seen === undefined) throw new RunStopped('handed-over', `${best.node} said it was promoted but is not out of recovery.`);
      setTarget(run, best.node, seen, outcome.value.state === 'found-done' ? 'found' : 'promoted');
      return { found: outcome.value.state === 'found-done', detail: outcome.value.detail };
    }
    run.fail(outcome.error);
    if (outcome.kind === 'failed') {
      if (outcome.error.code === 'HF_BOUNDS_EXCEEDED' || outcome.error.code === 'HF_NODE_UNREACHABLE') return undefined;
      // An HA manager chose for itself: nothing is undone, the new primary is looked at from the start and people accept it or not.
      if (outcome.error.code === 'HF_PROMOTE_OTHER') throw new EpochEnded(outcome.error.message);
      throw new RunStopped('handed-over', `${best.node} was not promoted: ${outcome.error.message}`);
    }
    // Unknown: never sent again by itself (promise S5). Read back for the settle time, then people decide.
    const seen = await readBack(run, best.node, run.plan.adapters.cluster.settleMs, handsOver);
    if (seen !== undefined) {
      setTarget(run, best.node, seen, 'promoted');
      return { found: true, detail: `${best.node} was promoted; its answer was lost and read back.` };
    }
    const answer = await passGate(run, sentry, {
      gate: 'inconclusive',
      topic: 'promote-unknown',
      title: `It is not known whether ${best.node} will be promoted: it was asked, gave no answer, and is still in recovery.`,
      lines: ['send-again: it is asked once more. recheck: it is only looked at.'],
      logins: [],
      extraPeople: [],
    });
    if (answer.option === 'close') throw new RunStopped('handed-over', `The outcome of promoting ${best.node} is unknown.`);
    requireArmed(run, `promote ${best.node} again`);
    if (answer.option !== 'send-again') {
      const again = await readBack(run, best.node, 0, handsOver);
      if (again === undefined) return undefined;
      setTarget(run, best.node, again, 'promoted');
      return { found: true, detail: `${best.node} was promoted; read back.` };
    }
  }
}

function isPrimary(observation: Observation, name: string): boolean {
  return observation.nodes.find((n) => n.node === name)?.answer?.inRecovery === false;
}

/** Looks at the node until it is out of recovery or the settle time is over. */
async function readBack(run: Run, name: string, settleMs: number, handsOver: string | undefined): Promise<Observation | undefined> {
  const endMs = run.ctx.now() + settleMs;
  for (;;) {
    const outcome = await run.ctx.call(
      'inspect',
      { plan: run.observed, probe: false, logins: [] },
      { summary: `Read back: is ${name} the primary?`, effect: 'read' },
    );
    if (outcome.kind === 'done') {
      const { observation } = outcome.value;
      run.see(observation);
      if (isPrimary(observation, name)) return observation;
      // An HA manager may have taken another node: that is looked at from the start, and people accept it or not.
      const others = strangeWriters(run, handsOver);
      if (others.length > 0) throw new EpochEnded(`${others.join(', ')} accepts writes in place of ${name}.`);
    }
    if (run.ctx.now() >= endMs) return undefined;
    await run.ctx.waitUntil(() => false, run.plan.times.observeEveryMs, 'Before the next read-back');
  }
}

export function setTarget(run: Run, name: string, observation: Observation, how: 'promoted' | 'found' | 'unchanged'): void {
  const { host, port } = run.node(name);
  const timeline = observation.nodes.find((n) => n.node === name)?.answer?.history.timeline ?? 0;
  run.target = { node: name, host, port, timeline, how };
  run.show();
}
