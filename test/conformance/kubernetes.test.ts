import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { asMergePatch } from '../../lab/kubernetes/index.js';
import { createKubernetesConfigSource } from '../../src/adapters/kubernetes/config-source.js';
import { createKubernetesReadiness } from '../../src/adapters/kubernetes/readiness.js';
import { createScalePause } from '../../src/adapters/kubernetes/scale-pause.js';
import { createKubernetesWorkload } from '../../src/adapters/kubernetes/workload.js';
import type { TradingPausePort } from '../../src/ports/trading-pause.js';
import { describeConfigSourceConformance } from './config-source.suite.js';
import type { ConfigSourceWorld } from './config-source.suite.js';
import { CANARY, errorOf, expectNoSecret, realScope, realTime } from './harness.js';
import type { Fate } from './harness.js';
import { makeDeaf, openKubernetesLab } from './kubernetes-lab.js';
import type { KubernetesLab, LabNamespace } from './kubernetes-lab.js';
import { describeTradingPauseConformance } from './trading-pause.suite.js';
import type { TradingPauseWorld } from './trading-pause.suite.js';
import { describeWorkloadConformance } from './workload.suite.js';
import type { WorkloadWorld } from './workload.suite.js';

let lab: KubernetesLab;

beforeAll(async () => {
  lab = await openKubernetesLab();
});
afterEach(() => {
  lab.gate.clear();
});
afterAll(async () => {
  await lab.close();
});

const TARGET = { host: 'db-a.example.test', port: 5432 };
const OTHER = { host: '127.4.4.4', port: 65_001 };
const dsn = (at: string): string => `postgresql+psycopg://geosync:${CANARY}%2F%40@${at}/geosync?sslmode=verify-full`;
const SECRET = 'geosync-secrets';

interface Form {
  readonly name: string;
  readonly kind: 'secret' | 'configmap';
  readonly path: readonly string[];
  readonly format: 'json' | 'yaml';
  readonly value: (at: string) => string;
}

const FORMS: readonly Form[] = [
  { name: 'plain key of a Secret', kind: 'secret', path: [], format: 'json', value: dsn },
  {
    name: 'path inside a JSON document of a Secret',
    kind: 'secret',
    path: ['db', 'dsn'],
    format: 'json',
    value: (at) => `{ "db": {"tls":{"ca_file":"/x"} , "dsn":"${dsn(at)}"},\n "min_pool_size": 1.0 }\n`,
  },
  {
    name: 'path inside a YAML document of a Secret',
    kind: 'secret',
    path: ['db', 'dsn'],
    format: 'yaml',
    value: (at) => `# kept\ndb:\n  tls: {ca_file: /x}\n  dsn: '${dsn(at)}'   # kept too\npool: 1\n`,
  },
  { name: 'plain key of a ConfigMap', kind: 'configmap', path: [], format: 'json', value: dsn },
];

const scope = realScope;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function putSource(space: LabNamespace, form: Form, extra: object = {}): Promise<void> {
  const { core } = lab.kubernetes.api;
  const metadata = { name: SECRET };
  const values = { OTHER: 'kept', KS: form.value(`${TARGET.host}:${TARGET.port}`) };
  if (form.kind === 'configmap') {
    await core.createNamespacedConfigMap({ namespace: space.name, body: { metadata, data: values, ...extra } });
    return;
  }
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
  await core.createNamespacedSecret({ namespace: space.name, body: { metadata, data, ...extra } });
}

function sourcePort(space: LabNamespace, form: Form, owned: 'refuse' | 'patch' = 'refuse') {
  const { kind, path, format } = form;
  const source = { kind, name: SECRET, namespace: space.name };
  return createKubernetesConfigSource({ connection: space.connection, source, key: 'KS', path, format, owner: 'not looked at yet', owned });
}

