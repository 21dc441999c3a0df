import { describe, expect, test } from 'vitest';
import type { VerifyInput } from '../../../../src/activities/application.js';
import type { ErrorCode } from '../../../../src/domain/errors.js';
import type { Row } from '../../../../src/domain/facts.js';
import type { Outcome } from '../../../../src/workflows/run-context.js';
import { RunStopped } from '../../../../src/workflows/run.js';
import { moveApplication } from '../../../../src/workflows/steps/move.js';
import type { Sentry } from '../../../../src/workflows/steps/sentry.js';
import { engagedRow, NOW_MS, observation, present, primaryFacts, row } from '../../../support/build-facts.js';
import { createStepRig, done, type Answers, type StepRig } from '../../../support/step-rig.js';

const quiet: Sentry = { alarm: () => [], reports: 0, stop: () => Promise.resolve() };
const HOUR_MS = 3_600_000;

/** A platform on which everything works, and instances that believe the row that is on `b`. */
function rigOn(world: { row: Row }, answers: Answers = {}): StepRig {
  const rig = createStepRig({
    inspect: () => done({ observation: observation({ nodes: [primaryFacts('b', { row: present(world.row) })] }), logins: {} }),
    stopInstances: () => done({ before: {}, killed: [], count: 3, strength: { count: 3, detail: 'as remembered' } }),
    pointApplication: () =>
      done({ found: false, was: { host: 'a', port: 5432, version: '1' }, now: { host: 'b', port: 5432, version: '2' } }),
    startInstances: () => done({ detail: '' }),
    verifyInstances: ({ expected }: VerifyInput) => {
      const agrees = expected.engaged === world.row.engaged;
      const problems = agrees ? [] : ['api-1 says engaged, the row says disengaged.'];
      const proof = { instance: 'api-1', proven: agrees, matched: true, operational: agrees, onlyAdminMissing: false, problems };
      return done({ proofs: [proof], heard: {}, row: expected, looks: 1 });
    },
    ...answers,
  });
  rig.run.target = { node: 'b', host: 'b', port: 5432, timeline: 2, how: 'found' };
  return rig;
}

const move = (rig: StepRig, world: { row: Row }): Promise<Row> => moveApplication(rig.run, quiet, world.row, () => Promise.resolve());

const gateOpens = (rig: StepRig, gate: string): Promise<unknown> =>
  rig.clock.run(() => rig.run.open?.opened.gate === gate, NOW_MS + HOUR_MS);

describe('a switch that somebody engages during the move', () => {
  test('is read anew when people answer the stall with replacing all, and is what instances are verified against', async () => {
    const world = { row: row() };
    const rig = rigOn(world);
    const moved = move(rig, world);
    world.row = engagedRow();
    await gateOpens(rig, 'rollout');
    rig.decide('alice', 'replace-all');
    expect(await rig.clock.drive(moved)).toEqual(world.row);
    expect(rig.run.row).toEqual(world.row);
  });
});

function silent<T>(code: ErrorCode): Outcome<T> {
  const error = { code, message: 'no answer', evidence: {} };
  return code === 'HF_EFFECT_UNKNOWN' ? { kind: 'unknown', error } : { kind: 'failed', error };
}

describe('a platform that falls silent in the middle', () => {
  test.each(['HF_KUBERNETES_UNREACHABLE', 'HF_KUBERNETES_FORBIDDEN', 'HF_EFFECT_UNKNOWN'] as const)(
    '%s: a repeatable effect is sent again under the same key',
    async (code) => {
      const world = { row: row() };
      let calls = 0;
      const rig = rigOn(world, { startInstances: () => ((calls += 1) < 4 ? silent(code) : done({ detail: '' })) });
      expect(await rig.clock.drive(move(rig, world))).toEqual(world.row);
      const keys = rig.calls.filter(({ name }) => name === 'startInstances').map(({ input }) => (input as { readonly key: string }).key);
      expect(keys).toHaveLength(5);
      expect(new Set(keys.slice(0, 4)).size).toBe(1);
      expect(rig.run.gates).toEqual([]);
    },
  );

  test('people are asked when the silence lasts, and the run goes on from there', async () => {
    const world = { row: row() };
    let away = true;
    const rig = rigOn(world, {
      startInstances: () => (away ? silent('HF_KUBERNETES_UNREACHABLE') : done({ detail: '' })),
    });
    const moved = move(rig, world);
    await gateOpens(rig, 'inconclusive');
    expect(rig.run.open?.opened.card).toContain('The instances could not be started: no answer');
    away = false;
    rig.decide('alice', 'recheck');
    expect(await rig.clock.drive(moved)).toEqual(world.row);
  });

  test('closing there hands over', async () => {
    const world = { row: row() };
    const rig = rigOn(world, { startInstances: () => silent('HF_KUBERNETES_UNREACHABLE') });
    const moved = move(rig, world);
    const ended = moved.catch((error: unknown) => error);
    await gateOpens(rig, 'inconclusive');
    rig.decide('alice', 'close');
    const end = await rig.clock.drive(ended);
    expect(end).toBeInstanceOf(RunStopped);
    expect(end).toMatchObject({ outcome: 'handed-over', because: 'The instances could not be started: no answer' });
  });

  test('what the platform says is final', async () => {
    const world = { row: row() };
    const rig = rigOn(world, { startInstances: () => silent('HF_CONFLICT') });
    const end = await rig.clock.drive(move(rig, world).catch((error: unknown) => error));
    expect(end).toBeInstanceOf(RunStopped);
    expect(rig.calls.filter(({ name }) => name === 'startInstances')).toHaveLength(1);
  });
});
