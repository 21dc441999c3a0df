// needs: postgres, patroni, kubernetes
/** Moving pods: deaf ones, a Secret that somebody else changes at the same moment, sessions of each pod, and a restart that cannot end. */
import { expect, test } from 'vitest';
import { asMergePatch } from '../../../lab/kubernetes/index.js';
import { gate, play, USUAL } from '../support/people.js';
import { leaveBehind, openSessionAs, PATIENT } from './support/acts.js';
import { expectMoved, expectPodsEngaged, expectReady, expectRow, expectTrading, remember } from './support/expectations.js';
import { beforeNextWrite } from './support/held-write.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { applicationPods, podHealth, sessionsOn, settingsOf } from './support/world.js';

/** Every pod of this file is deaf to SIGTERM; Holdfast waits a second for it, their own grace is ten. */
const situation = onFullStage({
  lab: { application: { behaviour: { ignoreSigterm: true } } },
  times: { stopGrace: '1s', verifyBudget: '10s' },
});

test('situation on the full lab: pods that ignore SIGTERM', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const old = await applicationPods(stage);
    await leaveBehind(stage, 'n2');
    await gate(stage, 'accept', FULL_RUN_MS);
    await stage.decide('ana', 'accept');
    const { core } = stage.lab.kubernetes.api;
    const { namespace, selector } = stage.lab.application;
    const ending = async (): Promise<number> => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: selector });
      return items.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined).length;
    };
    await expect.poll(ending, { timeout: FULL_RUN_MS, interval: 50 }).toBe(3);
    for (const pod of old) expect(await podHealth(stage, pod), `${pod.name} was told to end and goes on`).toBeDefined();
    const result = await play(stage, PATIENT, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    const stopped = (await stage.facts()).steps.find(({ step }) => step === 'stop-instances');
    expect(stopped?.result).toBe('done');
    for (const { name } of old) expect(stopped?.detail.split('Ignored SIGTERM and were killed:')[1], name).toContain(name);
    await expectMoved(stage, before, 'n2');
    const now = new Set((await applicationPods(stage)).map(({ address }) => address));
    for (const pod of old.filter(({ address }) => !now.has(address)))
      expect(await podHealth(stage, pod), `${pod.name} serves no more`).toBeUndefined();
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: stale resource version', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const { namespace, secret } = stage.lab.application;
    const { core } = stage.lab.kubernetes.api;
    const readSecret = () => core.readNamespacedSecret({ namespace, name: secret });
    const versions: (string | undefined)[] = [(await readSecret()).metadata?.resourceVersion];
    // Holdfast has read the Secret and keeps its old value first: at this moment somebody else changes another key.
    const released = await beforeNextWrite(stage, `${secret}-holdfast-backup`, async () => {
      await core.patchNamespacedSecret({ namespace, name: secret, body: { stringData: { 'rotated-by-others': 'new' } } }, asMergePatch);
      versions.push((await readSecret()).metadata?.resourceVersion);
    });
    await leaveBehind(stage, 'n2');
    const result = await play(stage, PATIENT, FULL_RUN_MS);
    await released();
    expect(result.outcome).toBe('verified');
    const { data = {}, metadata } = await readSecret();
    expect(Buffer.from(data['rotated-by-others'] ?? '', 'base64').toString(), 'the change of the other').toBe('new');
    expect(new Set([...versions, metadata?.resourceVersion]).size, 'changed by the other, then by Holdfast').toBe(3);
    await expectMoved(stage, before, 'n2');
    await core.patchNamespacedSecret({ namespace, name: secret, body: { data: { 'rotated-by-others': null } } }, asMergePatch);
  }));

test('situation on the full lab: sessions of every pod proven on the promoted node', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    await leaveBehind(stage, 'n2');
    await gate(stage, 'accept', FULL_RUN_MS);
    await stage.decide('ana', 'accept');
    const isNew = async () => (await applicationPods(stage)).find(({ uid }) => !before.pods.includes(uid));
    await expect.poll(isNew, { timeout: FULL_RUN_MS, interval: 20 }).toBeDefined();
    const pod = await isNew();
    const end = await openSessionAs(stage, pod?.address ?? '', 'n3');
    const { open } = await gate(stage, 'rollout', FULL_RUN_MS);
    expect(open?.opened.card).toContain(`${pod?.name} has 1 session(s) on n3 (HF_INSTANCE_WRONG_NODE)`);
    expect((await sessionsOn(stage, 'n2')) ?? [], 'its own session on the promoted node alone is not enough').toContain(pod?.address);
    await expectTrading(stage, 'paused', before);
    await end();
    await stage.decide('ana', 'wait');
    const result = await play(stage, PATIENT, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before, 'n2');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: switch engaged with a rolling restart in progress', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const { secret } = stage.lab.application;
    // The row was read as clear; while the DSN is written, and thus before the first new pod reads it, somebody engages the switch.
    const released = await beforeNextWrite(stage, `${secret}-holdfast-backup`, async () => {
      const [target] = await stage.lab.cluster.primaries();
      await stage.lab.cluster.writeRow(target ?? 'n2', { engaged: true, reason: 'by the desk' });
    });
    await stage.start({ mode: 'planned' });
    const result = await play(stage, { ...USUAL, rollout: [['ana', 'replace-all']] }, FULL_RUN_MS);
    await released();
    const facts = await stage.facts();
    const [rolling] = facts.steps.filter(({ step }) => step === 'all-instances');
    expect(rolling?.result).toBe('refused');
    expect(rolling?.detail).toMatch(/stalled: .* old left; .*(does not become ready|crashes again and again|cannot start)/);
    expect(rolling?.detail, 'in the pods’ own words').toContain('events: ');
    expect(result.outcome).toBe('verified-engaged');
    const target = (await stage.lab.cluster.primaries())[0] ?? 'n1';
    await expectMoved(stage, before, target);
    await expectPodsEngaged(stage);
    await expectRow(stage, target, true);
    await expectTrading(stage, 'paused', before);
    expect(await settingsOf(stage)).not.toBe(before.settings);
  }));
