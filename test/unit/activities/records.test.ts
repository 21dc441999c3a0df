import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createActivities, type Activities } from '../../../src/activities/index.js';
import { archiveName } from '../../../src/activities/people.js';
import { snapshotSeries } from '../../../src/activities/records.js';
import type { ActivityScope } from '../../../src/activities/scope.js';
import { checkName } from '../../../src/adapters/jsonl/name.js';
import type { RunInput } from '../../../src/domain/contract.js';
import { CARD_OF_EARLIER_RUN } from '../../../src/domain/decision.js';
import type { GateSubject } from '../../../src/domain/gate-evidence.js';
import type { StorePorts } from '../../../src/ports/index.js';
import { activityScope } from '../../support/activity-scope.js';
import { buildRunFacts } from '../../support/build-run.js';
import { createFakePorts } from '../../support/fakes/index.js';
import { planOfWorld } from '../../support/plan-of-world.js';
import { createWorld, WORLD_START_MS } from '../../support/world/create.js';
import { nodeOf } from '../../support/world/lookup.js';
import { takeSnapshot } from '../../support/world/snapshot.js';
import type { World } from '../../support/world/types.js';

const HOUR_MS = 3_600_000;

describe('archiveName', () => {
  test.each([
    ['Payments-20261123', 'payments-20261123'],
    ['a/../../etc/passwd', 'a-----etc-passwd'],
    ['..', '-'],
    ['.hidden', '-hidden'],
    ['', '-'],
    ['Größe & Co', 'gr-e-co'],
  ])('%j is %j', (text, name) => {
    expect(archiveName(text)).toBe(name);
  });

  test('for any text it is a name that the archive accepts, also within a path: evidence is never lost for its name', () => {
    const odd = fc.string({ unit: fc.constantFrom('.', '/', '-', 'A', '\\', ' ', '\u0000', 'é'), maxLength: 120 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), odd), fc.oneof(fc.string(), odd), (store, incident) => {
        const name = `${archiveName(store)}/${archiveName(incident)}/gate-restore-row-20-0123456789ab.json`;
        expect(checkName(name)).toBe(name);
        expect(archiveName(archiveName(store))).toBe(archiveName(store));
      }),
    );
  });
});

interface Bench {
  readonly world: World;
  readonly ports: StorePorts;
  readonly activities: Activities;
  readonly scope: ActivityScope;
}

