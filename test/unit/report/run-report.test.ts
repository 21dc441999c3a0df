import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../../../src/domain/errors.js';
import { GATES } from '../../../src/domain/gate.js';
import { STEPS, type Outcome, type RunFacts, type RunResult } from '../../../src/domain/run-facts.js';
import { renderReport } from '../../../src/report/run-report.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildPlan, buildRunFacts, HOSTILE_TEXT } from '../../support/build-run.js';

const target = { node: 'b', host: 'db-b.test', port: 5432, timeline: 2, how: 'promoted' as const };
const result = (over: Partial<RunResult> = {}): RunResult => ({
  schema: 1,
  outcome: 'verified',
  summary: 'verified: payments on b (timeline 2), the switch is clear, trading is resumed',
  store: 'payments',
  incident: 'inc',
  target,
  times: { totalMs: 95_000, humanMs: 60_000, machineMs: 35_000, controlUnavailableMs: 80_000, liveWithoutControlMs: 20_000 },
  obligations: ['a is fenced (class H) until it is rejoined, wiped or signed off.'],
  ...over,
});
const codes = Object.keys(ERRORS) as ErrorCode[];
const full: RunFacts = buildRunFacts({
  steps: STEPS.map((name, i) => ({
    step: name,
    startedAtMs: NOW_MS + i,
    endedAtMs: NOW_MS + i + 10,
    result: 'done',
    detail: `what ${name} did`,
  })),
  gates: GATES.map((gate, i) => ({
    gate,
    openedAtMs: NOW_MS + i * 1000,
    closedAtMs: NOW_MS + i * 1000 + 500,
    openings: i + 1,
    option: `option-${i}`,
    people: ['alice', 'bob'],
    answeredBy: 'people',
    code: `CODE${i}`,
    hash: `${i}`.repeat(64),
  })),
  judgement: {
    atMs: NOW_MS,
    verdict: { code: 'primary-dead', sentence: 'a refuses.', step: 'fail-over', holdOffMs: 0 },
    also: [{ code: 'primary-unreachable-from-here', sentence: 'and is silent.', step: 'wait', holdOffMs: 0 }],
    wouldChange: '',
  },
  target,
  loss: 'At least 0 bytes.',
  truth: ['node b (target), standby: disengaged'],
  unknownWindow: 'Nobody can know whether the switch was changed.',
  errors: codes.map((code) => ({ code, message: `said by ${code}`, evidence: {} })),
  ignored: ['decide: nonsense'],
  notes: ['alice: the desk was called'],
  result: result(),
});
const backfill = { snapshots: 12, gaps: ['No snapshot for 3 h.'], damaged: ['line 4'], where: 'the archive' };

