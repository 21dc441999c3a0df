/** A seed is a schedule: a world, what happens to it and when, what people answer, and how calls fail. Readable as data. */
import type { Prng } from '../support/prng.js';
import { createPrng } from '../support/prng.js';
import type { FateRates } from '../support/world/calls.js';
import type { Fault, ScheduledFault } from '../support/world/faults.js';
import { peopleFor } from './people-schedule.js';
import type { PeopleScript } from './people-schedule.js';

/** What is sent to the run beside decisions. */
export interface ScheduledSignal {
  readonly afterMs: number;
  readonly name: 'pause-trading' | 'recheck' | 'abort' | 'disarm' | 'note' | 'alert' | 'acknowledge' | 'nonsense';
}

/** One simulated night. */
export interface Schedule {
  readonly seed: number;
  readonly story: string;
  readonly nodes: readonly string[];
  readonly instances: number;
  readonly pods: boolean;
  /** ttl of an HA manager over the nodes; absent on plain servers. */
  readonly managerTtlMs: number | undefined;
  readonly row: { readonly engaged: boolean; readonly ageMs: number };
  readonly lagMs: number;
  readonly writeRate: number;
  readonly synchronous: boolean;
  readonly armed: boolean;
  readonly promoteMs: number;
  readonly pauseClass: 'repeatable' | 'read-back';
  readonly snapshotAgeMs: number | undefined;
  /** How often the watcher of the store looks; undefined when it is down and its last snapshot grows old. */
  readonly watchedEveryMs: number | undefined;
  readonly faults: readonly ScheduledFault[];
  /** When the alert starts the run, milliseconds after the start of the world. */
  readonly alertAfterMs: number;
  /** `for` of the alert's rule. */
  readonly forMs: number;
  readonly startedBy: 'alert' | 'person';
  readonly mode: 'incident' | 'rehearsal' | 'planned';
  readonly signals: readonly ScheduledSignal[];
  readonly people: PeopleScript;
  readonly fates: FateRates;
}

const at = (afterMs: number, fault: Fault): ScheduledFault => ({ afterMs: Math.round(afterMs), fault });

/** The outage itself: what made somebody raise an alert. All about node `a`, at `t`. */
type Story = (p: Prng, t: number) => readonly ScheduledFault[];

const stories: Readonly<Record<string, Story>> = {
  killed: (_p, t) => [at(t, { kind: 'kill', node: 'a' })],
  'killed-and-back': (p, t) => [at(t, { kind: 'kill', node: 'a' }), at(t + p.int(500, 90_000), { kind: 'start', node: 'a' })],
  'killed-and-back-twice': (p, t) => {
    const back = t + p.int(500, 30_000);
    const again = back + p.int(2_000, 30_000);
    return [
      at(t, { kind: 'kill', node: 'a' }),
      at(back, { kind: 'start', node: 'a' }),
      at(again, { kind: 'kill', node: 'a' }),
      at(again + p.int(500, 40_000), { kind: 'start', node: 'a' }),
    ];
  },
  frozen: (_p, t) => [at(t, { kind: 'freeze', node: 'a' })],
  'frozen-and-thawed': (p, t) => [at(t, { kind: 'freeze', node: 'a' }), at(t + p.int(2_000, 120_000), { kind: 'thaw', node: 'a' })],
  'cut-off-from-us': (p, t) => [
    at(t, { kind: 'cut-off', node: 'a', off: true }),
    at(t + p.int(5_000, 200_000), { kind: 'cut-off', node: 'a', off: false }),
  ],
  'promoted-by-hand': (p, t) => [at(t, { kind: 'kill', node: 'a' }), at(t + p.int(500, 40_000), { kind: 'promote-by-hand', node: 'b' })],
  'split-brain': (p, t) => [at(t + p.int(0, 20_000), { kind: 'promote-by-hand', node: 'b' })],
  'promoted-then-old-back': (p, t) => [
    at(t, { kind: 'kill', node: 'a' }),
    at(t + p.int(500, 20_000), { kind: 'promote-by-hand', node: 'b' }),
    at(t + p.int(20_000, 90_000), { kind: 'start', node: 'a' }),
  ],
  'both-lost': (p, t) => [
    at(t, { kind: 'kill', node: 'a' }),
    at(t + p.int(0, 60_000), { kind: 'kill', node: 'b' }),
    at(t + p.int(60_000, 150_000), { kind: 'start', node: 'b' }),
  ],
  'replica-lost-after': (p, t) => [at(t, { kind: 'kill', node: 'a' }), at(t + p.int(8_000, 90_000), { kind: 'kill', node: 'b' })],
  'row-deleted': (p, t) => [
    at(t, { kind: 'row-deleted', node: 'a' }),
    ...(p.chance(0.5) ? [at(t + p.int(100, 5_000), { kind: 'kill', node: 'a' } as const)] : []),
  ],
  'table-dropped': (p, t) => [
    at(t, { kind: 'table-dropped', node: 'a' }),
    ...(p.chance(0.5) ? [at(t + p.int(100, 5_000), { kind: 'kill', node: 'a' } as const)] : []),
  ],
  'read-only': (_p, t) => [at(t, { kind: 'read-only', node: 'a', wrong: true })],
  'false-alarm': () => [],
  'one-instance-dies': (_p, t) => [at(t, { kind: 'instance-dies', instance: 'app-1' })],
  'configured-elsewhere': (_p, t) => [at(t, { kind: 'config-changed', node: 'b' })],
};

