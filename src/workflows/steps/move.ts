/** Step 4: stop every instance and prove it gone, point the DSN, one canary, then the rest. */
import type { Row } from '../../domain/facts.js';
import { RunStopped, type Run } from '../run.js';
import { passGate } from './gate.js';
import { requireArmed, safePoint, type Sentry } from './sentry.js';

/** Replaces all instances on the target. Each part is its own step of the timeline. */
export async function moveApplication(run: Run, sentry: Sentry, row: Row, beforeAct: () => Promise<void>): Promise<void> {
  const names = run.plan.instances.map((i) => i.name);
  const [canary, ...rest] = names;
  if (canary === undefined) throw new RunStopped('handed-over', 'The plan names no instance.');
  safePoint(run);
  requireArmed(run, 'stop and move the application');
  await stopInstances(run, names);
  await beforeAct();
  await pointApplication(run, sentry);
  await run.step('canary', `Start ${canary} and verify it before the others`, async () => {
    const sentence = await startAndVerify(run, sentry, [canary], row);
    return ['done', sentence] as const;
  });
  await beforeAct();
  safePoint(run);
  await run.step('all-instances', `Start ${rest.join(', ') || 'no others'}`, async () => {
    if (rest.length === 0) return ['not-needed', 'The canary is the only instance.'] as const;
    const sentence = await startAndVerify(run, sentry, rest, row);
    return ['done', sentence] as const;
  });
}

async function stopInstances(run: Run, names: readonly string[]): Promise<void> {
  await run.step('stop-instances', `Stop ${names.join(', ')} and prove them gone`, async () => {
    const { stopGraceMs, stopLimitMs, observeEveryMs } = run.plan.times;
    const stopped = run.need(
      await run.ctx.call(
        'stopInstances',
        {
          store: run.plan.store,
          instances: names,
          graceMs: stopGraceMs,
          limitMs: stopLimitMs,
          everyMs: Math.min(observeEveryMs, 500),
          key: run.key('stop'),
        },
        {
          summary: `Stop ${names.length} instances, kill after the grace, prove them gone`,
          effect: 'repeatable',
          limitMs: stopLimitMs + 30_000,
        },
      ),
      'The instances could not be proven to be gone',
    );
    run.before = stopped.before;
    const killed = stopped.killed.length === 0 ? '' : ` Ignored SIGTERM and were killed: ${stopped.killed.join(', ')}.`;
    return ['done', `${names.length} instances are gone, by their platform.${killed}`] as const;
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

/** Starts instances and looks until they are proven; a stall is explained from their own words and put to people (gate `rollout`). */
export async function startAndVerify(run: Run, sentry: Sentry, names: readonly string[], row: Row): Promise<string> {
  run.need(
    await run.ctx.call(
      'startInstances',
      { store: run.plan.store, instances: names, key: run.key('start') },
      { summary: `Start ${names.join(', ')}`, effect: 'repeatable' },
    ),
    `${names.join(', ')} could not be started`,
  );
  for (;;) {
    safePoint(run);
    const problems = await verifyNow(run, names, row);
    if (problems.length === 0)
      return `${names.join(', ')}: own answer, own session on ${run.target?.node ?? '?'}, admin API equal to the row.`;
    run.fail(run.record('HF_INSTANCE_STUCK', problems.join(' '), { rule: 'step 5', budgetMs: String(run.plan.times.verifyBudgetMs) }));
    const answer = await passGate(run, sentry, {
      gate: 'rollout',
      topic: names.join(', '),
      title: `${names.join(', ')} did not become what verification expects.`,
      lines: problems,
      logins: [],
      extraPeople: [],
    });
    if (answer.option === 'stop') throw new RunStopped('handed-over', `Verification refuses: ${problems.join(' ')}`);
    if (answer.option === 'replace-all') {
      await stopInstances(run, names);
      await pointApplication(run, sentry);
      run.need(
        await run.ctx.call(
          'startInstances',
          { store: run.plan.store, instances: names, key: run.key('start') },
          { summary: `Start ${names.join(', ')} again`, effect: 'repeatable' },
        ),
        `${names.join(', ')} could not be started`,
      );
    }
  }
}

/** One verification within the retry budget. Returns the problems that are left, as sentences. */
export async function verifyNow(run: Run, names: readonly string[], row: Row): Promise<readonly string[]> {
  const { target } = run;
  if (target === undefined) throw new Error('no target'); // a bug: the runbook sets it before
  const { verifyEveryMs, verifyBudgetMs } = run.plan.times;
  const verified = run.need(
    await run.ctx.call(
      'verifyInstances',
      {
        plan: run.observed,
        target: run.node(target.node),
        expected: row,
        instances: names,
        before: run.before,
        consecutive: run.plan.verifyConsecutive,
        everyMs: verifyEveryMs,
        budgetMs: verifyBudgetMs,
      },
      {
        summary: `Verify ${names.join(', ')}: answer, session on ${target.node}, admin API`,
        effect: 'read',
        limitMs: verifyBudgetMs + 30_000,
      },
    ),
    'The instances could not be verified',
  );
  run.countedNotMatched = verified.proofs.some((p) => !p.matched);
  return verified.proofs.flatMap((p) => p.problems);
}
