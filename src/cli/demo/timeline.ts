/** The demo’s timeline: what the lab did, what Holdfast did and how long people were waited for, in one order. Pure. */
import type { RunFacts, StepName } from '../../domain/run-facts.js';
import type { DemoKind } from './scene.js';
import { stepWords } from './step-words.js';

/** One line of the timeline. */
export interface TimelineRow {
  /** Since the death of the primary. */
  readonly sinceMs: number;
  readonly tookMs?: number;
  readonly what: string;
  readonly detail: string;
}

/** Moments that the demo itself knows. Epoch milliseconds. */
export interface DemoMarks {
  readonly killedAtMs: number;
  readonly alertAtMs: number;
  readonly workerKilledAtMs?: number;
  readonly workerBackAtMs?: number;
  /** When a manager such as Patroni had promoted by itself, and whom. */
  readonly promoted?: { readonly node: string; readonly atMs: number };
}

/** Joins the marks of the demo and the facts of the run. */
export function timelineOf(facts: RunFacts, marks: DemoMarks, kind: DemoKind = 'pair'): readonly TimelineRow[] {
  const words = stepWords(kind);
  const row = (atMs: number, what: string, detail: string, tookMs?: number): TimelineRow => ({
    sinceMs: atMs - marks.killedAtMs,
    what,
    detail,
    ...(tookMs === undefined ? {} : { tookMs }),
  });
  const rows = [
    row(marks.killedAtMs, 'Primary killed', 'kill -9: the database host is gone'),
    row(marks.alertAtMs, 'Alert accepted', 'stored before it was answered'),
    ...(marks.promoted === undefined
      ? []
      : [row(marks.promoted.atMs, 'Patroni has promoted', `by itself: node ${marks.promoted.node} leads`)]),
    ...facts.steps.map((step) =>
      row(
        step.startedAtMs,
        words[step.step].label,
        step.result === 'done' || step.result === 'found-done' || step.result === undefined
          ? shortDetail(facts, step.step, words[step.step].why)
          : step.result,
        step.endedAtMs === undefined ? undefined : step.endedAtMs - step.startedAtMs,
      ),
    ),
    ...facts.gates.map((gate) =>
      row(
        gate.openedAtMs,
        `Gate ${gate.gate}`,
        `${gate.option ?? 'open'}: ${gate.people.length > 0 ? gate.people.join(' and ') : (gate.answeredBy ?? 'nobody')} (people’s time)`,
        gate.closedAtMs === undefined ? undefined : gate.closedAtMs - gate.openedAtMs,
      ),
    ),
    ...(marks.workerKilledAtMs === undefined ? [] : [row(marks.workerKilledAtMs, 'Worker killed', 'kill -9 to Holdfast itself')]),
    ...(marks.workerBackAtMs === undefined ? [] : [row(marks.workerBackAtMs, 'New worker polls', 'goes on from the history')]),
  ];
  if (facts.result !== undefined) rows.push(row(facts.startedAtMs + facts.result.times.totalMs, 'Run closed', facts.result.outcome));
  return rows
    .map((r, index) => ({ r, index }))
    .sort((x, y) => x.r.sinceMs - y.r.sinceMs || x.index - y.index)
    .map(({ r }) => r);
}

/** What a step came to, as short as a column. */
function shortDetail(facts: RunFacts, step: StepName, why: string): string {
  if (step === 'detect') return facts.judgement?.verdict.code ?? why;
  if (step === 'promote' && facts.target !== undefined) return `node ${facts.target.node}, timeline ${facts.target.timeline}`;
  if (step === 'row' && facts.row !== undefined) return facts.row.engaged ? 'ENGAGED, as before the loss' : 'clear (not engaged), fresh';
  return why;
}

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Recovery time in sentences, the wait for people apart. */
export function recoveryLines(facts: RunFacts, marks: DemoMarks): readonly string[] {
  const times = facts.result?.times;
  if (times === undefined) return [];
  const s = inSeconds;
  const endedAtMs = facts.startedAtMs + times.totalMs;
  const lines = [
    `${s(endedAtMs - marks.killedAtMs)} from the death of the primary to the end of the run: ${s(times.humanMs)} of it waiting for people, ${s(endedAtMs - marks.killedAtMs - times.humanMs)} the alert and Holdfast’s own work.`,
  ];
  if (marks.promoted !== undefined) lines.push(withoutControl(facts, marks.killedAtMs, marks.promoted.atMs));
  else if (times.controlUnavailableMs !== undefined) {
    lines.push(
      `For ${s(times.controlUnavailableMs)} nobody could have turned the switch on; during ${s(times.liveWithoutControlMs ?? 0)} of that, trading was live.`,
    );
  }
  if (marks.workerKilledAtMs !== undefined && marks.workerBackAtMs !== undefined) {
    lines.push(
      `The worker that was killed on purpose is in it: ${s(marks.workerBackAtMs - marks.workerKilledAtMs)} until a new one polled; what the old one had in hand is taken up again 5 s after its last sign of life.`,
    );
  }
  return lines;
}

/**
 * How long the switch could not be turned on when a manager promoted by itself, counted from the death that the demo itself caused: the
 * run was begun later, and counts from the last time it read the row, which may have been on the new primary already.
 */
function withoutControl(facts: RunFacts, killedAtMs: number, promotedAtMs: number): string {
  const provenAtMs = facts.control?.backAtMs;
  const pausedAtMs = facts.pause.record?.provenAtMs;
  const proven = provenAtMs === undefined ? '' : `; after ${inSeconds(provenAtMs - killedAtMs)} Holdfast had proven that one does`;
  const live = pausedAtMs === undefined ? '' : ` Trading was live for the first ${inSeconds(pausedAtMs - killedAtMs)}.`;
  return `For ${inSeconds(promotedAtMs - killedAtMs)} no database took writes, and nobody could have turned the switch on${proven}.${live}`;
}
