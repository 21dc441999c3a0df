/** What changed between two looks at a run, as lines for people. Pure: `watch` prints what this returns. */
import { formatDuration, formatInstant } from '../domain/duration.js';
import type { RunFacts, StepRecord } from '../domain/run-facts.js';

/** One line of the live view. */
export interface RunLine {
  readonly atMs: number;
  readonly kind: 'verdict' | 'step' | 'pause' | 'gate' | 'fence' | 'error' | 'ignored' | 'result';
  readonly text: string;
}

/** Lines for everything in `after` that was not yet in `before`. With `before` undefined: everything that happened so far. */
export function runLines(before: RunFacts | undefined, after: RunFacts, nowMs: number): readonly RunLine[] {
  const line = (kind: RunLine['kind'], text: string, atMs = nowMs): RunLine => ({ atMs, kind, text });
  const lines: RunLine[] = [];
  const verdict = after.judgement?.verdict;
  if (verdict !== undefined && verdict.sentence !== before?.judgement?.verdict.sentence)
    lines.push(line('verdict', `${verdict.code}: ${verdict.sentence}`, after.judgement?.atMs));
  after.steps.forEach((step, index) => {
    const known = before?.steps[index];
    if (known === undefined || known.result !== step.result) lines.push(line('step', stepText(step), step.endedAtMs ?? step.startedAtMs));
  });
  if (after.pause.state !== 'none' && after.pause.state !== before?.pause.state)
    lines.push(line('pause', `trading pause: ${after.pause.state}. ${after.pause.detail}`.trim()));
  for (const fence of after.fences.slice(before?.fences.length ?? 0))
    lines.push(line('fence', `${fence.node} fenced (${fence.class}): ${fence.proof}`, fence.atMs));
  lines.push(...gateLines(before, after, line));
  for (const error of after.errors.slice(before?.errors.length ?? 0)) lines.push(line('error', `${error.code}: ${error.message}`));
  // Not by position: of many only the first and the newest are kept.
  const known = new Set(before?.ignored);
  for (const ignored of after.ignored.filter((text) => !known.has(text))) lines.push(line('ignored', ignored));
  if (after.result !== undefined && before?.result === undefined) {
    lines.push(line('result', after.result.summary), ...after.result.obligations.map((open) => line('result', `still open: ${open}`)));
  }
  // Results come last whatever their moment; among the others the order is that of the events.
  return lines.sort((a, b) => Number(a.kind === 'result') - Number(b.kind === 'result') || a.atMs - b.atMs);
}

/** A line with its moment in UTC. */
export function lineText(line: RunLine): string {
  return `${formatInstant(line.atMs).slice(11, 19)}  ${line.kind.padEnd(7)} ${line.text}`;
}

function stepText(step: StepRecord): string {
  const took = step.endedAtMs === undefined ? '' : ` (${formatDuration(step.endedAtMs - step.startedAtMs)})`;
  return `${step.step}: ${step.result ?? 'under way'}${took}${step.detail === '' ? '' : `. ${step.detail}`}`;
}

function gateLines(
  before: RunFacts | undefined,
  after: RunFacts,
  line: (kind: 'gate', text: string, atMs?: number) => RunLine,
): readonly RunLine[] {
  const lines: RunLine[] = [];
  const { open } = after;
  if (open !== undefined && open.opened.code !== before?.open?.opened.code) {
    lines.push(
      line(
        'gate',
        `${open.opened.gate} waits for people until ${formatInstant(open.deadlineMs)}, code ${open.opened.code}`,
        open.opened.openedAtMs,
      ),
    );
  }
  if (open?.tally !== undefined && open.tally.missing !== '' && open.tally.missing !== before?.open?.tally?.missing)
    lines.push(line('gate', open.tally.missing));
  const closed = after.gates.filter((gate) => gate.option !== undefined);
  for (const gate of closed.slice(before?.gates.filter((known) => known.option !== undefined).length ?? 0)) {
    lines.push(
      line(
        'gate',
        `${gate.gate} answered: ${gate.option} by ${gate.people.length > 0 ? gate.people.join(', ') : (gate.answeredBy ?? 'nobody')}`,
        gate.closedAtMs,
      ),
    );
  }
  return lines;
}