/** Everything else that may go wrong in the same night. */
const extras: readonly ((p: Prng, t: number) => readonly ScheduledFault[])[] = [
  (p, t) => [at(t - p.int(0, 3_000), { kind: 'person-engages', instance: 'app-1' })],
  (p, t) => [
    at(t - p.int(0, 9_000), { kind: 'person-engages', instance: 'app-1' }),
    at(t - p.int(0, 3_000), { kind: 'person-resets', instance: 'app-1' }),
  ],
  (p, t) => [at(t + p.int(0, 120_000), { kind: 'person-engages', instance: 'app-1' })],
  (p, t) => [at(t + p.int(0, 120_000), { kind: 'person-resets', instance: 'app-2' })],
  (p, t) => [at(Math.max(0, t - p.int(0, 8_000)), { kind: 'lag', node: 'b', lagMs: p.int(500, 20_000) })],
  (p) => [
    at(0, { kind: 'replay-paused', node: 'b', paused: true }),
    ...(p.chance(0.5) ? [at(p.int(10_000, 60_000), { kind: 'replay-paused', node: 'b', paused: false } as const)] : []),
  ],
  (p) => [at(0, { kind: 'clock', node: p.pick(['a', 'b']), offsetMs: p.pick([-9_000, -3_000, -900, 700, 2_600, 8_000]) })],
  (p) => [
    at(0, { kind: 'certificate', node: 'b', wrong: true }),
    ...(p.chance(0.5) ? [at(p.int(20_000, 90_000), { kind: 'certificate', node: 'b', wrong: false } as const)] : []),
  ],
  (p) => [
    at(0, { kind: 'login', node: 'b', wrong: true }),
    ...(p.chance(0.5) ? [at(p.int(20_000, 90_000), { kind: 'login', node: 'b', wrong: false } as const)] : []),
  ],
  () => [at(0, { kind: 'instance', instance: 'app-2', ignoresStop: true })],
  (p, t) => [
    at(t, { kind: 'instance', instance: p.pick(['app-1', 'app-3']), failsBoot: true }),
    ...(p.chance(0.6) ? [at(t + p.int(20_000, 120_000), { kind: 'instance', instance: 'app-1', failsBoot: false } as const)] : []),
  ],
  (p, t) => [at(t + p.int(0, 90_000), { kind: 'config-changed', node: p.pick(['a', 'b']) })],
  (p, t) => [at(t + p.int(0, 60_000), { kind: 'config-form', wrong: true })],
  (p, t) => [
    at(t + p.int(0, 30_000), { kind: 'trading-reach', reach: p.pick(['hang', 'refuse'] as const) }),
    at(t + p.int(30_000, 120_000), { kind: 'trading-reach', reach: 'ok' }),
  ],
  (p, t) => [
    at(t + p.int(0, 30_000), { kind: 'fence-reach', reach: p.pick(['hang', 'refuse'] as const) }),
    ...(p.chance(0.5) ? [at(t + p.int(30_000, 120_000), { kind: 'fence-reach', reach: 'ok' } as const)] : []),
  ],
  (p, t) => [
    at(t + p.int(0, 60_000), { kind: 'platform-reach', reach: 'hang' }),
    at(t + p.int(60_000, 120_000), { kind: 'platform-reach', reach: 'ok' }),
  ],
  (p, t) => [at(t + p.int(0, 60_000), { kind: 'person-pauses' })],
  (p, t) => [at(t + p.int(0, 100_000), { kind: 'instance-dies', instance: p.pick(['app-1', 'app-2', 'app-3']) })],
  (p, t) => [at(t + p.int(0, 100_000), { kind: 'instance-started-by-hand', instance: p.pick(['app-1', 'app-2']) })],
  (p, t) => [at(t + p.int(0, 60_000), { kind: 'promote-by-hand', node: 'b' })],
];

