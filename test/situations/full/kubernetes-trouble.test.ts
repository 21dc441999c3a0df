// needs: postgres, patroni, kubernetes
/** Others act against a run, or the platform falls silent under it: owners of the Secret, autoscalers, a lost API server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { KubernetesFaults } from '../../../lab/kubernetes/index.js';
import type { FullStage } from '../../../src/cli/demo/full-stage.js';
import { countOf } from '../support/history.js';
import { gate, play } from '../support/people.js';
import { pagesTo } from '../support/world.js';
import { leaveBehind, PATIENT } from './support/acts.js';
import { expectMoved, expectReady, expectTrading, remember } from './support/expectations.js';
import { FULL_RUN_MS, onFullStage } from './support/stage.js';
import { applicationPods, pointedAt, sessionsOn, settingsOf, tradingOf } from './support/world.js';

const situation = onFullStage({ times: { verifyBudget: '10s', pauseProof: '4s' } });

type EndFault = Awaited<ReturnType<KubernetesFaults['autoscale']>>;

/** Ends of controllers that act against a run: they live in this process, and would act against the next test too. */
const ends: EndFault[] = [];

/** Remembers how to end a controller, whatever becomes of its test. */
async function acting(started: Promise<EndFault>): Promise<EndFault> {
  const end = await started;
  ends.push(end);
  return end;
}

afterEach(async () => {
  // One that was ended by its test finds nothing more to end.
  for (const end of ends.splice(0)) await end().catch(() => undefined);
});

/** How long the API server is away. */
const AWAY_MS = 20_000;

async function replicasOf({ lab }: FullStage): Promise<number | undefined> {
  const { namespace, deployment } = lab.application;
  return (await lab.kubernetes.api.apps.readNamespacedDeployment({ namespace, name: deployment })).spec?.replicas;
}

test('situation on the full lab: Secret reverted by a controller', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const { namespace, secret } = stage.lab.application;
    const { faults } = stage.lab.kubernetes;
    // A known owner: nothing is patched, people are told where to change the value instead.
    const endOwner = await acting(faults.revertSecret({ namespace, name: secret }));
    await leaveBehind(stage, 'n2');
    await gate(stage, 'accept', FULL_RUN_MS);
    await stage.decide('ana', 'accept');
    const refused = await gate(stage, 'inconclusive', FULL_RUN_MS);
    expect(refused.open?.opened.card).toContain('External Secrets Operator');
    expect(refused.errors.map(({ code }) => code)).toContain('HF_CONFIG_OWNED');
    expect(await settingsOf(stage), 'nothing was written').toBe(before.settings);
    expect(await applicationPods(stage), 'nothing was started').toEqual([]);
    await endOwner();
    // One that nobody knows puts the old value back: either the write is found undone, or the pods are found elsewhere.
    const endReverting = await acting(faults.revertSecret({ namespace, name: secret }, { marked: false }));
    await stage.decide('ana', 'recheck');
    const asked = await stage.until(
      'the undone write is noticed',
      (f) =>
        f.open !== undefined &&
        f.open.opened.code !== refused.open?.opened.code &&
        ['inconclusive', 'rollout'].includes(f.open.opened.gate),
      FULL_RUN_MS,
    );
    expect(asked.open?.opened.card).toMatch(
      /External Secrets Operator|put back by externalsecrets|reads .* after it was set to|has no session on n2/,
    );
    expect(await settingsOf(stage)).toBe(before.settings);
    expect((await sessionsOn(stage, 'n2')) ?? []).toEqual([]);
    await expectTrading(stage, 'paused', before);
    await endReverting();
    // What it wrote last still counts as its own: people write the value themselves, and Holdfast finds it done.
    if (asked.open?.opened.gate === 'rollout') await stage.decide('ana', 'replace-all');
    await gate(stage, 'inconclusive', FULL_RUN_MS);
    await stage.lab.application.pointAt(stage.lab.database('n2'));
    await stage.decide('ana', 'recheck');
    // Undone once more, after verification: trading is not resumed on a DSN that the next restart would follow elsewhere.
    const verified = await gate(stage, 'resume', FULL_RUN_MS);
    await expectMoved(stage, before, 'n2');
    await stage.lab.application.pointAt(stage.lab.database('n1'));
    await stage.decide('ana', 'resume');
    await stage.decide('ben', 'resume');
    const again = await stage.until(
      'resume is refused and asked again',
      (f) => f.open?.opened.gate === 'resume' && f.open.opened.code !== verified.open?.opened.code,
      FULL_RUN_MS,
    );
    expect(again.errors.some(({ code, message }) => code === 'HF_BOUNDS_EXCEEDED' && message.includes('The DSN points at'))).toBe(true);
    await expectTrading(stage, 'paused', before);
    await stage.lab.application.pointAt(stage.lab.database('n2'));
    const result = await play(stage, PATIENT, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before, 'n2');
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: API server down for 20 s in the middle, frozen and then thawed', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const { apiServer } = stage.lab.kubernetes;
    await leaveBehind(stage, 'n2');
    await gate(stage, 'accept', FULL_RUN_MS);
    await stage.decide('ana', 'accept');
    await expect.poll(() => replicasOf(stage), { timeout: FULL_RUN_MS, interval: 20 }).toBe(0);
    apiServer.freeze();
    await sleep(AWAY_MS);
    expect((await stage.facts()).result, 'the run goes on').toBeUndefined();
    apiServer.thaw();
    const result = await play(stage, { ...PATIENT, inconclusive: [['ana', 'recheck']] }, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before, 'n2');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
    expect(await countOf(stage, 'resumeTrading')).toBe(1);
  }));

