/** The assertions that situations on the full lab share. Each reads the world; what Holdfast says of itself is only compared with it. */
import { expect } from 'vitest';
import type { PatroniNodeName } from '../../../../lab/full.js';
import type { FullStage } from '../../../../src/cli/demo/full-stage.js';
import { applicationPods, NODES, podHealth, pointedAt, rowOn, sessionsOn, settingsOf, timelineOf, tradingOf } from './world.js';

/** What is compared with later. */
export interface Before {
  readonly primary: PatroniNodeName;
  readonly timeline: number;
  readonly settings: string;
  /** Uids of the application's pods. */
  readonly pods: readonly string[];
  /** Uids of the pods that trade. */
  readonly trading: readonly string[];
}

/** Remembers the world before the fault. */
export async function remember(stage: FullStage, primary: PatroniNodeName = 'n1'): Promise<Before> {
  return {
    primary,
    timeline: await timelineOf(stage, primary),
    settings: await settingsOf(stage),
    pods: (await applicationPods(stage)).map(({ uid }) => uid),
    trading: (await tradingOf(stage)).pods,
  };
}

const addressOf = ({ lab }: FullStage, node: PatroniNodeName): string =>
  `${lab.cluster.nodes[node].place.address}:${lab.cluster.nodes[node].port}`;

/** The node writes, by exactly one promotion, and the whole application is on it. */
export async function expectMoved(stage: FullStage, before: Before, target: PatroniNodeName): Promise<void> {
  expect(await stage.lab.cluster.inRecovery(target), `${target} is out of recovery`).toBe(false);
  expect(await timelineOf(stage, target), 'one promotion').toBe(before.timeline + 1);
  await expectApplicationOn(stage, target, before);
}

/** Only host and port in the Secret changed, every pod is new, and each has its own session on the node and nowhere else. */
export async function expectApplicationOn(stage: FullStage, target: PatroniNodeName, before: Before): Promise<void> {
  const [old, now] = [addressOf(stage, before.primary), addressOf(stage, target)];
  expect(await pointedAt(stage)).toBe(now);
  expect(await settingsOf(stage), 'nothing else in the document changed').toBe(before.settings.replaceAll(`@${old}/`, `@${now}/`));
  const pods = await applicationPods(stage);
  expect(pods).toHaveLength(before.pods.length);
  for (const { name, uid } of pods) expect(before.pods, `${name} is a new pod`).not.toContain(uid);
  const sessions = Object.fromEntries(await Promise.all(NODES.map(async (node) => [node, await sessionsOn(stage, node)] as const)));
  expect(sessions[target]).toEqual(pods.map(({ address }) => address).sort());
  for (const node of NODES.filter((one) => one !== target))
    expect(sessions[node] ?? [], `no session of the application on ${node}`).toEqual([]);
}

/** The node's service is stopped and disabled, and nothing of PostgreSQL runs there. */
export function expectFenced({ lab }: FullStage, node: PatroniNodeName): void {
  const { [node]: host } = lab.cluster.nodes;
  expect(host.disabled(), `${node} is disabled`).toBe(true);
  expect(host.postmasterPid(), `nothing serves on ${node}`).toBeUndefined();
}

/** Each pod itself says that it is ready. */
export async function expectReady(stage: FullStage): Promise<void> {
  for (const pod of await applicationPods(stage)) expect((await podHealth(stage, pod))?.status, pod.name).toBe(200);
}

/** Each pod itself says that the switch is on. */
export async function expectPodsEngaged(stage: FullStage): Promise<void> {
  for (const pod of await applicationPods(stage)) {
    const answer = await podHealth(stage, pod);
    expect(answer?.status, pod.name).toBe(503);
    expect(answer?.body, pod.name).toContain('"kill_switch_engaged":true');
  }
}

/** By the pods that trade: other ones than before (paused and resumed), none (paused), or still the same (untouched). */
export async function expectTrading(stage: FullStage, end: 'resumed' | 'paused' | 'untouched', before: Before): Promise<void> {
  const { replicas, pods } = await tradingOf(stage);
  switch (end) {
    case 'untouched':
      expect(pods).toEqual(before.trading);
      return;
    case 'paused':
      expect({ replicas, pods }).toEqual({ replicas: 0, pods: [] });
      return;
    case 'resumed':
      expect(replicas).toBe(before.trading.length);
      await expect.poll(async () => (await tradingOf(stage)).pods.length, { timeout: 15_000 }).toBe(before.trading.length);
      for (const uid of (await tradingOf(stage)).pods)
        expect(before.trading, 'what trades now was started after the pause').not.toContain(uid);
  }
}

/** Holdfast touched nothing: no other DSN, no restart, no pause; the same node leads. */
export async function expectUntouched(stage: FullStage, before: Before): Promise<void> {
  expect(await stage.lab.cluster.primaries()).toEqual([before.primary]);
  expect(await settingsOf(stage)).toBe(before.settings);
  expect((await applicationPods(stage)).map(({ uid }) => uid)).toEqual(before.pods);
  for (const node of NODES) expect(stage.lab.cluster.nodes[node].disabled(), `${node} is not fenced`).toBe(false);
  await expectTrading(stage, 'untouched', before);
}

/** The row says this, and (with a text given) is still the same write. */
export async function expectRow(stage: FullStage, node: PatroniNodeName, engaged: boolean, updatedAt?: string): Promise<void> {
  const row = await rowOn(stage, node);
  expect(row?.engaged).toBe(engaged);
  if (updatedAt !== undefined) expect(row?.updatedAt).toBe(updatedAt);
}