/** What may be wrong with an HA manager in such a night. */
const managerTroubles: readonly ((p: Prng, t: number) => readonly ScheduledFault[])[] = [
  () => [],
  () => [],
  (p, t) => [
    at(Math.max(0, t + p.int(-4_000, 20_000)), { kind: 'agent', node: 'a', dead: true }),
    ...(p.chance(0.5) ? [at(t + p.int(30_000, 90_000), { kind: 'agent', node: 'a', dead: false } as const)] : []),
  ],
  (p, t) => [
    at(Math.max(0, t + p.int(-4_000, 60_000)), { kind: 'consensus-store', lost: true }),
    at(t + p.int(61_000, 120_000), { kind: 'consensus-store', lost: false }),
  ],
  (p, t) => [
    at(Math.max(0, t + p.int(-4_000, 20_000)), { kind: 'manager-paused', paused: true }),
    ...(p.chance(0.5) ? [at(t + p.int(30_000, 120_000), { kind: 'manager-paused', paused: false } as const)] : []),
  ],
  (p, t) => [at(t + p.int(0, 60_000), { kind: 'promote-by-hand', node: p.pick(['b', 'c']) })],
];

const signalNames: readonly ScheduledSignal['name'][] = [
  'pause-trading',
  'recheck',
  'abort',
  'disarm',
  'note',
  'alert',
  'alert',
  'alert',
  'acknowledge',
  'nonsense',
];

function keeper(everyMs: number, untilMs: number): readonly ScheduledFault[] {
  return Array.from({ length: Math.floor(untilMs / everyMs) }, (_, n) => at((n + 1) * everyMs, { kind: 'keep-fresh' }));
}

/** The schedule of a seed. The first draw of each part comes from its own stream, so that a new extra changes few nights. */
export function scheduleOf(seed: number): Schedule {
  const root = createPrng(seed);
  const p = root.fork('world');
  const outageMs = p.int(5_000, 30_000);
  const story = p.pick(Object.keys(stories));
  const e = root.fork('extras');
  const wrong = Array.from({ length: e.pick([0, 0, 1, 1, 2, 3]) }, () => e.pick(extras)(e, outageMs)).flat();
  const s = root.fork('signals');
  const signals = Array.from({ length: s.pick([0, 0, 0, 1, 2, 4]) }, () => ({
    afterMs: outageMs + s.int(2_000, 150_000),
    name: s.pick(signalNames),
  }));
  const disarms = signals.filter(({ name }) => name === 'disarm').map(({ afterMs }) => at(afterMs, { kind: 'arming', armed: false }));
  const w = root.fork('watcher');
  const m = root.fork('manager');
  const managed = m.chance(0.3);
  const trouble = managed ? m.pick(managerTroubles)(m, outageMs) : [];
  const keptFresh = p.chance(0.6) ? keeper(60_000, 600_000) : [];
  return {
    seed,
    story,
    nodes: [p.chance(0.2) ? ['a', 'b', 'c'] : ['a', 'b'], ['a', 'b', 'c']][managed ? 1 : 0] ?? [],
    managerTtlMs: managed ? m.pick([5_000, 8_000, 15_000]) : undefined,
    instances: 3,
    pods: root.fork('pods').chance(0.35),
    row: { engaged: p.chance(0.3), ageMs: p.pick([1_000, 30_000, 120_000, 240_000]) },
    lagMs: p.pick([5, 20, 200, 1_500]),
    writeRate: p.pick([0, 1, 40]),
    synchronous: p.chance(0.25),
    armed: !p.chance(0.06),
    promoteMs: p.pick([100, 400, 1_500, 4_000, 9_000]),
    pauseClass: root.fork('pause').chance(0.3) ? 'read-back' : 'repeatable',
    snapshotAgeMs: p.chance(0.9) ? p.pick([500, 5_000, 60_000]) : undefined,
    watchedEveryMs: w.chance(0.8) ? w.pick([1_000, 10_000, 30_000]) : undefined,
    faults: [...(stories[story]?.(p, outageMs) ?? []), ...wrong, ...trouble, ...disarms, ...keptFresh].filter(
      ({ afterMs }) => afterMs >= 0,
    ),
    alertAfterMs: outageMs + p.int(500, 20_000),
    forMs: p.pick([0, 5_000, 30_000]),
    startedBy: p.chance(0.85) ? 'alert' : 'person',
    mode: p.chance(0.93) ? (root.fork('planned').chance(0.04) ? 'planned' : 'incident') : p.pick(['rehearsal', 'planned'] as const),
    signals,
    people: peopleFor(root.fork('people')),
    fates: root.fork('fates').pick([
      { act: 0, read: 0, budget: 0 },
      { act: 0.15, read: 0.005, budget: 2 },
      { act: 0.3, read: 0.01, budget: 4 },
      { act: 0.5, read: 0.02, budget: 8 },
    ]),
  };
}
