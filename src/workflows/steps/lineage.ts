/** Step 3, proof: the application is pointed only at a node that is proven (promise S3). */
import { targetProofs } from '../../domain/target-proof.js';
import { RunStopped, type Run } from '../run.js';
import { judgeContext } from './detect.js';
import { passGate } from './gate.js';
import { safePoint, type Sentry } from './sentry.js';

/** Proves the target: answers, out of recovery, commits, lineage, marker, the application's own login. Asks people when a proof fails. */
export async function proveTarget(run: Run, sentry: Sentry): Promise<void> {
  const { target } = run;
  if (target === undefined) throw new Error('no target to prove'); // a bug: the runbook promotes or adopts before
  await run.step('lineage', `Is ${target.node} the right primary?`, async () => {
    const settleUntilMs = run.ctx.now() + run.plan.adapters.cluster.settleMs;
    for (;;) {
      safePoint(run);
      const inspected = run.need(
        await run.ctx.call(
          'inspect',
          { plan: run.observed, probe: true, logins: [target.node] },
          { summary: `Prove ${target.node}: lineage, a committed write, marker, application login`, effect: 'read' },
        ),
        `${target.node} could not be read`,
      );
      run.see(inspected.observation);
      const proofs = targetProofs(inspected.observation, { ...judgeContext(run), target: target.node, logins: inspected.logins });
      const failed = proofs.filter((p) => !p.ok);
      if (failed.length === 0) {
        run.controlBackAtMs ??= run.ctx.now();
        return ['done', proofs.map((p) => p.sentence).join(' ')] as const;
      }
      // A node that was promoted a moment ago may need a moment; a fork never heals.
      if (run.ctx.now() < settleUntilMs && !failed.some((p) => p.final)) {
        await run.ctx.waitUntil(() => run.inbox.aborted !== undefined, run.plan.times.observeEveryMs, 'Before the target is read again');
        continue;
      }
      const sentences = failed.map((p) => p.sentence);
      const fork = failed.find((p) => p.name === 'lineage');
      run.fail(
        run.record(fork === undefined ? 'HF_TARGET_UNPROVEN' : 'HF_TARGET_FORKED', `${target.node}: ${sentences.join(' ')}`, {
          rule: failed.map((p) => p.name).join(','),
          node: target.node,
        }),
      );
      const answer = await passGate(run, sentry, {
        gate: 'inconclusive',
        topic: 'target-unproven',
        title: `${target.node} is not proven to be the right target.`,
        lines: [...sentences, 'Only recheck (after mending) or close are useful here: an unproven node is never used (promise S3).'],
        logins: [],
        extraPeople: [],
      });
      if (answer.option === 'close') throw new RunStopped('handed-over', `${target.node} is not proven: ${sentences.join(' ')}`);
    }
  });
}
