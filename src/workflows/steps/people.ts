/** Step 2, people: on-call is told what was found; the risk committee is told from the moment trading is paused or a gate needs it. */
import type { Run } from '../run.js';
import type { Finding } from './detect.js';

/** Pages on-call with the verdict. Does not wait for delivery: a slow pager delays no failover. */
export function callPeople(run: Run, finding: Finding): void {
  const { verdict, wouldChange } = finding.judgement;
  const startedAtMs = run.ctx.now();
  run.tell(
    ['on-call'],
    'page',
    `${run.plan.store}: ${verdict.code}`,
    `${verdict.sentence}\n\nWhat would change this: ${wouldChange}\nRun: ${run.ctx.workflowId}. ${run.mayAct ? 'Holdfast goes on by itself up to the next gate.' : 'The store is disarmed: nothing will be touched.'}`,
  );
  run.steps.push({ step: 'notify', startedAtMs, endedAtMs: startedAtMs, result: 'done', detail: `On-call was paged: ${verdict.code}.` });
  run.show();
}
