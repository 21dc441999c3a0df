import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Observation } from '../../../src/domain/facts.js';
import { VERDICT_CODES, type VerdictStep } from '../../../src/domain/verdict-code.js';
import { judge, type JudgeContext } from '../../../src/domain/verdict/judge.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import { failedNode, planContext, plannedNode, snapshot } from '../../support/build-facts.js';

const RUNS = { numRuns: 2_000 };
const nodes = [plannedNode('a', { site: 'one' }), plannedNode('b', { site: 'two' }), plannedNode('c')];
const anyContext: fc.Arbitrary<JudgeContext> = fc
  .record({
    known: fc.boolean(),
    fenced: fc.subarray(['a', 'b', 'c']),
    withoutProbe: fc.boolean(),
    previous: fc.option(anyObservation, { nil: undefined }),
  })
  .map(({ known, fenced, withoutProbe, previous }) => ({
    ...planContext({ nodes, lastSnapshot: known ? snapshot() : undefined }, fenced),
    withoutProbe,
    ...(previous === undefined ? {} : { previous }),
  }));

const steps = (seen: Observation, context: JudgeContext): readonly VerdictStep[] => {
  const { verdict, also } = judge(seen, context);
  return [verdict, ...also].map((each) => each.step);
};

test('judge is total and deterministic, its matches are in order and none is there twice', () => {
  fc.assert(
    fc.property(anyObservation, anyContext, (seen, context) => {
      const judged = judge(seen, context);
      expect(judge(structuredClone(seen), structuredClone(context))).toEqual(judged);
      const places = [judged.verdict, ...judged.also].map((each) => VERDICT_CODES.indexOf(each.code));
      expect(places).toEqual([...new Set(places)].toSorted((left, right) => left - right));
    }),
    RUNS,
  );
});

test('no verdict fails over while the expected primary answered with a committed probe, or while any unfenced node is out of recovery', () => {
  fc.assert(
    fc.property(anyObservation, anyContext, (seen, context) => {
      const answeredWell = seen.nodes.some((each) => each.node === 'a' && each.answer?.probe.state === 'committed');
      const writable = seen.nodes.some((each) => each.answer?.inRecovery === false && !context.fenced.includes(each.node));
      return !(answeredWell || writable) || !steps(seen, context).includes('fail-over');
    }),
    RUNS,
  );
});

test('no verdict fails over while an instance reports its store operational', () => {
  fc.assert(
    fc.property(anyObservation, anyContext, (seen, context) => {
      const operational = seen.instances.some((each) => each.health?.storeOperational === true);
      return !operational || !steps(seen, context).includes('fail-over');
    }),
    RUNS,
  );
});

test('silence of everything never fails over', () => {
  fc.assert(
    fc.property(
      anyObservation,
      anyContext,
      fc.constantFrom('timeout' as const, 'unreachable' as const, 'other' as const),
      (seen, context, kind) => {
        const { manager: _manager, ...rest } = seen;
        const silent: Observation = {
          ...rest,
          nodes: ['a', 'b', 'c'].map((name) => failedNode(name, kind)),
          instances: seen.instances.map(({ instance, atMs }) => ({ instance, atMs, failure: { kind, text: kind } })),
        };
        expect(steps(silent, context)).not.toContain('fail-over');
      },
    ),
    RUNS,
  );
});

test('a fenced node never makes a split brain nor a primary', () => {
  fc.assert(
    fc.property(anyObservation, anyContext, (seen, context) => {
      const all = judge(seen, { ...context, fenced: ['a', 'b', 'c'] });
      expect([all.verdict, ...all.also].map((each) => each.code)).not.toContain('split-brain');
      expect(all.primary).toBeUndefined();
      expect(context.fenced).not.toContain(judge(seen, context).primary);
    }),
    RUNS,
  );
});

test('healthy and engaged need a proven primary, and outside a rehearsal a committed probe', () => {
  fc.assert(
    fc.property(anyObservation, anyContext, (seen, context) => {
      const judged = judge(seen, context);
      const primary = seen.nodes.find((each) => each.node === judged.primary)?.answer;
      const probed = context.withoutProbe === true || primary?.probe.state === 'committed';
      return judged.verdict.step !== 'close' || (primary?.row.state === 'present' && probed);
    }),
    RUNS,
  );
});

test('these properties are not empty: the arbitrary observations reach every step and nearly every verdict', () => {
  const judged = fc
    .sample(fc.tuple(anyObservation, anyContext), { numRuns: 5_000, seed: 1 })
    .map(([seen, context]) => judge(seen, context).verdict);
  expect([...new Set(judged.map((each) => each.step))].toSorted()).toEqual([
    'adopt',
    'ask',
    'close',
    'fail-over',
    'pause-first',
    'restart',
    'restore',
    'wait',
  ]);
  expect(new Set(judged.map((each) => each.code)).size).toBeGreaterThanOrEqual(VERDICT_CODES.length - 3);
});