function bench(runId = 'run-1', world = createWorld({ snapshotAgeMs: 1000 })): Bench {
  const ports = createFakePorts(world);
  const activities = createActivities({
    portsFor: () => ports,
    planFor: (input) => Promise.resolve(planOfWorld(world, input)),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  return { world, ports, activities, scope: activityScope(() => world.clock.now(), { runId }) };
}

const input: RunInput = {
  schema: 1,
  store: 'kill-switch',
  mode: 'incident',
  trigger: { kind: 'person', incident: 'Inc 1', atMs: WORLD_START_MS, by: 'ana' },
};
const planIn = (world: World, over = {}) => planOfWorld(world, input, over);

describe('backfillSnapshots', () => {
  const at = (hours: number): number => WORLD_START_MS - 24 * HOUR_MS + hours * HOUR_MS;
  async function backfill({ world, activities, scope, ports }: Bench, hours: readonly number[], strange: readonly unknown[] = []) {
    const primary = nodeOf(world, 'a');
    const records: readonly unknown[] = [...hours.map((h) => takeSnapshot(world, primary, at(h))), ...strange];
    for (const [i, record] of records.entries())
      await world.clock.drive(ports.archive.append(snapshotSeries('kill-switch'), `${i}`, record, scope));
    return world.clock.drive(
      activities.backfillSnapshots(
        { store: 'kill-switch', incident: 'Inc 1', fromMs: at(0), toMs: at(24), expectedEveryMs: HOUR_MS, key: 'k' },
        scope,
      ),
    );
  }
  const everyHour = Array.from({ length: 25 }, (_, hour) => hour);

  test('a window without holes has no gaps, and lies in one document', async () => {
    const held = bench();
    expect(await backfill(held, everyHour)).toMatchObject({ snapshots: 25, gaps: [], damaged: [] });
    expect(JSON.parse(held.world.archive.get('kill-switch/inc-1/snapshots.json')?.content ?? '{}')).toMatchObject({
      schema: 1,
      kind: 'snapshots',
      incident: 'Inc 1',
    });
  });

  test('each hole is named with its ends and its length, at the edges too; what lies outside is left out', async () => {
    const { snapshots, gaps } = await backfill(bench(), [-3, 5, 6, 7, 8, 14, 16, 18, 20, 22, 24, 30]);
    expect(snapshots).toBe(10);
    expect(gaps).toEqual([
      'No snapshot from 2026-01-05T03:00:00.000Z to 2026-01-05T08:00:00.000Z (18000 s).',
      'No snapshot from 2026-01-05T11:00:00.000Z to 2026-01-05T17:00:00.000Z (21600 s).',
    ]);
  });

  test('an empty archive is one gap', async () => {
    expect(await backfill(bench(), [])).toMatchObject({ snapshots: 0, gaps: [expect.stringContaining('(86400 s)')] });
  });

  test('records that are no snapshots are named, and hide nothing', async () => {
    expect(await backfill(bench(), everyHour, [null, 7, 'x', {}, { atMs: 'now' }])).toMatchObject({
      snapshots: 25,
      gaps: [],
      damaged: ['5 record(s) are no snapshots'],
    });
  });
});

test('writeReport stores the record and the report under the incident; the same again is found done', async () => {
  const { world, activities, scope } = bench();
  const report = { plan: planIn(world), facts: buildRunFacts(), key: 'k' };
  const first = await world.clock.drive(activities.writeReport(report, scope));
  expect(await world.clock.drive(activities.writeReport(report, scope))).toEqual(first);
  expect([...world.archive.keys()]).toEqual([
    expect.stringMatching(/^kill-switch\/inc-1\/run-1-[0-9a-f]{12}\.json$/),
    expect.stringMatching(/^kill-switch\/inc-1\/report-1-[0-9a-f]{12}\.md$/),
  ]);
});

describe('openGate', () => {
  const subject: GateSubject = {
    gate: 'promote',
    topic: 'b',
    candidate: 'b',
    title: 'a is gone.',
    lines: [],
    logins: ['b'],
    extraPeople: [],
  };
  const open = ({ world, activities, scope }: Bench, opening = 1, over = {}, facts = buildRunFacts()) =>
    world.clock.drive(
      activities.openGate({ plan: planIn(world, over), facts, subject, opening, deadlineMs: WORLD_START_MS + 900_000, key: 'k' }, scope),
    );

  test('promise S9: the result is the durable card, at most 16 KiB, and its body lies in the archive', async () => {
    const held = bench();
    const opened = await open(held);
    expect(opened).toMatchObject({ schema: 1, gate: 'promote', opening: 1, archiveProblem: '' });
    expect(opened.card).toContain(opened.code);
    expect(opened.card).toContain(opened.hash);
    expect(new TextEncoder().encode(JSON.stringify(opened)).length).toBeLessThan(16 * 1024);
    const [name] = held.world.archive.keys();
    expect(name).toBe(`kill-switch/inc-1/gate-promote-1-${opened.hash.slice(0, 12)}.json`);
  });

  test('promise S9: a code is of one run and one opening', async () => {
    const codes = [await open(bench('run-1')), await open(bench('run-1'), 2), await open(bench('run-2'))].map((o) => o.code);
    expect(new Set(codes).size).toBe(3);
    expect((await open(bench('run-1'))).code).toBe(codes[0]);
  });

  test('promise S7: a pause that was proven and is undone since is not called one', async () => {
    const facts = buildRunFacts({ pause: { state: 'proven', because: '', detail: 'asked for 0 and no pod is left' } });
    const held = bench();
    expect((await held.world.clock.drive(held.ports.tradingPause.state(held.scope))).state).toBe('trading');
    const { card } = await open(held, 1, {}, facts);
    expect(card).toContain('**Trading:** TREAT AS LIVE.');
    expect(card).toContain('Trading runs again although it was stopped');
    const paused = bench();
    await paused.world.clock.drive(paused.ports.tradingPause.pause('k', { ...paused.scope, key: 'k' }));
    expect((await open(paused, 1, {}, facts)).card).toContain('**Trading:** PAUSED, proven.');
  });

  test('a store whose name has capitals is archived too', async () => {
    expect(await open(bench(), 1, { store: 'Payments.EU' })).toMatchObject({ archiveProblem: '' });
  });

  test('promise S9: after a Reset no decision on the card of the earlier run counts', async () => {
    const before = bench('run-1');
    const opened = await open(before);
    const decisions = [
      {
        n: 1,
        atMs: WORLD_START_MS,
        via: 'signal' as const,
        decision: { schema: 1 as const, gate: 'promote', option: 'approve', code: opened.code, by: 'ana' },
      },
    ];
    const attest = ({ world, activities, scope }: Bench) =>
      world.clock.drive(
        activities.attest(
          {
            store: 'kill-switch',
            subject: {
              workflowId: 'w',
              runId: scope.runId,
              gate: 'promote',
              hashes: { [opened.code]: opened.hash },
              people: planIn(world).people,
            },
            decisions,
            opened,
          },
          scope,
        ),
      );
    expect(await attest(before)).toMatchObject([{ n: 1, person: 'ana', attestation: 'declared', problem: '' }]);
    const [after] = await attest(bench('run-2'));
    expect(after).toMatchObject({ n: 1, person: 'ana', problem: CARD_OF_EARLIER_RUN });
    expect(after).not.toHaveProperty('attestation');
  });
});

test('a notice that cannot be delivered is a result, never an error', async () => {
  const { world, ports, activities, scope } = bench();
  const notice = {
    to: ['on-call'] as const,
    urgency: 'page' as const,
    title: 't',
    text: 'x',
    store: 's',
    incident: 'i',
    workflowId: 'w',
    id: '1',
  };
  expect(await world.clock.drive(activities.notify({ store: 's', notice }, scope))).toEqual({ delivered: true, problem: '' });
  const broken = createActivities({
    portsFor: () => ({ ...ports, notifier: { kind: 'x', send: () => Promise.reject(new TypeError('token=hunter2')) } }),
    planFor: () => Promise.reject(new Error('unused')),
    sha256: (text) => text,
  });
  expect(await broken.notify({ store: 's', notice }, scope)).toEqual({ delivered: false, problem: 'TypeError' });
});
