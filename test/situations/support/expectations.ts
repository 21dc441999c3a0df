/** The assertions that many situations share. Each reads the world; what Holdfast says of itself is only compared with it. */
import { expect } from 'vitest';
import type { Stage } from '../../../src/cli/demo/stage.js';
import type { NodeName } from '../../../lab/index.js';
import { envFileOf, healthOf, pidsOf, rowOn, serviceOf, sessionsOn, timelineOf, tradingEffects } from './world.js';

const addresses = (stage: Stage): readonly string[] => stage.lab.instances.map((i) => i.address).sort();

/** What is compared with later. */
export interface Before {
  readonly envFile: string;
  readonly pids: Readonly<Record<string, number | undefined>>;
}

export function remember(stage: Stage): Before {
  return { envFile: envFileOf(stage), pids: pidsOf(stage) };
}

/** The database moved to b by exactly one promotion, the old primary is kept from serving, every instance is new and on b. */
export async function expectMoved(stage: Stage, before: Before): Promise<void> {
  expect(await stage.lab.pair.inRecovery('b')).toBe(false);
  expect(await timelineOf(stage, 'b'), 'one promotion').toBe(2);
  expect(await serviceOf(stage, 'a'), 'fence of class H').toBe('inactive disabled');
  await expectApplicationOn(stage, 'b', before);
}

/** Only host and port of the DSN changed, and each instance is a new process with a session of its own on the node. */
export async function expectApplicationOn(stage: Stage, node: NodeName, before: Before): Promise<void> {
  const { place, port } = stage.lab.pair.nodes[node];
  const old = stage.lab.pair.nodes[node === 'a' ? 'b' : 'a'];
  expect(envFileOf(stage)).toBe(before.envFile.replaceAll(`@${old.place.address}:${old.port}/`, `@${place.address}:${port}/`));
  expect(await sessionsOn(stage, node)).toEqual(addresses(stage));
  const pids = pidsOf(stage);
  for (const [name, pid] of Object.entries(pids)) {
    expect(pid, `${name} runs`).toBeDefined();
    expect(pid, `${name} is a new process`).not.toBe(before.pids[name]);
  }
}

/** Each instance itself says that it is ready. */
export async function expectReady(stage: Stage): Promise<void> {
  for (const instance of stage.lab.instances) expect((await healthOf(instance))?.status, instance.name).toBe(200);
}

/** Each instance itself says that the switch is on. */
export async function expectInstancesEngaged(stage: Stage): Promise<void> {
  for (const instance of stage.lab.instances) {
    const answer = await healthOf(instance);
    expect(answer?.status, instance.name).toBe(503);
    expect(answer?.body, instance.name).toContain('"kill_switch_engaged":true');
  }
}

/** Trading was paused once and, if at all, resumed once under the same key, after the pause. */
export function expectTrading(stage: Stage, end: 'resumed' | 'paused' | 'untouched'): void {
  const { trading } = stage.lab;
  const sequence = trading.transitions().map((t) => t.paused);
  switch (end) {
    case 'untouched':
      expect(sequence).toEqual([]);
      expect(tradingEffects(stage)).toEqual([]);
      return;
    case 'paused':
      expect(sequence).toEqual([true]);
      return;
    case 'resumed': {
      expect(sequence).toEqual([true, false]);
      const keys = new Set(trading.calls().flatMap((c) => (c.method === 'POST' && c.key !== null ? [c.key] : [])));
      expect(keys.size, 'one key for pause and resume').toBe(1);
    }
  }
}

/** Nothing in the world was touched: no promotion, no fence, no other DSN, no restart, no pause. */
export async function expectUntouched(stage: Stage, before: Before, primary: 'running' | 'lost'): Promise<void> {
  expect(await stage.lab.pair.inRecovery('b'), 'b is still a standby').toBe(true);
  if (primary === 'running') expect(await timelineOf(stage, 'a')).toBe(1);
  expect(await serviceOf(stage, 'a')).toContain('enabled');
  expect(envFileOf(stage)).toBe(before.envFile);
  expect(pidsOf(stage)).toEqual(before.pids);
  expectTrading(stage, 'untouched');
}

/** The row says this, and (with a text given) is still the same write. */
export async function expectRow(stage: Stage, node: NodeName, engaged: boolean, updatedAt?: string): Promise<void> {
  const row = await rowOn(stage, node);
  expect(row?.engaged).toBe(engaged);
  if (updatedAt !== undefined) expect(row?.updatedAt).toBe(updatedAt);
}