test('the report holds every step, gate, error, obligation, gap and word of people', () => {
  const text = renderReport(buildPlan(), full, backfill);
  for (const name of STEPS) expect(text).toMatch(new RegExp(`\\| ${name} \\| done \\| 10 ms \\| what ${name} did \\|`));
  for (const gate of GATES) expect(text).toContain(`| ${gate} | `);
  for (const [i] of GATES.entries()) expect(text).toContain(`| 500 ms | ${i + 1} | option-${i} | alice, bob (people) | \`CODE${i}\` |`);
  for (const code of codes) expect(text).toContain(`\`${code}\` said by ${code} Next: ${ERRORS[code].next}`);
  for (const words of [
    full.result?.summary,
    'a is fenced (class H)',
    'Verdict **primary-dead**: a refuses.',
    'also primary-unreachable-from-here',
    'Nobody can know',
    'node b (target), standby: disengaged',
    'RTO 10 min met',
    'machine time 35 s, waiting for people 1 min',
    'control unavailable 1 min 20 s',
    'trading live 20 s',
    'possible loss: At least 0 bytes.',
    '12 snapshots of the window lie in the archive',
    'gap: No snapshot for 3 h.',
    'damaged record: line 4',
    'ignored: decide: nonsense',
    'alice: the desk was called',
  ]) {
    expect(text).toContain(words);
  }
  expect(text).not.toMatch(/undefined|NaN|\[object/);
});

test('an empty run says so in each section instead of leaving it out', () => {
  const text = renderReport(buildPlan(), buildRunFacts(), undefined);
  for (const words of [
    'The run has not ended.',
    'no verdict was reached',
    'No gate was opened.',
    'Nothing.',
    'No backfill was made.',
    'None.',
    'unchanged since the last run',
  ]) {
    expect(text).toContain(words);
  }
  expect(text).not.toMatch(/undefined|NaN/);
});

describe('what it admits', () => {
  test('a missed RTO', () => {
    const late = result({ times: { totalMs: 600_001, humanMs: 0, machineMs: 600_001 } });
    expect(renderReport(buildPlan(), { ...full, result: late }, undefined)).toContain('RTO 10 min MISSED');
  });
  test('silence, and a gate that nobody closed', () => {
    const silent = {
      gate: 'resume' as const,
      openedAtMs: NOW_MS,
      closedAtMs: NOW_MS + 60_000,
      openings: 1,
      option: 'keep-paused',
      people: [],
      answeredBy: 'silence' as const,
      code: 'C',
      hash: 'h',
    };
    const { closedAtMs: _closed, option: _option, answeredBy: _by, ...open } = silent;
    const text = renderReport(buildPlan(), { ...full, gates: [silent, open] }, undefined);
    expect(text).toContain('| 1 min | 1 | keep-paused | silence |');
    expect(text).toContain('| open | 1 | none | nobody |');
  });
});

test('an exercise begins with EXERCISE, and nothing else does', () => {
  expect(renderReport(buildPlan({ mode: 'exercise' }), full, undefined)).toMatch(/^# EXERCISE /);
  expect(renderReport(buildPlan(), full, undefined)).not.toContain('EXERCISE');
});

test('words of others cannot end a code span, add a table cell, a heading, a link or a tag', () => {
  const outcome: Outcome = 'handed-over';
  const nasty: RunFacts = {
    ...full,
    incident: HOSTILE_TEXT,
    workflowId: HOSTILE_TEXT,
    truth: [HOSTILE_TEXT],
    unknownWindow: HOSTILE_TEXT,
    notes: [HOSTILE_TEXT],
    ignored: [HOSTILE_TEXT],
    errors: [{ code: 'HF_INTERNAL', message: HOSTILE_TEXT, evidence: {} }],
    steps: full.steps.map((s) => ({ ...s, detail: HOSTILE_TEXT })),
    gates: full.gates.map((g) => ({ ...g, people: [HOSTILE_TEXT] })),
    result: result({ outcome, summary: HOSTILE_TEXT, obligations: [HOSTILE_TEXT] }),
  };
  const text = renderReport(buildPlan({ changed: [HOSTILE_TEXT] }), nasty, { ...backfill, gaps: [HOSTILE_TEXT], where: HOSTILE_TEXT });
  expect(text).not.toMatch(/<script|\u202e|\]\(https:\/\/|^# \[a\]/m);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cs}\p{Cc}]/u);
  for (const line of text.split('\n')) {
    expect((line.replaceAll('\\`', '').match(/`/g) ?? []).length % 2).toBe(0);
  }
  const rows = text.split('\n').filter((line) => line.startsWith('| +'));
  expect(rows.map((row) => (row.replaceAll('\\|', '').match(/\|/g) ?? []).length)).toEqual(STEPS.map(() => 6));
});

test('for any words the report is a text without undefined', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (words) => {
      fc.pre(!words.includes('undefined') && !words.includes('NaN'));
      const facts = { ...full, incident: words, notes: [words], truth: [words], result: result({ summary: words }) };
      expect(renderReport(buildPlan(), facts, backfill)).not.toMatch(/undefined|NaN|\p{Cs}/u);
    }),
    { numRuns: 50 },
  );
});