test('situation on the full lab: API server down for 20 s in the middle, killed and then started', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const { apiServer, controllerManager } = stage.lab.kubernetes;
    await leaveBehind(stage, 'n2');
    await gate(stage, 'accept', FULL_RUN_MS);
    // Before the first call that changes the application.
    await apiServer.kill();
    await stage.decide('ana', 'accept');
    await sleep(AWAY_MS);
    expect((await stage.facts()).result, 'the run goes on').toBeUndefined();
    expect((await sessionsOn(stage, 'n2')) ?? [], 'nothing was moved meanwhile').toEqual([]);
    await apiServer.start();
    // A real controller manager ends when it cannot renew its lease, and is started again.
    await controllerManager.kill();
    await controllerManager.start();
    const result = await play(stage, { ...PATIENT, inconclusive: [['ana', 'recheck']] }, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    await expectMoved(stage, before, 'n2');
    await expectReady(stage);
    await expectTrading(stage, 'resumed', before);
  }));

test('situation on the full lab: autoscaler bringing replicas back during the pause', () =>
  situation(async (stage) => {
    const before = await remember(stage);
    const { namespace, tradingDeployment } = stage.lab.application;
    const end = await acting(
      stage.lab.kubernetes.faults.autoscale({ namespace, name: tradingDeployment }, { min: 1, like: 'keda', delayMs: 0 }),
    );
    await leaveBehind(stage, 'n2');
    const asked = await gate(stage, 'inconclusive', FULL_RUN_MS);
    expect((await tradingOf(stage)).pods, 'something trades').not.toEqual([]);
    expect(asked.pause.state).toBe('unproven');
    const { card } = asked.open?.opened ?? { card: '' };
    expect(card).toContain('The pause of trading is not proven');
    expect(card).toContain('brought the replicas back: look for an autoscaler or GitOps');
    expect(card).toContain('Press the red button on the desk.');
    for (const receiver of ['on-call', 'risk', 'operations'])
      await expect.poll(() => pagesTo(stage, receiver).join('\n'), { timeout: 10_000 }).toContain('the pause is UNPROVEN');
    expect(await settingsOf(stage), 'the application is not touched before').toBe(before.settings);
    expect((await applicationPods(stage)).map(({ uid }) => uid)).toEqual(before.pods);
    await end();
    await stage.decide('ana', 'recheck');
    const accept = await gate(stage, 'accept', FULL_RUN_MS);
    expect(accept.pause.state).toBe('proven');
    await expectTrading(stage, 'paused', before);
    // And one that comes later, over a pause that was proven: the next card does not call it one.
    const endLater = await acting(stage.lab.kubernetes.faults.autoscale({ namespace, name: tradingDeployment }, { min: 1, like: 'keda' }));
    await expect.poll(async () => (await tradingOf(stage)).pods.length, { timeout: 15_000 }).toBe(1);
    await stage.decide('ana', 'accept');
    const resume = await gate(stage, 'resume', FULL_RUN_MS);
    expect(resume.open?.opened.card).toContain('**Trading:** TREAT AS LIVE.');
    expect(resume.open?.opened.card).toContain('Trading runs again although it was stopped');
    await endLater();
    await stage.lab.application.scale(0, tradingDeployment);
    await expect.poll(async () => (await tradingOf(stage)).pods.length, { timeout: 15_000 }).toBe(0);
    const result = await play(stage, PATIENT, FULL_RUN_MS);
    expect(result.outcome).toBe('verified');
    expect(await pointedAt(stage)).toContain(stage.lab.cluster.nodes.n2.place.address);
    await expectMoved(stage, before, 'n2');
    await expectTrading(stage, 'resumed', before);
  }));
