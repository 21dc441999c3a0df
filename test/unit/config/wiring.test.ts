import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { declarationsOf, fenceClassOf, isManaged, patroniMembers } from '../../../src/config/declarations.js';
import { parseConfig } from '../../../src/config/load.js';
import { manualOf } from '../../../src/config/manual.js';
import { storeOf } from '../../../src/config/resolve-plan.js';
import type { AdapterDeclarations, PlannedNode } from '../../../src/domain/plan.js';
import type { StorePorts } from '../../../src/ports/index.js';
import type { StoreMemoryPort } from '../../../src/ports/store-memory.js';
import { createStorePorts } from '../../../src/wiring.js';

const full = fileURLToPath(new URL('../../../examples/holdfast.full.yaml', import.meta.url));
const text = await readFile(full, 'utf8');
const memory: StoreMemoryPort = {
  arming: () => Promise.resolve({ armed: false }),
  lastSnapshot: () => Promise.resolve(undefined),
  lastPlan: () => Promise.resolve(undefined),
  rememberPlan: () => Promise.resolve(),
};

/** What the adapters themselves say. */
function declared(ports: StorePorts, notifiers: number): AdapterDeclarations {
  const pause = ports.tradingPause;
  return {
    cluster: { kind: ports.cluster.kind, promote: ports.cluster.promoteClass, settleMs: ports.cluster.settleMs },
    workload: { kind: ports.workload.kind, rolls: ports.workload.rolls, found: ports.workload.kind === 'kubernetes' },
    configSource: { kind: ports.configSource.kind, form: ports.configSource.form, owner: ports.configSource.owner },
    pause: {
      kind: pause.kind,
      able: pause.able,
      pause: pause.pauseClass,
      resume: pause.resumeClass,
      settleMs: pause.settleMs,
      restingOrders: pause.restingOrders,
      manualKill: pause.manualKill,
    },
    fence: { kind: ports.fence.kind },
    notifiers: Array.from({ length: notifiers }, () => ports.notifier.kind),
    archive: { kind: ports.archive.kind },
    ...(ports.metrics.able ? { metrics: { kind: ports.metrics.kind, ...ports.metrics.times } } : {}),
  };
}

const KUBERNETES = '    kubernetes: { namespace: geosync, server: "https://api.example.org:6443", ca: "file:/ca", token: "env:TOKEN" }\n';
const onKubernetes = (source: string, pause: string): string =>
  ['workload', 'configSource', 'tradingPause']
    .reduce(
      (changed, name, index) =>
        changed.replace(
          new RegExp(`^    ${name}:\\n(      .*\\n)+`, 'm'),
          `    ${name}: ${['{ kubernetes: { deployment: geosync-api } }', source, pause][index]}\n`,
        ),
      text,
    )
    .replace(/^ {6}instances:\n( {8}- .*\n)+/m, '      found: { port: 8443 }\n')
    .replace(/^ {4}cluster:\n/m, (line) => KUBERNETES + line);

const replaceSection = (name: string, body: string) =>
  text.replace(new RegExp(`^    ${name}:\\n(      .*\\n)+`, 'm'), `    ${name}: ${body}\n`);

const patroni = text
  .replace('adapter: postgres', 'adapter: patroni\n      patroni: { scope: geosync, settle: 90s }')
  .replace(', candidate: true, managed: false', '');

test.each([
  ['everything configured', text],
  [
    'no pause and no fence',
    replaceSection('tradingPause', "{ none: { manualKill: 'call the desk' } }").replace(/^ {4}fence:\n( {6}.*\n)+/m, ''),
  ],
  ['a pause by commands', replaceSection('tradingPause', '{ exec: { pause: [p, "{key}"], resume: [r], state: [s] } }')],
  ['a platform that keeps no key', text.replace('honoursKey: true', 'honoursKey: false')],
  ['no monitoring system', text.replace(/^ {4}metrics:.*\n( {6}.*\n)+/m, '')],
  ['Patroni', patroni],
  [
    'everything on Kubernetes',
    onKubernetes(
      '{ kubernetes: { secret: geosync-secrets, key: KS, path: [dsn], owned: patch } }',
      '{ scale: { deployment: trading, restingOrders: left } }',
    ),
  ],
  [
    'a ConfigMap, a StatefulSet, another namespace',
    onKubernetes('{ kubernetes: { configMap: settings, key: KS } }', '{ scale: { statefulSet: trading, namespace: desk } }'),
  ],
  ['a plain key', text.replace(/^ *path: \[dsn\].*\n/m, '')],
])('what the plan says about the adapters is what they say: %s', (_name, changed) => {
  const { config } = parseConfig(changed, 'test.yaml');
  const store = storeOf(config, 'kill-switch');
  const ports = createStorePorts(config, 'kill-switch', { memory, prober: 'test' });
  expect(declarationsOf(store)).toEqual(declared(ports, store.notify.length));
  for (const node of store.cluster.nodes) expect(fenceClassOf(store, node.name)).toBe(ports.fence.classOf(node as PlannedNode));
});

test('what stands under Patroni is managed by it, at addresses of its own', () => {
  const { cluster } = storeOf(parseConfig(patroni, 'test.yaml').config, 'kill-switch');
  expect(cluster.nodes.map((node) => isManaged(storeOf(parseConfig(patroni, 'test.yaml').config, 'kill-switch'), node))).toEqual([
    true,
    true,
  ]);
  expect(patroniMembers(cluster)).toEqual([
    { node: 'a', member: 'a', url: 'http://db-a.example.org:8008' },
    { node: 'b', member: 'b', url: 'http://db-b.example.org:8008' },
  ]);
  const other = patroni.replace(
    'settle: 90s',
    'restPort: 8009, tls: { ca: file:/ca }, names: { a: pg-1 }, members: { b: "https://10.0.0.2:8443/patroni-b" }',
  );
  expect(patroniMembers(storeOf(parseConfig(other, 'test.yaml').config, 'kill-switch').cluster)).toEqual([
    { node: 'a', member: 'pg-1', url: 'https://db-a.example.org:8009' },
    { node: 'b', member: 'b', url: 'https://10.0.0.2:8443/patroni-b' },
  ]);
});

test('the manual continuation asks Patroni by files and variables, never by a value', () => {
  const secured = patroni.replace('settle: 90s', 'tls: { ca: file:/etc/ca.pem }, username: env:PATRONI_USER, password: file:/etc/patroni');
  const { commands } = manualOf(storeOf(parseConfig(secured, 'test.yaml').config, 'kill-switch'));
  expect(commands.managerView?.[0]).toBe('curl -sS --cacert /etc/ca.pem https://db-a.example.org:8008/cluster');
  expect(commands.promote?.['b']).toBe(
    `curl -sS --cacert /etc/ca.pem -u "$PATRONI_USER:$(cat /etc/patroni)" -H 'Content-Type: application/json' -d '{"candidate":"b"}' https://db-b.example.org:8008/failover`,
  );
});

test('an unknown store is refused by its name', () => {
  const { config } = parseConfig(text, 'test.yaml');
  expect(() => createStorePorts(config, 'nope', { memory, prober: 'test' })).toThrow(expect.objectContaining({ code: 'HF_STORE_UNKNOWN' }));
});
