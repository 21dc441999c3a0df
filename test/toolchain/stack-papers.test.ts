/** The guides for a real stack say what the code does: waits, readiness items, rights, annotations, owners, questions, names in the examples. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ANNOTATIONS } from '../../src/adapters/kubernetes/annotations.js';
import { requiredPermissions } from '../../src/adapters/kubernetes/permissions.js';
import { checkPlan } from '../../src/cli/check/check-plan.js';
import { parseConfig } from '../../src/config/load.js';
import { onKubernetes } from '../../src/config/platform.js';
import { storeOf } from '../../src/config/resolve-plan.js';
import { formatDuration } from '../../src/domain/duration.js';
import type { ManagerRules } from '../../src/domain/facts.js';
import { DEFAULT_RULES, electionMs, leastSettleMs, takeoverMs, timingLawHolds } from '../../src/domain/manager-rules.js';
import { DEFAULT_METRIC_QUESTIONS, METRIC_QUESTIONS } from '../../src/domain/metric-questions.js';
import { formatMetric } from '../../src/domain/metrics-review.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const cells = (...values: readonly string[]): string => `| ${values.join(' | ')} |`;

describe('examples/holdfast.patroni-kubernetes.yaml', () => {
  const { config } = parseConfig(read('examples/holdfast.patroni-kubernetes.yaml'), 'example');
  const store = storeOf(config, 'kill-switch');

  test('is valid, would get its plan, and leaves nothing out that readiness asks for', () => {
    expect(checkPlan(config, 'kill-switch')).toMatchObject([{ area: 'plan', state: 'ok' }]);
  });

  test('reads an unknown promotion back for as long as Patroni’s default rules ask for', () => {
    expect(store.cluster.patroni?.settle).toBeGreaterThanOrEqual(leastSettleMs(DEFAULT_RULES));
  });

  test('is served by the shipped rights: each that its objects need is granted, and no other', () => {
    const documents = parseAllDocuments(read('deploy/kubernetes/rbac.yaml')).map((document) => document.toJS() as Manifest);
    const role = documents.find(({ kind }) => kind === 'Role');
    const granted = (role?.rules ?? []).flatMap((rule) =>
      rule.verbs.flatMap((verb) =>
        rule.apiGroups.flatMap((group) =>
          rule.resources.flatMap((resource) => (rule.resourceNames ?? ['']).map((name) => `${verb} ${group}/${resource} ${name}`)),
        ),
      ),
    );
    const needed = requiredPermissions(onKubernetes(store)).map(
      ({ verb, group, resource, subresource, name = '' }) =>
        `${verb} ${group}/${resource}${subresource === undefined ? '' : `/${subresource}`} ${name}`,
    );
    expect(granted.toSorted()).toEqual([...new Set(needed)].toSorted());
    expect(role?.metadata.namespace).toBe(store.kubernetes?.namespace);
  });
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

describe('docs/patroni.md', () => {
  const page = read('docs/patroni.md');

  test('has the waits as the rules of two clusters give them', () => {
    const fast: ManagerRules = { ...DEFAULT_RULES, ttlMs: 20_000, loopWaitMs: 1_000, retryTimeoutMs: 3_000 };
    for (const wait of [takeoverMs, electionMs, leastSettleMs])
      expect(page).toContain(`| ${formatDuration(wait(DEFAULT_RULES))} | ${formatDuration(wait(fast))} |`);
    expect(page).toContain('ttl ≥ loop_wait + 2 × retry_timeout');
    expect(timingLawHolds({ ...DEFAULT_RULES, ttlMs: DEFAULT_RULES.loopWaitMs + 2 * DEFAULT_RULES.retryTimeoutMs })).toBe(true);
    expect(timingLawHolds({ ...DEFAULT_RULES, ttlMs: DEFAULT_RULES.loopWaitMs + 2 * DEFAULT_RULES.retryTimeoutMs - 1 })).toBe(false);
  });

  test('names every readiness item about the manager, and no other', () => {
    const source = ['check-manager.ts', 'check-manager-rules.ts'].map((file) => read(`src/cli/check/${file}`)).join('\n');
    const items = [...source.matchAll(/(?:ok|warn|fail)\(\s*'([a-z -]+)'/g)].map((found) => found[1] ?? '');
    const templates = [...source.matchAll(/`(manager (?:access )?)\$\{/g)].map((found) => `${found[1] ?? ''}<node>`);
    const told = [...(page.split('## Readiness')[1] ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map((found) => found[1] ?? '');
    expect([...new Set(told)].toSorted()).toEqual([...new Set([...items, ...templates])].toSorted());
  });
});

describe('docs/kubernetes.md', () => {
  const page = read('docs/kubernetes.md');

  test('names every annotation', () => {
    const told = [...page.matchAll(/^\| `([a-z.]+\/[A-Za-z-]+)` \|/gm)].map((found) => found[1] ?? '');
    expect(told.toSorted()).toEqual(Object.values(ANNOTATIONS).toSorted());
  });

  test('names every owner of a Secret that is known', () => {
    const known = [...read('src/adapters/kubernetes/owner.ts').matchAll(/words: [`']([A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)*)/g)];
    const owners = known.map((found) => found[1] ?? '');
    expect(owners.length).toBeGreaterThan(5);
    expect(owners.filter((owner) => !page.includes(`| ${owner}`))).toEqual([]);
  });
});

test('docs/metrics.md has the table of questions', () => {
  const rows = METRIC_QUESTIONS.map((name) => {
    const { means, look, limit, factor, unit } = DEFAULT_METRIC_QUESTIONS[name];
    return cells(
      `\`${name}\``,
      means,
      look,
      limit === undefined ? '' : formatMetric(limit, unit),
      factor === undefined ? '' : String(factor),
    );
  });
  expect(read('docs/metrics.md').replaceAll('|  |', '| |')).toContain(rows.join('\n').replaceAll('|  |', '| |'));
});
