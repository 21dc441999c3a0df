/** A rehearsal reads what a run would read and says exactly what a run would change. It touches nothing. */
import { rankCandidates } from '../../domain/candidates.js';
import { formatDuration } from '../../domain/duration.js';
import type { Outcome } from '../../domain/run-facts.js';
import type { Run } from '../run.js';
import { judgeContext, type Finding } from './detect.js';

/** Walks through the steps with reads only; each step's record says what it would do. */
export async function rehearse(run: Run, finding: Finding): Promise<Outcome> {
  const inspected = run.need(
    await run.ctx.call(
      'inspect',
      { plan: run.observed, probe: false, logins: run.plan.nodes.filter((n) => n.name !== finding.judgement.primary).map((n) => n.name) },
      { summary: 'Read every node, instance and the config source; log in as the application would', effect: 'read' },
    ),
    'The store could not be read',
  );
  run.see(inspected.observation);
  const ranking = rankCandidates(inspected.observation, { ...judgeContext(run), applicationLogin: inspected.logins });
  const best = ranking.ranked[0];
  const { adapters, times, gates } = run.plan;
  const would = (step: (typeof run.steps)[number]['step'], detail: string): void => {
    const now = run.ctx.now();
    run.steps.push({ step, startedAtMs: now, endedAtMs: now, result: 'not-needed', detail: `Would: ${detail}` });
  };
  would('notify', `page on-call through ${adapters.notifiers.join(', ') || 'nobody (no notifier is configured)'}.`);
  would(
    'pause',
    adapters.pause.able
      ? `pause trading by ${adapters.pause.kind}; resting orders: ${adapters.pause.restingOrders}.`
      : `ask people: ${adapters.pause.manualKill}`,
  );
  const old = finding.judgement.primary ?? run.plan.expectedPrimary;
  const fence = run.node(old).fence;
  would('fence', fence === undefined ? `${old} has no fence: gate unfenced.` : `fence ${old}, class ${fence}, by ${adapters.fence.kind}.`);
  const refused = ranking.refused.map((r) => `not ${r.node}: ${r.reasons.map((x) => x.sentence).join(' ')}`).join(' ');
  would(
    'promote',
    `${best === undefined ? 'nothing: no replica may be promoted.' : `ask gate promote (${gates.promote.people} person(s)), then promote ${best.node}; ${best.loss.sentence}`} ${refused}`,
  );
  const config = inspected.observation.config;
  if (best !== undefined) {
    const node = run.node(best.node);
    would(
      'point-application',
      `change ${adapters.configSource.form} from ${config === undefined ? 'unreadable' : `${config.host}:${config.port}`} to ${node.host}:${node.port}; nothing else in it.`,
    );
  }
  const running = inspected.observation.instances.map((i) => i.instance);
  would('stop-instances', `stop ${running.join(', ') || 'what runs then'}, kill after ${formatDuration(times.stopGraceMs)}.`);
  would('resume', `ask gate resume (${gates.resume.people} different people), then lift our own pause.`);
  run.show();
  return 'rehearsed';
}
