// needs: kubernetes
import { describe, expect, test } from 'vitest';
import { asMergePatch } from '../../lab/kubernetes/index.js';
import { createKubernetesConfigSource } from '../../src/adapters/kubernetes/config-source.js';
import { describeConfigSourceConformance } from './config-source.suite.js';
import type { ConfigSourceWorld } from './config-source.suite.js';
import { CANARY, errorOf, expectNoSecret, realScope, realTime } from './harness.js';
import { kubernetesLabOfFile } from './kubernetes-lab.js';
import type { LabNamespace } from './kubernetes-lab.js';

const lab = kubernetesLabOfFile();

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
