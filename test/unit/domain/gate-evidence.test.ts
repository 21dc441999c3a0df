import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderCard } from '../../../src/domain/card.js';
import { differences, hashedText } from '../../../src/domain/evidence-rules.js';
import type { Observation } from '../../../src/domain/facts.js';
import { cardInput, gateFields, type GateSubject } from '../../../src/domain/gate-evidence.js';
import { GATES, type GateName } from '../../../src/domain/gate.js';
import { utf8Length } from '../../../src/domain/markdown.js';
import type { RunFacts } from '../../../src/domain/run-facts.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import {
  deadPrimaryObservation,
  engagedInstance,
  engagedRow,
  failedNode,
  instanceFacts,
  instances,
  NOW_MS,
  observation,
  orphanFacts,
  present,
  primaryFacts,
  row,
  TIMELINE_2,
} from '../../support/build-facts.js';
import { buildPlan, buildRunFacts, HOSTILE_TEXT } from '../../support/build-run.js';

const plan = buildPlan();
const subject = (gate: GateName, over: Partial<GateSubject> = {}): GateSubject => ({
  gate,
  topic: 'b',
  candidate: 'b',
  title: 'a refuses the connection.',
  lines: [],
  logins: ['b'],
  extraPeople: [],
  ...over,
});
const logins = { b: { ok: true, sentence: 'ok' } };
const target = { node: 'b', host: 'db-b.test', port: 5432, timeline: 2, how: 'promoted' as const };
const fencedRun = buildRunFacts({ fences: [{ node: 'a', class: 'H', atMs: NOW_MS, proof: 'stopped' }] });
const movedRun = buildRunFacts({ ...fencedRun, target });
const dead = deadPrimaryObservation();
const moved = observation({ nodes: [failedNode('a', 'refused'), primaryFacts('b', { history: TIMELINE_2 })] });

/** Names of the fields that a later look makes worse. */
function worse(
  gate: GateName,
  before: Observation,
  after: Observation,
  facts: RunFacts = movedRun,
  later: RunFacts = facts,
): readonly string[] {
  const shown = gateFields(subject(gate), plan, facts, before, logins);
  return differences(shown, gateFields(subject(gate), plan, later, after, logins)).map((d) => d.name);
}

describe('promise S9: what is hashed', () => {
  test('each gate lists its fields', () => {
    const listed = Object.fromEntries(
      GATES.map((gate) => [
        gate,
        gateFields(subject(gate), plan, movedRun, moved, logins)
          .filter((f) => f.rule !== 'shown')
          .map((f) => f.name)
          .join(' '),
      ]),
    );
    const common = 'topic store incident plan writers fences';
    const candidate = 'verdict candidate candidate-timeline possible-loss-bytes loss-kind login:b switch-there';
    const onTarget = 'target target-timeline switch-there reason-there';
    expect(listed).toEqual({
      promote: `${common} ${candidate}`,
      accept: `${common} ${candidate}`,
      unfenced: `${common} unfenced`,
      reaffirm: `${common} ${onTarget}`,
      'restore-row': `${common} ${onTarget}`,
      rollout: `${common} target`,
      resume: `${common} ${onTarget} instances-operational instances-engaged pause`,
      return: `${common} ${onTarget}`,
      inconclusive: `${common} verdict`,
    });
  });

  test('clocks, timestamps and raw lag are shown, not hashed', () => {
    const later = deadPrimaryObservation({
      atMs: NOW_MS + 5000,
      nodes: [failedNode('a', 'refused'), orphanFacts('b', { clock: { offsetMs: 40, errorMs: 9 }, replayedLsn: '0/5000050' })],
    });
    expect(worse('promote', dead, later, fencedRun)).toEqual([]);
    const touched = observation({
      nodes: [failedNode('a'), primaryFacts('b', { history: TIMELINE_2, row: present(row({ updatedAtMs: NOW_MS })) })],
    });
    expect(worse('resume', moved, touched)).toEqual([]);
  });

  test('a topic is hashed: the same gate on something else is another decision', () => {
    const one = gateFields(subject('inconclusive', { topic: 'row-invalid' }), plan, movedRun, moved, logins);
    const other = gateFields(subject('inconclusive', { topic: 'promote-unknown' }), plan, movedRun, moved, logins);
    expect(differences(one, other).map((d) => d.name)).toEqual(['topic']);
  });
});

