/** Gates under a flood of decisions: people are heard, and what the run does about it stays small (design S9, S10). */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createActivities } from '../../src/activities/index.js';
import type { Decision } from '../../src/domain/decision.js';
import type { OpenedGate } from '../../src/domain/evidence.js';
import type { GateName, GatePolicy } from '../../src/domain/gate.js';
import type { RunFacts } from '../../src/domain/run-facts.js';
import { Inbox } from '../../src/workflows/inbox.js';
import { runbook } from '../../src/workflows/runbook.js';
import { worldSignature } from '../support/fakes/attestation.js';
import { createFakePorts } from '../support/fakes/index.js';
import { planOfWorld, WORLD_PLAN_TIMES, worldGates } from '../support/plan-of-world.js';
import { createWorld, WORLD_START_MS } from '../support/world/create.js';
import type { World } from '../support/world/types.js';
import { applyFault, scheduleFaults } from '../support/world/faults.js';
import { createVirtualClock } from '../support/virtual-clock.js';
import { createWaiters } from '../support/waiters.js';
import { simContext } from './sim-context.js';
import { createSimWorker } from './sim-worker.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Scene {
  /** Calls back when a card of this gate is first shown. */
  readonly onGate: (gate: GateName, then: (opened: OpenedGate) => void) => void;
  readonly inbox: Inbox;
  readonly world: World;
  readonly at: (afterMs: number, then: () => void) => void;
  /** So long before the deadline of the gate that is open now. */
  readonly beforeDeadline: (ms: number, then: () => void) => void;
  readonly sign: (opened: OpenedGate, person: string, option: string) => Decision;
  readonly junk: (opened: OpenedGate, i: number) => Decision;
  readonly facts: () => RunFacts | undefined;
  readonly attests: () => readonly {
    readonly atMs: number;
    readonly decisions: readonly { readonly n: number }[];
    readonly bytes: number;
  }[];
  readonly play: (forMs: number) => Promise<string>;
}