async function readData(space: LabNamespace, form: Form): Promise<Record<string, string>> {
  const at = { namespace: space.name, name: SECRET };
  if (form.kind === 'configmap') return (await lab.kubernetes.api.core.readNamespacedConfigMap(at)).data ?? {};
  const { data = {} } = await lab.kubernetes.api.core.readNamespacedSecret(at);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

async function patchData(space: LabNamespace, form: Form, data: Readonly<Record<string, string>>): Promise<void> {
  const { core } = lab.kubernetes.api;
  const at = { namespace: space.name, name: SECRET, fieldManager: 'somebody' };
  if (form.kind === 'configmap') await core.patchNamespacedConfigMap({ ...at, body: { data } }, asMergePatch);
  else {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
    await core.patchNamespacedSecret({ ...at, body: { data: encoded } }, asMergePatch);
  }
}

/** The shipped rights, for a ConfigMap where the source is one. */
function openFor(form: Form): Promise<LabNamespace> {
  return lab.openNamespace((rbac) =>
    form.kind === 'secret'
      ? rbac
      : rbac.replace('resources: [secrets], resourceNames: [geosync-secrets]', 'resources: [configmaps], resourceNames: [geosync-secrets]'),
  );
}

function openSource(form: Form): () => Promise<ConfigSourceWorld> {
  return async () => {
    const space = await openFor(form);
    await putSource(space, form);
    const found = async (): Promise<RegExpExecArray> => {
      const match = /%40@([^:/]+):(\d+)\//.exec((await readData(space, form))['KS'] ?? '');
      if (match === null) throw new Error('the DSN is gone');
      return match;
    };
    return {
      ...realTime(() => space.leave()),
      port: sourcePort(space, form),
      target: TARGET,
      other: OTHER,
      async pointsAt() {
        const [, host = '', port = ''] = await found();
        return { host, port: Number(port) };
      },
      async rest() {
        const [whole] = await found();
        return JSON.stringify(await readData(space, form)).replace(whole, '%40@…/');
      },
      changeBySomebody: () => patchData(space, form, { NEW: '1' }),
      garble: () =>
        patchData(space, form, {
          KS: form.value(`${TARGET.host}:${TARGET.port}`).replace('postgresql+psycopg://geosync:', `${CANARY} is no dsn`),
        }),
      async takeAway() {
        const at = { namespace: space.name, name: SECRET };
        if (form.kind === 'secret') await lab.kubernetes.api.core.deleteNamespacedSecret(at);
        else await lab.kubernetes.api.core.deleteNamespacedConfigMap(at);
      },
    };
  };
}

for (const form of FORMS) describeConfigSourceConformance(`Kubernetes, ${form.name}`, { open: openSource(form) });

const APP = { kind: 'deployment', name: 'geosync-api' } as const;
const TRADING = { kind: 'deployment', name: 'trading' } as const;
const FULL = 2;

function workloadPort(space: LabNamespace, stallAfterMs = 10_000) {
  return createKubernetesWorkload({ connection: space.connection, workload: { ...APP, namespace: space.name }, stallAfterMs });
}

async function openWorkload(): Promise<WorkloadWorld> {
  const space = await lab.openNamespace();
  await space.deploy(APP.name, FULL);
  await space.settled(APP.name, FULL);
  const labels = `app=${APP.name}`;
  const paths = { scale: /^PATCH \/apis\/apps/, kill: /^DELETE / } as const;
  return {
    ...realTime(async () => {
      lab.gate.clear();
      await space.leave();
    }),
    port: workloadPort(space),
    full: FULL,
    running: () => space.processes(labels),
    fate: async (verb, fate: Fate) => lab.gate.fate(paths[verb], fate),
    async ignoreStop() {
      const [first = ''] = await space.answering(labels);
      await makeDeaf(first);
    },
    silence: async () => lab.gate.fate(/^GET .*\/pods/, 'timeout-before'),
  };
}

describeWorkloadConformance('Kubernetes Deployment', { open: openWorkload });

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

describe('Kubernetes config source', () => {
  const [plain] = FORMS as [Form, ...Form[]];
  const opened = async (extra: object = {}, owned: 'refuse' | 'patch' = 'refuse') => {
    const space = await lab.openNamespace();
    await putSource(space, plain, extra);
    return { space, port: sourcePort(space, plain, owned) };
  };

  test('the old value is kept beside it before it is replaced, and the first one stays', async () => {
    const { space, port } = await opened();
    const before = (await readData(space, plain))['KS'];
    await port.point(OTHER, (await port.read(scope())).version, scope({ key: 'inc/1/move/1' }));
    const kept = await lab.kubernetes.api.core.readNamespacedSecret({ namespace: space.name, name: `${SECRET}-holdfast-backup` });
    const values = Object.entries(kept.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
    expect(values).toEqual([[expect.stringMatching(/^inc_1_move_1\.KS\.[0-9a-f]{12}$/), before]]);
    await port.point(TARGET, (await port.read(scope())).version, scope({ key: 'inc/1/move/1' }));
    const again = await lab.kubernetes.api.core.readNamespacedSecret({ namespace: space.name, name: `${SECRET}-holdfast-backup` });
    expect(again.data).toEqual(kept.data);
  });

  test('an immutable Secret is refused with what to do', async () => {
    const { port } = await opened({ immutable: true });
    const { version } = await port.read(scope());
    expect(await errorOf(port.point(OTHER, version, scope()))).toMatchObject({ code: 'HF_CONFIG_IMMUTABLE' });
  });

  test('a Secret that a controller owns is refused, and the controller is named', async () => {
    const { port } = await opened({ metadata: { name: SECRET, labels: { 'reconcile.external-secrets.io/managed': 'true' } } });
    const { version } = await port.read(scope());
    expect(port.owner).toContain('External Secrets Operator');
    const error = await errorOf(port.point(OTHER, version, scope()));
    expect(error.code).toBe('HF_CONFIG_OWNED');
    expect(error.message).toContain('External Secrets Operator');
  });

  test('a patch that a controller undoes is a conflict that names the controller', async () => {
    const { space, port } = await opened({}, 'patch');
    const end = await lab.kubernetes.faults.revertSecret({ namespace: space.name, name: SECRET });
    const { version } = await port.read(scope());
    const error = await errorOf(port.point(OTHER, version, scope()));
    await end();
    expect(error.code).toBe('HF_CONFLICT');
    expect(error.evidence['by']).toContain('externalsecrets.external-secrets.io/lab');
  });

  test('a missing right is told with its verb and resource', async () => {
    const space = await lab.openNamespace((rbac) =>
      rbac.replace('resourceNames: [geosync-secrets], verbs: [get, patch]', 'resourceNames: [geosync-secrets], verbs: [get]'),
    );
    await putSource(space, plain);
    const port = sourcePort(space, plain);
    const error = await errorOf(port.point(OTHER, (await port.read(scope())).version, scope()));
    expect(error).toMatchObject({ code: 'HF_KUBERNETES_FORBIDDEN', evidence: { verb: 'patch', resource: 'secrets', target: SECRET } });
    expect(error.message).toContain('patch on secrets');
  });

  test('no answer of the API server gets into an error, though it quotes the Secret', async () => {
    const { port } = await opened();
    const { version } = await port.read(scope());
    lab.gate.fate(/^PATCH .*\/secrets\/geosync-secrets\?/, 'refuse');
    const error = await errorOf(port.point(OTHER, version, scope()));
    expect(error).toMatchObject({ code: 'HF_COMMAND_FAILED', evidence: { status: '422', reason: 'Invalid' } });
    expectNoSecret(error.toRecord());
  });
});

describe('Kubernetes workload', () => {
  test('a rolling restart is followed until it is complete, asked under one key once', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const port = workloadPort(space);
    const before = await port.list(scope());
    expect(before.every(({ revision, address }) => revision === 'current' && address !== undefined)).toBe(true);
    expect(await port.roll(scope({ key: 'inc/1/roll/1' }))).toMatchObject({ state: 'done' });
    const mid = await port.list(scope());
    expect(mid.filter(({ revision }) => revision === 'old').map(({ instance }) => instance)).toEqual(
      before.map(({ instance }) => instance),
    );
    expect(await port.rollout(60_000, scope())).toMatchObject({ state: 'complete' });
    expect(await port.roll(scope({ key: 'inc/1/roll/1' }))).toMatchObject({ state: 'found-done' });
    const after = await port.list(scope());
    expect(after.filter(({ instance }) => before.some((old) => old.instance === instance))).toEqual([]);
    expect(after.every(({ revision }) => revision === 'current')).toBe(true);
    await space.leave();
  });

  test('a restart whose new pods say no is stalled, and the pods’ own words say why', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const body = { spec: { template: { spec: { containers: [{ name: 'main', env: [{ name: 'UNREADY', value: '1' }] }] } } } };
    const { PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node');
    await lab.kubernetes.api.apps.patchNamespacedDeployment(
      { namespace: space.name, name: APP.name, body },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    const result = await workloadPort(space, 2_000).rollout(60_000, scope());
    expect(result.state).toBe('stalled');
    expect(result.detail).toMatch(/does not become ready/);
    expect(result.detail).toMatch(/statuscode: 503|status ?code/i);
    expectNoSecret(result);
    await space.leave();
  });

  test('a workload whose new pods crash is stalled at once, with how they end and the last lines of their log', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, 1, { crash: true });
    const result = await workloadPort(space, 60_000).rollout(60_000, scope());
    expect(result.state).toBe('stalled');
    expect(result.detail).toMatch(/exit 3/);
    expect(result.detail).toContain('the certificate was refused');
    expectNoSecret(result);
    await space.leave();
  });

  test('the API server freezes in the middle of a rollout: it is asked again', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const port = workloadPort(space);
    await port.roll(scope({ key: 'inc/1/roll/2' }));
    lab.gate.fate(/^GET /, { status: 503, body: '' });
    const followed = port.rollout(60_000, scope());
    setTimeout(() => lab.gate.clear(), 1_500);
    expect(await followed).toMatchObject({ state: 'complete' });
    await space.leave();
  });

  test('what somebody scaled up meanwhile is not scaled down, and is named', async () => {
    const space = await lab.openNamespace();
    await space.deploy(APP.name, FULL);
    await space.settled(APP.name, FULL);
    const port = workloadPort(space);
    await port.scale(0, scope());
    await space.scaleBySomebody(APP.name, FULL);
    const error = await errorOf(port.scale(1, scope()));
    expect(error).toMatchObject({ code: 'HF_CONFLICT', evidence: { found: String(FULL), wanted: '1' } });
    expect(error.message).toContain('somebody');
    expect(await port.strength(scope())).toMatchObject({ count: FULL, remembered: true });
    expect(await port.scale(FULL, scope())).toMatchObject({ state: 'done' });
    expect(await port.strength(scope())).toMatchObject({ count: FULL, remembered: false });
    await space.leave();
  });
});

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
    await putSource(space, FORMS[0] as Form);
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
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps' };
    await core.patchNamespacedSecret({ namespace: space.name, name: SECRET, body: { metadata: { labels } } }, asMergePatch);
    const found = (await readiness(space)).filter(({ state }) => state !== 'ok').map(({ state, detail }) => `${state} ${detail}`);
    await end();
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^fail .*spec\.paused/),
        expect.stringMatching(/^warn .*autoscaler geosync-api keeps at least 2/),
        expect.stringMatching(/^fail .*Flux \(apps\).*next-sync/),
      ]),
    );
    await space.leave();
  });
});
