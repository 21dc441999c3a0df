import { expect, test } from 'vitest';
import { judge } from '../../../../src/domain/verdict/judge.js';
import { detect, judgeContext } from '../../../../src/workflows/steps/detect.js';
import {
  erringInstance,
  failedNode,
  hostOf,
  instances,
  NOW_MS,
  observation,
  primaryFacts,
  snapshot,
  TIMELINE_2,
} from '../../../support/build-facts.js';
import { createStepRig, done } from '../../../support/step-rig.js';

const LOST_BEFORE_MS = 30_000;

/** Somebody promoted b, and the application is still pointed at the lost a; the memory of the store has followed when `followed`. */
async function controlLostAtMs(followed: boolean): Promise<number | undefined> {
  const seen = observation({
    nodes: [failedNode('a', 'refused'), primaryFacts('b', { history: TIMELINE_2 })],
    instances: instances((name) => erringInstance(name)),
    config: { host: hostOf('a'), port: 5432, version: '1' },
  });
  const atMs = NOW_MS - LOST_BEFORE_MS;
  const rig = createStepRig(
    { confirm: ({ context }) => done({ observation: seen, judgement: judge(seen, context), looks: 1, firstAtMs: NOW_MS, settled: true }) },
    {
      lastSnapshot: snapshot(followed ? { atMs: NOW_MS - 1_000, primary: 'b', history: TIMELINE_2 } : { atMs }),
      ...(followed ? { expectedPrimary: 'b' } : {}),
    },
  );
  const found = rig.clock.drive(detect(rig.run, undefined));
  expect((await found).judgement.verdict.code).toBe('already-moved');
  expect(judgeContext(rig.run).plan.expectedPrimary).toBe(followed ? 'b' : 'a');
  return rig.run.controlLostAtMs;
}

test('control was lost with the last read on what the application uses, not with our read on a primary that it is not pointed at', async () => {
  expect(await controlLostAtMs(false)).toBe(NOW_MS - LOST_BEFORE_MS);
});

test('a memory that has followed the promotion tells nothing of when control was lost: the alert does', async () => {
  expect(await controlLostAtMs(true)).toBe(NOW_MS);
});
