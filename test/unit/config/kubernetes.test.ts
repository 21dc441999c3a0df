import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.js';
import { manualOf } from '../../../src/config/manual.js';
import { onKubernetes } from '../../../src/config/platform.js';
import { planProblems } from '../../../src/config/plan-problems.js';
import { gatesOf } from '../../../src/config/gates.js';
import { HoldfastError } from '../../../src/domain/errors.js';

const full = await readFile(new URL('../../../examples/holdfast.full.yaml', import.meta.url), 'utf8');

interface Sections {
  /** In place of the instances. */
  readonly found?: string;
  readonly kubernetes?: string;
  readonly workload?: string;
  readonly configSource?: string;
  readonly tradingPause?: string;
}

const DEFAULTS: Required<Omit<Sections, 'found'>> = {
  kubernetes: '{ namespace: geosync, kubeconfig: /etc/holdfast/kubeconfig, context: prod }',
  workload: '{ kubernetes: { deployment: geosync-api } }',
  configSource: '{ kubernetes: { secret: geosync-secrets, key: KS, path: [dsn] } }',
  tradingPause: '{ scale: { deployment: trading } }',
};

const INSTANCES = /^ {6}instances:\n( {8}- .*\n)+/m;

/** The full example with parts of the store on Kubernetes. */
function text(sections: Sections): string {
  const all = { ...DEFAULTS, ...sections };
  const replaced = (['workload', 'configSource', 'tradingPause'] as const).reduce(
    (current, name) => current.replace(new RegExp(`^    ${name}:\\n(      .*\\n)+`, 'm'), `    ${name}: ${all[name]}\n`),
    (sections.workload ?? DEFAULTS.workload).includes('kubernetes')
      ? full.replace(INSTANCES, `      ${sections.found ?? 'found: { port: 8443 }'}\n`)
      : full,
  );
  return all.kubernetes === '' ? replaced : replaced.replace(/^ {4}cluster:\n/m, (line) => `    kubernetes: ${all.kubernetes}\n${line}`);
}

const parsed = (sections: Sections = {}) => parseConfig(text(sections), 'test.yaml').config;

function storeOf(sections: Sections = {}) {
  const store = parsed(sections).stores['kill-switch'];
  if (store === undefined) throw new Error('the store is gone');
  return store;
}

function problemsOf(sections: Sections): string {
  try {
    parsed(sections);
    return '';
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return Object.entries(error.evidence)
      .map(([where, what]) => `${where}: ${what}`)
      .join('\n');
  }
}

describe('a store on Kubernetes', () => {
  test('its objects have the namespace of `kubernetes` when they name none', () => {
    expect(onKubernetes(storeOf({ tradingPause: '{ scale: { statefulSet: trading, namespace: desk } }' }))).toEqual({
      workload: { kind: 'deployment', name: 'geosync-api', namespace: 'geosync' },
      source: { kind: 'secret', name: 'geosync-secrets', namespace: 'geosync' },
      trading: { kind: 'statefulset', name: 'trading', namespace: 'desk' },
    });
  });

  test.each([
    ['no access', { kubernetes: '' }, 'kubernetes: is missing'],
    [
      'two ways of access',
      { kubernetes: '{ namespace: n, kubeconfig: /k, server: "https://x", ca: "file:/c", token: "env:T" }' },
      'both `kubeconfig` and `server`',
    ],
    ['half an access', { kubernetes: '{ namespace: n, server: "https://x" }' }, 'only a part'],
    ['a server without TLS', { kubernetes: '{ namespace: n, server: "http://x", ca: "file:/c", token: "env:T" }' }, 'without TLS'],
    ['a literal token', { kubernetes: '{ namespace: n, server: "https://x", ca: "file:/c", token: canary-7b1f }' }, 'is not a reference'],
    ['pods without a port', { found: 'instances: []' }, 'found: is missing'],
    ['pods with names', { found: "found: { port: 1 }\n      instances: [{ name: a, url: 'http://x' }]" }, 'pods are found by themselves'],
    ['no workload', { workload: '{ kubernetes: {} }' }, 'not exactly one workload'],
    ['two sources', { configSource: '{ kubernetes: { secret: a, configMap: b, key: K } }' }, 'not exactly one object'],
    ['a name that is none', { workload: '{ kubernetes: { deployment: Geo_Sync } }' }, 'is not a name of Kubernetes'],
  ] as const)('refused: %s', (_name, sections, words) => {
    const problems = problemsOf(sections);
    expect(problems).toContain(words);
    expect(problems).not.toContain('canary-7b1f');
  });

  test('a pause that scales what serves the admin API is refused', () => {
    const sections = { tradingPause: '{ scale: { deployment: geosync-api } }' };
    const config = parsed(sections);
    const problems = planProblems({
      config,
      storeName: 'kill-switch',
      store: storeOf(sections),
      mode: 'incident',
      gates: gatesOf(config),
      starterUnknown: false,
    });
    expect(problems.map(({ rule }) => rule)).toContain('pause-stops-admin');
  });

  test('the manual continuation is kubectl commands, and no value goes through a command line', () => {
    const { commands, config } = manualOf(storeOf());
    expect(config).toEqual({ where: 'Secret geosync-secrets in namespace geosync', key: 'KS', path: ['dsn'] });
    expect(commands.stopAll?.join('\n')).toContain('kubectl --context=prod -n geosync scale deployment/geosync-api --replicas=0');
    expect(commands.startFirst?.join('\n')).toContain("-H 'Host: geosync.example.org' 'http://<its IP>:8443/health'");
    expect(commands.pauseTrading).toContain('scale deployment/trading --replicas=0');
    const point = commands.point?.join('\n') ?? '';
    expect(point).toContain('--patch-file=patch.json');
    expect(point).not.toMatch(/ -p |--patch=|--from-literal/);
  });
});
