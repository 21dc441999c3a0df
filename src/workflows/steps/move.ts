/** Step 4: stop every instance and prove it gone, point the DSN, one canary, then the rest. */
import type { AdminReading, Row } from '../../domain/facts.js';
import { RunStopped, type Run } from '../run.js';
import { passGate } from './gate.js';
import { insist } from './insist.js';
import { validateRow } from './row.js';
import { requireArmed, safePoint, type Sentry } from './sentry.js';

/**
 * Leads every instance to the target: all replaced, or one after another where that is safe. Each part is its own step of the timeline.
 * Returns the row that the instances were verified against: it is read anew before all are replaced once more, since somebody may have
 * engaged the switch meanwhile, and that alone makes every start stall.
 */
export async function moveApplication(run: Run, sentry: Sentry, row: Row, beforeAct: () => Promise<void>): Promise<Row> {
  safePoint(run);
  const moved = await (mayRoll(run, row) ? rollApplication : replaceApplication)(run, sentry, row, beforeAct);
  return moved ?? moveAnew(run, sentry, beforeAct);
}

async function moveAnew(run: Run, sentry: Sentry, beforeAct: () => Promise<void>): Promise<Row> {
  for (;;) {
    const moved = await replaceApplication(run, sentry, await validateRow(run, sentry), beforeAct);
    if (moved !== undefined) return moved;
  }
}

/** Stop all, prove them gone, point, one canary, then the rest. Nothing returned: people answered a stall with replacing all. */
async function replaceApplication(run: Run, sentry: Sentry, row: Row, beforeAct: () => Promise<void>): Promise<Row | undefined> {
  run.heard = {};
  safePoint(run);
  requireArmed(run, 'stop and move the application');
  await stopInstances(run, sentry);
  await beforeAct();
  await pointApplication(run, sentry);
  const proven = await startStep(run, sentry, 'canary', 1, row);
  await beforeAct();
  if (!proven) return undefined;
  return run.strength === 1 || (await startStep(run, sentry, 'all-instances', run.strength, row)) ? row : undefined;
}

/** One start as a step of the timeline. False: people answered a stall with replacing all. */
async function startStep(run: Run, sentry: Sentry, step: 'canary' | 'all-instances', count: number, row: Row): Promise<boolean> {
  let proven = false;
  safePoint(run);
  await run.step(step, step === 'canary' ? 'Start one instance and verify it before the others' : `Start all ${count}`, async () => {
    const { ok, sentence } = await startAndVerify(run, sentry, count, row);
    proven = ok;
    return [ok ? 'done' : 'refused', sentence] as const;
  });
  return proven;
}

/**
 * Rolling is for planned work with a disengaged row: an engaged switch keeps new instances unready and the restart would stall half old,
 * half new (design §2.4).
 */
function mayRoll(run: Run, row: Row): boolean {
  return run.plan.mode === 'planned' && !row.engaged && run.plan.adapters.workload.rolls;
}

async function rollApplication(run: Run, sentry: Sentry, row: Row, beforeAct: () => Promise<void>): Promise<Row | undefined> {
  requireArmed(run, 'restart the application one by one');
  await pointApplication(run, sentry);
  await beforeAct();
  let answer = '';
  await run.step('all-instances', 'Restart the instances one after another', async () => {
    // The same key however often it is looked at: the restart itself is asked for once.
    const key = run.key('roll');
    for (;;) {
      safePoint(run);
      const { store, times } = run.plan;
      const rolled = await insist(run, sentry, 'The instances could not be restarted', () =>
        run.ctx.call(
          'rollInstances',
          { store, limitMs: times.verifyBudgetMs, key },
          {
            summary: 'Restart one after another and follow it',
            effect: 'repeatable',
            limitMs: times.verifyBudgetMs + 30_000,
          },
        ),
      );
      run.before = { ...rolled.before, ...run.before };
      run.strength = Math.max(run.strength, rolled.strength.count, 1);
      const problems =
        rolled.rollout.state === 'complete'
          ? (await verifyNow(run, sentry, run.strength, row)).problems
          : [`The restart has ${words(rolled.rollout)}`];
      if (problems.length === 0) return ['done', `${run.strength} instances were restarted one after another and verified.`] as const;
      ({ option: answer } = await askAboutInstances(run, sentry, `${run.strength} instances`, problems));
      if (answer === 'replace-all') return ['refused', `Given up for replacing all: ${problems.join(' ')}`] as const;
    }
  });
  return answer === 'replace-all' ? undefined : row;
}

const words = ({ state, detail }: { readonly state: string; readonly detail: string }): string =>
  `${state === 'stalled' ? 'stalled' : 'not ended in its time'}: ${detail}`;

/** Puts what instances say to people (gate `rollout`); `stop` ends the run with trading paused. */
async function askAboutInstances(
  run: Run,
  sentry: Sentry,
  topic: string,
  problems: readonly string[],
): Promise<{ readonly option: string }> {
  run.fail(run.record('HF_INSTANCE_STUCK', problems.join(' '), { rule: 'step 5', budgetMs: String(run.plan.times.verifyBudgetMs) }));
  const answer = await passGate(run, sentry, {
    gate: 'rollout',
    topic,
    title: `Verification does not find what it expects (${topic}).`,
    lines: problems,
    logins: [],
    extraPeople: [],
  });
  if (answer.option === 'stop') throw new RunStopped('handed-over', `Verification refuses: ${problems.join(' ')}`);
  return answer;
}

