// needs: kubernetes
import { describe, expect, test } from 'vitest';
import { asMergePatch } from '../../lab/kubernetes/index.js';
import { createKubernetesReadiness } from '../../src/adapters/kubernetes/readiness.js';
import { createScalePause } from '../../src/adapters/kubernetes/scale-pause.js';
import type { TradingPausePort } from '../../src/ports/trading-pause.js';
import { CANARY, errorOf, expectNoSecret, realScope, realTime } from './harness.js';
import { kubernetesLabOfFile } from './kubernetes-lab.js';
import type { LabNamespace } from './kubernetes-lab.js';
import { describeTradingPauseConformance } from './trading-pause.suite.js';
import type { TradingPauseWorld } from './trading-pause.suite.js';

const lab = kubernetesLabOfFile();

const scope = realScope;
const APP = { kind: 'deployment', name: 'geosync-api' } as const;
const TRADING = { kind: 'deployment', name: 'trading' } as const;
const SECRET = 'geosync-secrets';
const FULL = 2;
const DECLARED = { restingOrders: 'left', manualKill: 'press the red button', settleMs: 5_000 } as const;

function pausePort(space: LabNamespace): TradingPausePort {
  return createScalePause({ ...DECLARED, connection: space.connection, workload: { ...TRADING, namespace: space.name } });
}

async function openPause(): Promise<TradingPauseWorld> {
  const space = await lab.openNamespace();
  await space.deploy(TRADING.name, FULL);
  await space.settled(TRADING.name, FULL);
  let made = 0;
  let last = FULL;
  const settle = async (): Promise<void> => {
    const now = await space.replicas(TRADING.name);
    await space.settled(TRADING.name, now);
    if (last > 0 && now === 0) made += 1;
    last = now;
  };
  // A pause is asked for and then takes its time; the suite looks at once.
  const drive = async <T>(work: Promise<T>): Promise<T> => {
    const outcome = await Promise.allSettled([work]);
    await settle();
    if (outcome[0].status === 'rejected') throw outcome[0].reason;
    return outcome[0].value;
  };
  const patterns = { pause: /^PATCH /, resume: /^PATCH /, state: /^GET .*\/pods/ } as const;
  return {
    ...realTime(async () => {
      lab.gate.clear();
      await space.leave();
    }),
    drive,
    port: pausePort(space),
    isPaused: async () => (await space.answering(`app=${TRADING.name}`)).length === 0,
    pausesMade: async () => made,
    async pauseBySomebody(key) {
      await space.annotate(TRADING.name, { 'holdfast.dev/paused-by': key, 'holdfast.dev/paused-replicas': String(FULL) });
      await space.scaleBySomebody(TRADING.name, 0);
      await settle();
    },
    async liftBySomebody() {
      await space.annotate(TRADING.name, { 'holdfast.dev/paused-by': null, 'holdfast.dev/paused-replicas': null });
      await space.scaleBySomebody(TRADING.name, FULL);
      await settle();
    },
    fate: async (verb, fate) => lab.gate.fate(patterns[verb], fate),
  };
}

describeTradingPauseConformance('scale, on Kubernetes', { open: openPause });

describe('Kubernetes pause by scale', () => {
  test('an autoscaler that brings replicas back over the pause is noticed, and the pause is put in force again', async () => {
    const space = await lab.openNamespace();
    await space.deploy(TRADING.name, FULL);
    await space.settled(TRADING.name, FULL);
    const port = pausePort(space);
    const { restore } = await port.pause('k', scope());
    await space.settled(TRADING.name, 0);
    expect(await port.state(scope())).toMatchObject({ state: 'paused', by: 'k' });
    await space.scaleBySomebody(TRADING.name, 1);
    await space.settled(TRADING.name, 1);
    const raised = await port.state(scope());
    expect(raised.state).toBe('trading');
    expect(raised.detail).toMatch(/somebody brought the replicas back/);
    const refused = await errorOf(port.resume('k', restore, scope()));
    expect(refused).toMatchObject({ code: 'HF_PAUSE_NOT_OURS', evidence: { remembered: String(FULL), found: '1' } });
    expect(await port.pause('k', scope())).toMatchObject({ restore });
    await space.settled(TRADING.name, 0);
    await port.resume('k', restore, scope());
    expect(await space.replicas(TRADING.name)).toBe(FULL);
    await space.leave();
  });
});

