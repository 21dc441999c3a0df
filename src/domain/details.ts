/** The current details in the Temporal UI: the open card, else what the run is doing. Markdown. */
import { formatDuration } from './duration.js';
import { markdownText } from './markdown.js';
import type { RunFacts, StepRecord } from './run-facts.js';

const LINE = 300;
/** Longest details, in UTF-16 code units: the Temporal UI shows no more with ease. */
const LONGEST = 18_000;

/** Cut to the longest details; never through a character, since half of one has no UTF-8 form. */
function fit(lines: readonly string[]): string {
  return `${lines
    .join('\n')
    .slice(0, LONGEST)
    .replace(/\p{Cs}$/u, '')
    .trimEnd()}\n`;
}

function stepLine(step: StepRecord, startedAtMs: number): string {
  const at = `+${formatDuration(step.startedAtMs - startedAtMs)}`;
  const took = step.endedAtMs === undefined ? 'running' : formatDuration(step.endedAtMs - step.startedAtMs);
  return `| ${at} | ${step.step} | ${step.result ?? '…'} | ${took} | ${markdownText(step.detail, LINE)} |`;
}

/** The table of steps, newest last. */
export function stepTable(facts: RunFacts): readonly string[] {
  if (facts.steps.length === 0) return [];
  return [
    '| at | step | result | took | what |',
    '| --- | --- | --- | --- | --- |',
    ...facts.steps.map((s) => stepLine(s, facts.startedAtMs)),
  ];
}

/** Current details. While a gate is open the card comes first, with who decided what so far. */
export function renderDetails(facts: RunFacts | undefined, ignored: readonly string[]): string {
  if (facts === undefined)
    return fit(['The plan of this run is not resolved yet.', ...ignored.slice(-10).map((i) => `- ${markdownText(i, LINE)}`)]);
  const lines: string[] = [];
  if (facts.open !== undefined) {
    lines.push(facts.open.opened.card);
    const { tally } = facts.open;
    if (tally !== undefined && tally.decisions.length > 0) {
      lines.push('', '**Decisions so far**', '', '| no. | who | attested | option | counted |', '| --- | --- | --- | --- | --- |');
      for (const d of tally.decisions) {
        lines.push(
          `| ${d.n} | ${markdownText(d.person ?? 'unknown', 60)} | ${d.attestation ?? 'no'} | ${markdownText(d.option, 40)} | ${d.counted ? 'yes' : `no: ${markdownText(d.why, LINE)}`} |`,
        );
      }
      if (tally.omitted !== undefined) lines.push('', `${tally.omitted} earlier ones that do not count are not shown.`);
      lines.push('', markdownText(tally.missing, LINE));
    }
    lines.push('', '---', '');
  }
  if (facts.result !== undefined)
    lines.push(
      `**${markdownText(facts.result.summary, 600)}**`,
      '',
      ...facts.result.obligations.map((o) => `- open: ${markdownText(o, LINE)}`),
      '',
    );
  lines.push(
    `### ${markdownText(facts.store, 100)}: ${facts.mode} run, incident ${markdownText(facts.incident, 100)}, epoch ${facts.epoch}`,
    '',
  );
  if (facts.judgement !== undefined)
    lines.push(`Verdict **${facts.judgement.verdict.code}**: ${markdownText(facts.judgement.verdict.sentence, LINE)}`, '');
  lines.push(...stepTable(facts), '');
  if (facts.errors.length > 0)
    lines.push(
      '**Errors and refusals**',
      '',
      ...facts.errors.slice(-10).map((e) => `- \`${e.code}\` ${markdownText(e.message, LINE)}`),
      '',
    );
  if (ignored.length > 0) lines.push('**Ignored**', '', ...ignored.slice(-10).map((i) => `- ${markdownText(i, LINE)}`));
  return fit(lines);
}
