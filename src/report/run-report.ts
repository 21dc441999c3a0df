/** The report of a run in Markdown: what happened, when, by whom, on what evidence, what stays open. Pure over plan and run. */
import { formatDuration, formatInstant } from '../domain/duration.js';
import { stepTable } from '../domain/details.js';
import { codeName, markdownText } from '../domain/markdown.js';
import { ERRORS } from '../domain/errors.js';
import { metricsSection } from './metrics-section.js';
import type { ReportedReview } from '../domain/metrics-review.js';
import type { Plan } from '../domain/plan.js';
import type { GateRecord, RunFacts } from '../domain/run-facts.js';

export interface ReportedBackfill {
  readonly snapshots: number;
  readonly gaps: readonly string[];
  readonly damaged: readonly string[];
  readonly where: string;
}

const text = (value: string): string => markdownText(value, 600);

function gateLine(gate: GateRecord): string {
  const waited = gate.closedAtMs === undefined ? 'open' : formatDuration(gate.closedAtMs - gate.openedAtMs);
  const who = gate.people.length === 0 ? (gate.answeredBy ?? 'nobody') : `${gate.people.join(', ')} (${gate.answeredBy ?? ''})`;
  return `| ${gate.gate} | ${formatInstant(gate.openedAtMs)} | ${waited} | ${gate.openings} | ${gate.option ?? 'none'} | ${text(who)} | \`${gate.code}\` | \`${gate.hash.slice(0, 16)}…\` |`;
}

function objectives(plan: Plan, facts: RunFacts): readonly string[] {
  const times = facts.result?.times;
  if (times === undefined) return [];
  const rto = plan.objectives.rtoMs;
  const met = times.totalMs <= rto ? 'met' : 'MISSED';
  return [
    '## Intervals',
    '',
    `- total ${formatDuration(times.totalMs)}: RTO ${formatDuration(rto)} ${met}`,
    `- machine time ${formatDuration(times.machineMs)}, waiting for people ${formatDuration(times.humanMs)}`,
    ...(times.controlUnavailableMs === undefined
      ? []
      : [
          `- control unavailable ${formatDuration(times.controlUnavailableMs)} (last proof that the row was readable → next committed probe), of it with trading live ${formatDuration(times.liveWithoutControlMs ?? 0)}`,
        ]),
    `- possible loss: ${text(facts.loss ?? 'not assessed')} RPO ${formatDuration(plan.objectives.rpoMs)}.`,
    '',
  ];
}

/** Renders the report. */
export function renderReport(plan: Plan, facts: RunFacts, backfill: ReportedBackfill | undefined, metrics?: ReportedReview): string {
  const { result } = facts;
  const prefix = plan.mode === 'exercise' ? 'EXERCISE ' : '';
  return `${[
    `# ${prefix}Failover report: ${plan.store}`,
    '',
    `**${text(result?.summary ?? 'The run has not ended.')}**`,
    '',
    `- incident \`${codeName(facts.incident)}\`, mode ${facts.mode}, epoch ${facts.epoch}`,
    `- workflow \`${codeName(facts.workflowId)}\`, run \`${codeName(facts.runId)}\``,
    `- plan hash \`${facts.planHash}\`; ${plan.changed.map(text).join(' ') || 'unchanged since the last run'}`,
    `- began ${formatInstant(facts.startedAtMs)}`,
    '',
    '## What was found',
    '',
    `Verdict **${facts.judgement?.verdict.code ?? 'none'}**: ${text(facts.judgement?.verdict.sentence ?? 'no verdict was reached')}`,
    ...(facts.judgement?.also ?? []).map((v) => `- also ${v.code}: ${text(v.sentence)}`),
    '',
    text(facts.unknownWindow ?? ''),
    '',
    '## The switch in all places',
    '',
    ...facts.truth.map((line) => `- ${text(line)}`),
    '',
    '## Steps',
    '',
    ...stepTable(facts),
    '',
    '## Gates',
    '',
    ...(facts.gates.length === 0
      ? ['No gate was opened.']
      : [
          '| gate | opened | waited | openings | answer | by | code | hash |',
          '| --- | --- | --- | --- | --- | --- | --- | --- |',
          ...facts.gates.map(gateLine),
        ]),
    '',
    ...objectives(plan, facts),
    ...metricsSection(metrics ?? { state: 'none', why: 'nobody asked for it.' }),
    '## What stays open',
    '',
    ...((result?.obligations.length ?? 0) === 0 ? ['Nothing.'] : (result?.obligations ?? []).map((o) => `- ${text(o)}`)),
    '',
    '## Snapshots',
    '',
    backfill === undefined ? 'No backfill was made.' : `${backfill.snapshots} snapshots of the window lie in ${text(backfill.where)}.`,
    ...(backfill?.gaps ?? []).map((gap) => `- gap: ${text(gap)}`),
    ...(backfill?.damaged ?? []).map((line) => `- damaged record: ${text(line)}`),
    '',
    '## Errors, refusals and ignored messages',
    '',
    ...(facts.errors.length + facts.ignored.length === 0 ? ['None.'] : []),
    ...facts.errors.map((e) => `- \`${e.code}\` ${text(e.message)} Next: ${ERRORS[e.code].next}`),
    ...facts.ignored.map((i) => `- ignored: ${text(i)}`),
    ...(facts.notes.length === 0 ? [] : ['', '## Notes', '', ...facts.notes.map((n) => `- ${text(n)}`)]),
  ].join('\n')}\n`;
}