test('KEDA brings replicas back over the pause: told as trading, and never as paused', async () => {
  const space = await lab.openNamespace();
  await space.deploy(TRADING.name, FULL);
  await space.settled(TRADING.name, FULL);
  const end = await lab.kubernetes.faults.autoscale({ namespace: space.name, name: TRADING.name }, { min: 1, like: 'keda', delayMs: 10 });
  const port = pausePort(space);
  await port.pause('k', scope());
  await space.settled(TRADING.name, 1);
  expect(await port.state(scope())).toMatchObject({ state: 'trading', detail: expect.stringContaining('brought the replicas back') });
  await end();
  await space.leave();
});

describe('Kubernetes readiness', () => {
  const readiness = (space: LabNamespace) =>
    createKubernetesReadiness({
      connection: space.connection,
      source: { kind: 'secret', name: SECRET, namespace: space.name },
      workload: { ...APP, namespace: space.name },
      trading: { ...TRADING, namespace: space.name },
      key: 'KS',
      owned: 'refuse',
      stopGraceMs: 30_000,
      verifyBudgetMs: 60_000,
    }).readiness(scope());
  const filled = async (change?: (rbac: string) => string): Promise<LabNamespace> => {
    const space = await lab.openNamespace(change);
    const stringData = { KS: `postgresql://geosync:${CANARY}@db-a.example.test/geosync` };
    await lab.kubernetes.api.core.createNamespacedSecret({ namespace: space.name, body: { metadata: { name: SECRET }, stringData } });
    await Promise.all([space.deploy(APP.name, 1), space.deploy(TRADING.name, 1)]);
    return space;
  };

  test('with the shipped rights nothing is missing', async () => {
    const space = await filled();
    const found = await readiness(space);
    expect(found.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(found.find(({ area }) => area === 'kubernetes rights')?.detail).toMatch(/all \d+ rights/);
    expectNoSecret(found);
    await space.leave();
  });

  test('a missing verb is a failure that names verb and resource', async () => {
    const space = await filled((rbac) => rbac.replace('resources: [pods], verbs: [delete]', 'resources: [pods], verbs: [create]'));
    const found = await readiness(space);
    expect(found.filter(({ state }) => state === 'fail').map(({ detail }) => detail)).toEqual([
      expect.stringContaining(`delete pods in namespace ${space.name}`),
    ]);
    await space.leave();
  });

  test('autoscalers, a paused Deployment, an owned Secret are found', async () => {
    const space = await filled();
    const { apps, core } = lab.kubernetes.api;
    const end = await lab.kubernetes.faults.autoscale({ namespace: space.name, name: APP.name }, { min: 2 });
    await apps.patchNamespacedDeployment({ namespace: space.name, name: APP.name, body: { spec: { paused: true } } }, asMergePatch);
    const endKeda = await lab.kubernetes.faults.autoscale({ namespace: space.name, name: TRADING.name }, { min: 1, like: 'keda' });
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps' };
    await core.patchNamespacedSecret({ namespace: space.name, name: SECRET, body: { metadata: { labels } } }, asMergePatch);
    const found = (await readiness(space)).filter(({ state }) => state !== 'ok').map(({ state, detail }) => `${state} ${detail}`);
    await end();
    await endKeda();
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^fail .*spec\.paused/),
        expect.stringMatching(/^warn .*autoscaler geosync-api keeps at least 2/),
        expect.stringMatching(/^fail .*KEDA’s ScaledObject trading brings replicas back/),
        expect.stringMatching(/^fail .*Flux \(apps\).*next-sync/),
      ]),
    );
    await space.leave();
  });
});
