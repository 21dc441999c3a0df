import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderDetails, stepTable } from '../../../src/domain/details.js';
import type { OpenedGate } from '../../../src/domain/evidence.js';
import type { RunFacts, StepRecord } from '../../../src/domain/run-facts.js';
import { NOW_MS } from '../../support/build-facts.js';
import { buildRunFacts, HOSTILE_TEXT } from '../../support/build-run.js';

const step = (over: Partial<StepRecord> = {}): StepRecord => ({
  step: 'fence',
  startedAtMs: NOW_MS + 1500,
  endedAtMs: NOW_MS + 3700,
  result: 'done',
  detail: 'a: class H.',
  ...over,
});
const opened: OpenedGate = {
  schema: 1,
  gate: 'promote',
  opening: 1,
  fields: [],
  hash: 'ab'.repeat(32),
  code: '7K3M9QZ2AB',
  card: '# payments: gate promote waits for people',
  openedAtMs: NOW_MS,
  archived: 'archive',
  archiveProblem: '',
};

test('the table of steps says when, what, how it ended and how long it took', () => {
  expect(stepTable(buildRunFacts())).toEqual([]);
  const { endedAtMs: _end, result: _result, ...running } = step({ step: 'promote', detail: 'asks | people' });
  expect(stepTable(buildRunFacts({ steps: [step(), running] })).slice(2)).toEqual([
    '| +1.5 s | fence | done | 2.2 s | a: class H. |',
    '| +1.5 s | promote | … | running | asks \\| people |',
  ]);
});

test('before there is a plan the reasons stand there', () => {
  expect(renderDetails(undefined, ['plan: HF_CONFIG_INVALID'])).toBe(
    'The plan of this run is not resolved yet.\n- plan: HF\\_CONFIG_INVALID\n'.replace('HF\\_', 'HF_'),
  );
});

test('an open gate comes first: the card, then who decided what and what is missing', () => {
  const facts = buildRunFacts({
    steps: [step()],
    open: {
      opened,
      deadlineMs: NOW_MS,
      tally: {
        decisions: [
          {
            n: 1,
            atMs: NOW_MS,
            option: 'approve',
            code: 'C',
            reason: '',
            person: 'alice',
            attestation: 'signed',
            problem: '',
            counted: true,
            why: '',
          },
          { n: 2, atMs: NOW_MS, option: 'approve', code: 'C', reason: '', problem: 'x', counted: false, why: 'Its author is unknown.' },
        ],
        people: ['alice'],
        missing: 'one more',
      },
    },
  });
  const text = renderDetails(facts, []);
  expect(text.startsWith(opened.card)).toBe(true);
  expect(text).toContain('| 1 | alice | signed | approve | yes |');
  expect(text).toContain('| 2 | unknown | no | approve | no: Its author is unknown. |');
  expect(text.indexOf('one more')).toBeLessThan(text.indexOf('### payments'));
});

test('a character at the limit is left out as a whole', () => {
  for (const shift of [0, 1]) {
    const card = `${'x'.repeat(shift)}${'\ud83d\ude00'.repeat(9100)}`;
    expect(renderDetails(buildRunFacts({ open: { opened: { ...opened, card }, deadlineMs: NOW_MS } }), [])).not.toMatch(/\p{Cs}/u);
  }
});

describe('for any run', () => {
  const words = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.constant(HOSTILE_TEXT), fc.constant('\ud83d\ude00'.repeat(300)));
  const anyFacts: fc.Arbitrary<RunFacts> = fc
    .record({ details: fc.array(words, { maxLength: 80 }), summary: words, shift: fc.nat(3) })
    .map(({ details, summary, shift }) =>
      buildRunFacts({
        store: 'p'.repeat(1 + shift),
        steps: details.map((detail) => step({ detail })),
        errors: details.map((message) => ({ code: 'HF_INTERNAL', message, evidence: {} })),
        ...(shift === 0 ? { open: { opened: { ...opened, card: '\ud83d\ude00'.repeat(9000 + shift) }, deadlineMs: NOW_MS } } : {}),
        result: {
          schema: 1,
          outcome: 'aborted',
          summary,
          store: 'p',
          incident: 'i',
          times: { totalMs: 1, humanMs: 0, machineMs: 1 },
          obligations: details.slice(0, 5),
        },
      }),
    );

  test('details have at most 18 000 characters, are well-formed Unicode, and let no word become markup', () => {
    fc.assert(
      fc.property(anyFacts, fc.array(words, { maxLength: 30 }), (facts, ignored) => {
        for (const text of [renderDetails(facts, ignored), renderDetails(undefined, [...ignored, ...ignored, ...ignored])]) {
          expect(text.length).toBeLessThanOrEqual(18_001);
          expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cs}\p{Cc}]/u);
          expect(text).not.toMatch(/<script|\u202e/);
        }
      }),
      { numRuns: 60 },
    );
  });
});