/** A store whose primary is lost; attesting takes a tenth of a second, as it does over a network. */
function createScene(gates: Readonly<Partial<Record<GateName, Partial<GatePolicy>>>> = {}): Scene {
  const clock = createVirtualClock(WORLD_START_MS);
  const world = createWorld({ clock, snapshotAgeMs: 1_000, row: { engaged: false, ageMs: 1_000 } });
  const ports = createFakePorts(world);
  const attests: { atMs: number; decisions: readonly { n: number }[]; bytes: number }[] = [];
  const policies = worldGates();
  const plan = Object.fromEntries(
    Object.entries(policies).map(([name, policy]) => [name, { ...policy, ...gates[name as GateName] }]),
  ) as unknown as typeof policies;
  const made = createActivities({
    portsFor: () => ports,
    planFor: (input) =>
      Promise.resolve(
        planOfWorld(world, input, { gates: plan, times: { ...WORLD_PLAN_TIMES, decisionTtlMs: 15 * MINUTE_MS, reopenMs: MINUTE_MS } }),
      ),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const attest: typeof made.attest = async (input, scope) => {
    attests.push({ atMs: clock.now(), decisions: input.decisions, bytes: JSON.stringify(input).length });
    await scope.sleep(100);
    return made.attest(input, scope);
  };
  const ids = { workflowId: `failover:${world.cluster}`, runId: 'run-1' };
  const worker = createSimWorker(
    clock,
    { ...made, attest } as never,
    () => ids,
    () => undefined,
  );
  const waiters = createWaiters(clock);
  clock.whenAtRest(() => waiters.look());
  const inbox = new Inbox(() => clock.now());
  const shown = new Set<string>();
  const listeners: { gate: GateName; act: (opened: OpenedGate) => void }[] = [];
  let facts: RunFacts | undefined;
  const context = simContext(clock, worker, waiters, ids, {
    onShow: (now) => {
      facts = now;
      const opened = now.open?.opened;
      if (opened === undefined || shown.has(opened.code)) return;
      shown.add(opened.code);
      for (const one of listeners.filter(({ gate }) => gate === opened.gate)) clock.at(clock.now() + 1, () => one.act(opened));
    },
    onChild: () => undefined,
    onBackground: () => undefined,
  });
  const names = ['ana', 'raj', 'mallory', 'ana@example.test', ''];
  return {
    inbox,
    world,
    onGate: (gate, act) => listeners.push({ gate, act }),
    at: (afterMs, then) => void clock.at(clock.now() + afterMs, then),
    beforeDeadline: (ms, then) => void clock.at((facts?.open?.deadlineMs ?? 0) - ms, then),
    sign: (opened, person, option) => {
      const decision: Decision = { schema: 1, gate: opened.gate, option, code: opened.code, by: person };
      const key = world.people.find((one) => one.id === person)?.keyId ?? '';
      return { ...decision, signature: { key, value: worldSignature(key, decision, opened.hash) } };
    },
    junk: (opened, i) => {
      const by = names[i % names.length] ?? '';
      const person = world.people.find((one) => one.id === by);
      const key = i % 2 === 0 ? (person?.keyId ?? `key-${i}`) : `key-${i}`;
      const unsigned: Decision = { schema: 1, gate: opened.gate, option: 'resume', code: opened.code, by, reason: 'r'.repeat(500) };
      return i % 3 === 0 ? unsigned : { ...unsigned, signature: { key, value: 'forged' } };
    },
    facts: () => facts,
    attests: () => attests,
    play: async (forMs) => {
      // Kept fresh: evidence that gets worse would void the card.
      const fresh = Array.from({ length: forMs / MINUTE_MS }, (_, n) => ({
        afterMs: n * MINUTE_MS,
        fault: { kind: 'keep-fresh' } as const,
      }));
      scheduleFaults(world, [{ afterMs: 1_000, fault: { kind: 'kill', node: 'a' } }, ...fresh]);
      let ended = '';
      clock.at(WORLD_START_MS + 2_000, () => {
        void runbook(
          context,
          inbox,
          {
            schema: 1,
            store: world.store,
            mode: 'incident',
            trigger: { kind: 'alert', incident: 'inc-1', atMs: clock.now() },
          },
          () => undefined,
        ).then(
          (end) => {
            ended = end.kind === 'result' ? end.result.outcome : end.kind;
          },
          (error: unknown) => {
            ended = String(error);
          },
        );
      });
      await clock.run(() => ended !== '', WORLD_START_MS + forMs);
      return ended;
    },
  };
}

const FLOOD = 2_000;
const MIB = 1_048_576;

/** Ana approves the promotion; then the flood comes to gate `resume`. */
function flooded(deadlineMs: number, onResume: (scene: Scene, opened: OpenedGate) => void): Scene {
  const scene = createScene({ resume: { deadlineMs } });
  scene.onGate('promote', (opened) => scene.inbox.receive('decide', scene.sign(opened, 'ana', 'approve')));
  scene.onGate('resume', (opened) => {
    if (opened.opening === 1) onResume(scene, opened);
  });
  return scene;
}

describe('promise S10: people are heard through a flood of 2,000 decisions, and it causes few calls', () => {
  test.each([
    ['a hundred a second', 10, 60],
    ['one a second', 1_000, 100],
  ])('%s, while one person speaks in the midst of it and the other after it', async (_how, everyMs, calls) => {
    const scene = flooded(HOUR_MS, ({ inbox, at, sign, junk }, opened) => {
      for (let i = 0; i < FLOOD; i += 1) at(i * everyMs, () => inbox.receive('decide', junk(opened, i)));
      at(0.75 * FLOOD * everyMs, () => inbox.receive('decide', sign(opened, 'ana', 'resume')));
      at(FLOOD * everyMs, () => inbox.receive('decide', sign(opened, 'raj', 'resume')));
    });
    expect(await scene.play(2 * HOUR_MS)).toBe('verified');
    expect(scene.facts()?.gates.at(-1)).toMatchObject({ gate: 'resume', option: 'resume', people: ['ana', 'raj'], answeredBy: 'people' });
    expect(scene.attests().length).toBeLessThanOrEqual(calls);
  });

  test('all in one moment: who was pushed out is heard by saying it again; no call and no facts are too large', async () => {
    let facts: RunFacts | undefined;
    const scene = flooded(HOUR_MS, ({ inbox, at, sign, junk, facts: now }, opened) => {
      for (let i = 0; i < FLOOD; i += 1) {
        inbox.receive('decide', junk(opened, i));
        if (i === FLOOD / 2) inbox.receive('decide', sign(opened, 'ana', 'resume'));
      }
      at(2_000, () => {
        facts = structuredClone(now());
        inbox.receive('decide', sign(opened, 'raj', 'resume'));
      });
      at(4_000, () => inbox.receive('decide', sign(opened, 'ana', 'resume')));
    });
    expect(await scene.play(2 * HOUR_MS)).toBe('verified');
    expect(scene.facts()?.gates.at(-1)).toMatchObject({ option: 'resume', people: ['ana', 'raj'] });
    expect(scene.attests().length).toBeLessThanOrEqual(10);
    expect(Math.max(...scene.attests().map(({ bytes }) => bytes))).toBeLessThan(MIB);
    expect(facts?.open?.tally?.decisions).toHaveLength(60);
    expect(facts?.open?.tally?.omitted).toBeGreaterThan(60);
    expect(facts?.ignored.filter((line) => line.includes('too many decisions'))).toHaveLength(1);
  });

  test('a yes that counts stays, although its author’s name is flooded after it', async () => {
    const scene = flooded(HOUR_MS, ({ inbox, at, sign }, opened) => {
      const real = sign(opened, 'ana', 'resume');
      inbox.receive('decide', real);
      const forged = { ...real, signature: { key: real.signature?.key ?? '', value: 'forged' } };
      for (let i = 0; i < 200; i += 1) at(1_000 + i, () => inbox.receive('decide', forged));
      at(60_000, () => inbox.receive('decide', sign(opened, 'raj', 'resume')));
    });
    expect(await scene.play(2 * HOUR_MS)).toBe('verified');
    expect(scene.facts()?.gates.at(-1)).toMatchObject({ option: 'resume', people: ['ana', 'raj'] });
  });

  test('a typed safe answer of a listed person is heard at once in the midst of it', async () => {
    let saidAtMs = 0;
    const scene = flooded(HOUR_MS, ({ inbox, at, junk }, opened) => {
      for (let i = 0; i < FLOOD; i += 1) at(i * 1_000, () => inbox.receive('decide', junk(opened, i)));
      at(1_500_500, () => {
        saidAtMs = opened.openedAtMs + 1_500_501;
        inbox.receive('decide', { gate: 'resume', option: 'keep-paused', by: 'rita' });
      });
    });
    expect(await scene.play(2 * HOUR_MS)).toBe('verified-paused');
    const gate = scene.facts()?.gates.at(-1);
    expect(gate).toMatchObject({ option: 'keep-paused', people: ['rita'] });
    expect((gate?.closedAtMs ?? Infinity) - saidAtMs).toBeLessThan(1_000);
  });

  test('who waits for their turn is heard before silence is taken for an answer', async () => {
    const scene = flooded(HOUR_MS, ({ inbox, at, beforeDeadline, sign, junk }, opened) => {
      for (let i = 0; i < 40; i += 1) at(i * 1_000, () => inbox.receive('decide', junk(opened, i)));
      beforeDeadline(90_000, () => inbox.receive('decide', junk(opened, 1)));
      beforeDeadline(60_000, () => inbox.receive('decide', sign(opened, 'ana', 'resume')));
      beforeDeadline(50_000, () => inbox.receive('decide', sign(opened, 'raj', 'resume')));
    });
    expect(await scene.play(2 * HOUR_MS)).toBe('verified');
  });

  test('who speaks in time while somebody else is attested is heard although the deadline passes meanwhile', async () => {
    const scene = flooded(HOUR_MS, ({ inbox, beforeDeadline, sign, junk }, opened) => {
      beforeDeadline(50, () => inbox.receive('decide', junk(opened, 1)));
      beforeDeadline(20, () => inbox.receive('decide', sign(opened, 'ana', 'resume')));
      beforeDeadline(10, () => inbox.receive('decide', sign(opened, 'raj', 'resume')));
    });
    expect(await scene.play(2 * HOUR_MS)).toBe('verified');
  });
});

test('promise S9: eight hours at a gate with a decision every 20 seconds make few calls', async () => {
  const long = 8 * HOUR_MS;
  const scene = flooded(long, ({ inbox, at, junk }, opened) => {
    for (let i = 0; i * 20_000 < long; i += 1) at(i * 20_000, () => inbox.receive('decide', junk(opened, i)));
  });
  expect(await scene.play(long + HOUR_MS)).toBe('verified-paused');
  expect(scene.facts()?.gates.at(-1)).toMatchObject({ answeredBy: 'silence', openings: 1 });
  expect(scene.attests().length).toBeLessThanOrEqual(200);
});

test('promise S9: a yes that was complete while the evidence was worse is attested once more before it counts', async () => {
  const scene = flooded(HOUR_MS, ({ inbox, at, sign, world }, opened) => {
    applyFault(world, { kind: 'instance-dies', instance: 'app-2' });
    at(20_000, () => {
      for (const person of ['ana', 'raj']) inbox.receive('decide', sign(opened, person, 'resume'));
    });
    at(30_000, () => applyFault(world, { kind: 'instance-started-by-hand', instance: 'app-2' }));
  });
  expect(await scene.play(2 * HOUR_MS)).toBe('verified');
  expect(scene.facts()?.ignored.join()).toContain('is void');
  expect(scene.facts()?.gates.at(-1)).toMatchObject({ openings: 1, people: ['ana', 'raj'] });
  const [, first, again] = scene.attests();
  expect([first?.decisions.map(({ n }) => n), again?.decisions.map(({ n }) => n)]).toEqual([
    [2, 3],
    [2, 3],
  ]);
});