/** Stops every instance and proves it gone; remembers how many there were. */
async function stopInstances(run: Run, sentry: Sentry): Promise<void> {
  await run.step('stop-instances', 'Stop every instance and prove it gone', async () => {
    const { stopGraceMs, stopLimitMs, observeEveryMs } = run.plan.times;
    const key = run.key('stop');
    const stopped = await insist(run, sentry, 'The instances could not be proven to be gone', () =>
      run.ctx.call(
        'stopInstances',
        {
          store: run.plan.store,
          graceMs: stopGraceMs,
          limitMs: stopLimitMs,
          everyMs: Math.min(observeEveryMs, 500),
          key,
        },
        {
          summary: 'Stop every instance, kill after the grace, prove all gone',
          effect: 'repeatable',
          limitMs: stopLimitMs + 30_000,
        },
      ),
    );
    run.before = { ...run.before, ...stopped.before };
    run.strength = Math.max(run.strength, stopped.strength.count, 1);
    const killed = stopped.killed.length === 0 ? '' : ` Ignored SIGTERM and were killed: ${stopped.killed.join(', ')}.`;
    return [
      'done',
      `${stopped.count} instances are gone, by their platform. Full strength: ${run.strength} (${stopped.strength.detail}).${killed}`,
    ] as const;
  });
}

async function pointApplication(run: Run, sentry: Sentry): Promise<void> {
  const { target } = run;
  if (target === undefined) throw new Error('no target'); // a bug: the runbook sets it before
  await run.step('point-application', `Point the DSN at ${target.node}; only host and port change`, async () => {
    requireArmed(run, `point the application at ${target.node}`);
    for (let tries = 1; ; tries += 1) {
      const outcome = await run.ctx.call(
        'pointApplication',
        { store: run.plan.store, target: { host: target.host, port: target.port }, key: run.key('point') },
        { summary: `Point ${run.plan.adapters.configSource.form} at ${target.node}`, effect: 'guarded' },
      );
      if (outcome.kind === 'done') {
        const { was, now, found } = outcome.value;
        return found
          ? (['found-done', `The DSN points at ${now.host}:${now.port} already.`] as const)
          : (['done', `The DSN pointed at ${was.host}:${was.port}, now at ${now.host}:${now.port}.`] as const);
      }
      run.fail(outcome.error);
      // Compare-and-set: reading again and setting again is safe, whoever was faster.
      if (tries % 3 !== 0) continue;
      const answer = await passGate(run, sentry, {
        gate: 'inconclusive',
        topic: 'config',
        title: `The application could not be pointed at ${target.node}: ${outcome.error.message}`,
        lines: [
          `Every instance is stopped. Set ${run.plan.adapters.configSource.form} to ${target.host}:${target.port} by hand, or mend it, then answer recheck.`,
        ],
        logins: [],
        extraPeople: [],
      });
      if (answer.option === 'close')
        throw new RunStopped('handed-over', `The DSN could not be pointed at ${target.node}: ${outcome.error.message}`);
    }
  });
}

/**
 * Brings the workload to this number and looks until all that run are proven. A stall is explained in the instances' own words and put to
 * people (gate `rollout`): not `ok` means that they want all replaced, which begins with a canary again (promise S3).
 */
async function startAndVerify(
  run: Run,
  sentry: Sentry,
  count: number,
  row: Row,
): Promise<{ readonly ok: boolean; readonly sentence: string }> {
  const { store } = run.plan;
  const key = run.key('start');
  await insist(run, sentry, 'The instances could not be started', () =>
    run.ctx.call(
      'startInstances',
      { store, count, key },
      { summary: count === 1 ? 'Start one instance' : `Start instances up to ${count}`, effect: 'repeatable' },
    ),
  );
  for (;;) {
    safePoint(run);
    const { problems, names } = await verifyNow(run, sentry, count, row, run.heard);
    if (problems.length === 0)
      return {
        ok: true,
        sentence: `${names.join(', ')}: own answer, own session on ${run.target?.node ?? '?'}, admin API equal to the row.`,
      };
    const { option } = await askAboutInstances(run, sentry, count === 1 ? 'the first instance' : `${count} instances`, problems);
    if (option === 'replace-all') return { ok: false, sentence: `All are to be replaced: ${problems.join(' ')}` };
  }
}

/** What one verification left: who runs, and every rule that does not hold, as sentences. */
export interface Verification {
  readonly names: readonly string[];
  readonly problems: readonly string[];
}

/** One verification within the retry budget: at least so many instances, and each one that runs. `heard`: admin answers that still count. */
export async function verifyNow(
  run: Run,
  sentry: Sentry,
  count: number,
  row: Row,
  heard: Readonly<Record<string, AdminReading>> = {},
): Promise<Verification> {
  const { target } = run;
  if (target === undefined) throw new Error('no target'); // a bug: the runbook sets it before
  const { verifyEveryMs, verifyBudgetMs } = run.plan.times;
  const verified = await insist(run, sentry, 'The instances could not be verified', () =>
    run.ctx.call(
      'verifyInstances',
      {
        plan: run.observed,
        target: run.node(target.node),
        expected: row,
        count,
        before: run.before,
        heard,
        consecutive: run.plan.verifyConsecutive,
        everyMs: verifyEveryMs,
        budgetMs: verifyBudgetMs,
      },
      {
        summary: `Verify ${count === 1 ? 'the first instance' : `${count} instances`}: answer, session on ${target.node}, admin API`,
        effect: 'read',
        limitMs: verifyBudgetMs + 30_000,
      },
    ),
  );
  run.heard = verified.heard;
  run.countedNotMatched = verified.proofs.some((p) => !p.matched);
  const missing = verified.missing === undefined ? [] : [verified.missing];
  return { names: verified.proofs.map((p) => p.instance), problems: [...missing, ...verified.proofs.flatMap((p) => p.problems)] };
}
