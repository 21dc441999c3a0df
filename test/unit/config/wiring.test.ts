import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { declarationsOf, fenceClassOf } from '../../../src/config/declarations.js';
import { parseConfig } from '../../../src/config/load.js';
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

test.each([
  ['everything configured', text],
  [
    'no pause and no fence',
    replaceSection('tradingPause', "{ none: { manualKill: 'call the desk' } }").replace(/^ {4}fence:\n( {6}.*\n)+/m, ''),
  ],
  ['a pause by commands', replaceSection('tradingPause', '{ exec: { pause: [p, "{key}"], resume: [r], state: [s] } }')],
  ['a platform that keeps no key', text.replace('honoursKey: true', 'honoursKey: false')],
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

test('an unknown store is refused by its name', () => {
  const { config } = parseConfig(text, 'test.yaml');
  expect(() => createStorePorts(config, 'nope', { memory, prober: 'test' })).toThrow(expect.objectContaining({ code: 'HF_STORE_UNKNOWN' }));
});
