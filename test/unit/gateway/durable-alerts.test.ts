import { describe, expect, test } from 'vitest';
import { ALERT_SIGNAL_LIMIT, CONFIRMED_FOR_MS, createDurableAlerts } from '../../../src/gateway/durable-alerts.js';
import type { Alert } from '../../../src/domain/contract.js';
import { createTemporalDouble } from './temporal-double.js';

const target = { store: 'kill-switch', cluster: 'geosync-db' };
const id = 'failover:geosync-db';
const alert = (fingerprint: string, overrides: Partial<Alert> = {}): Alert => ({
  source: 'alertmanager',
  fingerprint,
  status: 'firing',
  startsAtMs: 1_700_000_000_000,
  title: 't',
  forMs: 0,
  ...overrides,
});

function setUp() {
  const temporal = createTemporalDouble();
  const clock = { nowMs: 0 };
  return { temporal, clock, starter: createDurableAlerts(temporal, () => clock.nowMs) };
}

test('the first alert starts the acting run with an input that names the incident by the alert alone', async () => {
  const { temporal, starter } = setUp();
  expect(await starter.makeDurable(target, alert('abcdef0123456789'))).toEqual({ state: 'started-or-joined', workflowId: id });
  expect(temporal.runs.get(id)?.[0]?.input).toMatchObject({
    schema: 1,
    store: 'kill-switch',
    mode: 'incident',
    trigger: { kind: 'alert', incident: 'kill-switch-20231114T221320Z-abcdef01' },
  });
});

test('a storm of duplicates is one signal, and a repeat is answered without a call while the run is confirmed', async () => {
  const { temporal, starter, clock } = setUp();
  const storm = Array.from({ length: 500 }, (_, n) => starter.makeDurable(target, alert(`f${n % 25}`)));
  await Promise.all(storm);
  expect(temporal.calls).toEqual(Array.from({ length: 25 }, () => 'signalWithStart'));
  expect(temporal.mostInFlight).toBe(1);
  expect(temporal.runs.get(id)).toHaveLength(1);
  clock.nowMs += CONFIRMED_FOR_MS;
  expect((await starter.makeDurable(target, alert('f3'))).state).toBe('known');
  expect(temporal.calls).toHaveLength(25);
});

test('after 2 s a known alert is answered only after the run was confirmed to be open', async () => {
  const { temporal, starter, clock } = setUp();
  await starter.makeDurable(target, alert('f1'));
  clock.nowMs += CONFIRMED_FOR_MS + 1;
  expect((await starter.makeDurable(target, alert('f1'))).state).toBe('known');
  expect(temporal.calls).toEqual(['signalWithStart', 'openRun']);
});

test('when the run was closed meanwhile, the same alert starts a new one', async () => {
  const { temporal, starter, clock } = setUp();
  await starter.makeDurable(target, alert('f1'));
  temporal.close(id);
  clock.nowMs += CONFIRMED_FOR_MS + 1;
  expect((await starter.makeDurable(target, alert('f1'))).state).toBe('started-or-joined');
  expect(temporal.runs.get(id)?.map((run) => run.alerts.length)).toEqual([1, 1]);
});

test('what an earlier run knew is told to its successor again', async () => {
  const { temporal, starter } = setUp();
  await starter.makeDurable(target, alert('f1'));
  temporal.close(id);
  await starter.makeDurable(target, alert('f2'));
  expect((await starter.makeDurable(target, alert('f1'))).state).toBe('started-or-joined');
  expect(temporal.runs.get(id)?.[1]?.alerts.map((known) => known.fingerprint)).toEqual(['f2', 'f1']);
});

test.each([{ startsAtMs: 1 }, { status: 'resolved' as const }, { source: 'generic' }])('another %o is another identity', async (other) => {
  const { temporal, starter } = setUp();
  await starter.makeDurable(target, alert('f1'));
  await starter.makeDurable(target, alert('f1', other));
  expect(temporal.runs.get(id)?.[0]?.alerts).toHaveLength(2);
});

test('clusters do not wait for one another', async () => {
  const { temporal, starter } = setUp();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  temporal.hold = () => held;
  const slow = starter.makeDurable(target, alert('f1'));
  await Promise.resolve();
  temporal.hold = undefined;
  expect((await starter.makeDurable({ store: 's2', cluster: 'other' }, alert('f1'))).workflowId).toBe('failover:other');
  release();
  await slow;
});

test('a resolved alert never starts a run', async () => {
  const { temporal, starter } = setUp();
  expect((await starter.makeDurable(target, alert('f1', { status: 'resolved' }))).state).toBe('nothing-open');
  expect(temporal.runs.size).toBe(0);
});

describe('when Temporal fails', () => {
  test('nobody is told that an alert is durable, and whoever waited behind does not ask again', async () => {
    const { temporal, starter } = setUp();
    temporal.down = true;
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => starter.makeDurable(target, alert(`f${n}`))));
    expect(results.map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : 'durable'))).toEqual(
      Array.from({ length: 10 }, () => 'HF_ALERT_NOT_DURABLE'),
    );
    expect(temporal.calls).toHaveLength(1);
  });

  test('the next delivery of the same alert succeeds when it is back', async () => {
    const { temporal, starter } = setUp();
    temporal.down = true;
    await expect(starter.makeDurable(target, alert('f1'))).rejects.toMatchObject({ code: 'HF_ALERT_NOT_DURABLE', evidence: { run: id } });
    temporal.down = false;
    expect((await starter.makeDurable(target, alert('f1'))).state).toBe('started-or-joined');
  });

  test('a failed confirmation is no confirmation', async () => {
    const { temporal, starter, clock } = setUp();
    await starter.makeDurable(target, alert('f1'));
    clock.nowMs += CONFIRMED_FOR_MS + 1;
    temporal.down = true;
    await expect(starter.makeDurable(target, alert('f1'))).rejects.toMatchObject({ code: 'HF_ALERT_NOT_DURABLE' });
  });
});

test('beyond the limit of a run alerts are counted and no longer signalled, so that people can always be heard', async () => {
  const { temporal, starter } = setUp();
  for (let n = 0; n < ALERT_SIGNAL_LIMIT; n += 1) await starter.makeDurable(target, alert(`f${n}`));
  expect((await starter.makeDurable(target, alert('one more'))).state).toBe('counted');
  expect(temporal.runs.get(id)?.[0]?.alerts).toHaveLength(ALERT_SIGNAL_LIMIT);
});