describe('promise S9: what voids a decision', () => {
  const b = (over: Parameters<typeof primaryFacts>[1]): Observation =>
    observation({ nodes: [failedNode('a'), primaryFacts('b', { history: TIMELINE_2, ...over })] });
  const lost = b({ history: { timeline: 3, switches: [...TIMELINE_2.switches, { timeline: 2, endLsn: '0/5000070' }] } });
  const cases: Readonly<Record<string, readonly [GateName, Observation, readonly string[]]>> = {
    'a second writer': ['rollout', observation({ nodes: [primaryFacts('c'), primaryFacts('b', { history: TIMELINE_2 })] }), ['writers']],
    'an engaged switch': ['resume', b({ row: present(engagedRow()) }), ['switch-there', 'reason-there']],
    'a lost row': ['reaffirm', b({ row: { state: 'row-missing', lsn: '0/1' } }), ['switch-there', 'reason-there']],
    'another timeline': ['resume', lost, ['target-timeline']],
    'a silent target': ['return', observation({ nodes: [failedNode('b')] }), ['target-timeline', 'switch-there', 'reason-there']],
  };
  test.each(Object.entries(cases))('%s', (_name, [gate, after, names]) => {
    expect(worse(gate, moved, after)).toEqual(names);
  });

  test('fewer operational instances, or one that says engaged; more are fine', () => {
    const fewer = { ...moved, instances: moved.instances.slice(1) };
    const engaged = { ...moved, instances: instances((name) => (name === 'api-2' ? engagedInstance(name) : instanceFacts(name))) };
    expect(worse('resume', moved, fewer)).toEqual(['instances-operational']);
    expect(worse('resume', moved, engaged)).toEqual(['instances-operational', 'instances-engaged']);
    expect(worse('resume', fewer, moved)).toEqual([]);
  });

  test('a larger loss, a lost login, another best candidate', () => {
    const less = deadPrimaryObservation({
      nodes: [failedNode('a', 'refused'), orphanFacts('b', { receivedLsn: '0/4F00000', replayedLsn: '0/4F00000' })],
    });
    expect(worse('promote', dead, less, fencedRun)).toContain('possible-loss-bytes');
    expect(worse('promote', less, dead, fencedRun)).not.toContain('possible-loss-bytes');
    const shown = gateFields(subject('promote'), plan, fencedRun, dead, logins);
    expect(
      differences(shown, gateFields(subject('promote'), plan, fencedRun, dead, { b: { ok: false, sentence: 'refused' } })).map(
        (d) => d.name,
      ),
    ).toContain('login:b');
    const gone = deadPrimaryObservation({ nodes: [failedNode('a', 'refused'), failedNode('b')] });
    expect(worse('promote', dead, gone, fencedRun)).toEqual(expect.arrayContaining(['candidate', 'possible-loss-bytes']));
  });

  test('a fence that was lifted, and a pause that is not proven any more', () => {
    expect(worse('promote', dead, dead, fencedRun, buildRunFacts())).toContain('fences');
    const paused = buildRunFacts({ ...movedRun, pause: { state: 'proven', because: '', detail: '' } });
    const unproven = buildRunFacts({ ...movedRun, pause: { state: 'unproven', because: '', detail: '' } });
    expect(worse('resume', moved, moved, paused, unproven)).toEqual(['pause']);
  });
});

test('for any observation every gate has hashable fields of different names, and the order in which nodes answered changes nothing', () => {
  fc.assert(
    fc.property(anyObservation, fc.constantFrom(...GATES), fc.boolean(), (seen, gate, isMoved) => {
      const facts = isMoved ? movedRun : fencedRun;
      const text = (o: Observation): string =>
        hashedText({ gate, runId: 'r', opening: 1, fields: gateFields(subject(gate), plan, facts, o, logins) });
      expect(text({ ...seen, nodes: [...seen.nodes].reverse(), instances: [...seen.instances].reverse() })).toBe(text(seen));
      expect(worse(gate, seen, seen, facts)).toEqual([]);
    }),
  );
});

test('card and fields fit into the 16 KiB of an opened gate, also with hostile words in every place', () => {
  const hostile = HOSTILE_TEXT.repeat(40);
  const nasty = observation({
    nodes: [failedNode('a'), primaryFacts('b', { history: TIMELINE_2, row: present(engagedRow({ reason: HOSTILE_TEXT.repeat(7) })) })],
    instances: instances((name) => engagedInstance(name, hostile)),
  });
  for (const gate of GATES) {
    const about = subject(gate, { title: hostile, lines: Array.from({ length: 50 }, () => hostile), extraPeople: [hostile] });
    const facts = buildRunFacts({
      ...movedRun,
      loss: hostile,
      unknownWindow: hostile,
      pause: { state: 'unproven', because: hostile, detail: hostile },
    });
    const fields = gateFields(about, plan, facts, nasty, logins);
    const card = renderCard(
      cardInput({
        subject: about,
        plan,
        facts,
        observation: nasty,
        fields,
        hash: 'ab'.repeat(32),
        code: '7K3M9QZ2AB',
        opening: 2,
        openedAtMs: NOW_MS,
        deadlineMs: NOW_MS + 900_000,
      }),
    );
    expect(utf8Length(JSON.stringify({ card, fields }))).toBeLessThan(16 * 1024);
  }
});

test('a fenced node that still accepts writes from here is not listed among the writers, the target neither', () => {
  const both = observation({ nodes: [primaryFacts('a'), primaryFacts('b', { history: TIMELINE_2 })] });
  const writers = (facts: RunFacts): unknown =>
    gateFields(subject('resume'), plan, facts, both, logins).find((f) => f.name === 'writers')?.value;
  expect([writers(movedRun), writers(buildRunFacts({ target })), writers(buildRunFacts())]).toEqual(['none', 'a', 'a, b']);
});

test('a card says that a node is not fenced, and which', () => {
  const facts = buildRunFacts({ unfenced: ['a'] });
  const fields = gateFields(subject('unfenced'), plan, facts, dead, logins);
  const input = cardInput({
    subject: subject('unfenced'),
    plan,
    facts,
    observation: dead,
    fields,
    hash: 'h',
    code: 'C',
    opening: 1,
    openedAtMs: NOW_MS,
    deadlineMs: NOW_MS,
  });
  expect(input.fence).toBe('a is NOT fenced.');
  expect(
    cardInput({
      subject: subject('promote'),
      plan,
      facts: buildRunFacts(),
      observation: dead,
      fields,
      hash: 'h',
      code: 'C',
      opening: 1,
      openedAtMs: NOW_MS,
      deadlineMs: NOW_MS,
    }).fence,
  ).toBe('No old primary is fenced.');
});
