import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { requiredPermissions } from '../../../../src/adapters/kubernetes/permissions.js';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rbac = await readFile(new URL('../../../../deploy/kubernetes/rbac.yaml', import.meta.url), 'utf8');
const documents = parseAllDocuments(rbac).map((document) => document.toJS() as { kind: string; rules?: readonly Rule[] });

test('the Role that is shipped grants exactly what the adapters use', () => {
  const namespace = 'geosync';
  const required = requiredPermissions({
    workload: { kind: 'deployment', name: 'geosync-api', namespace },
    source: { kind: 'secret', name: 'geosync-secrets', namespace },
    trading: { kind: 'deployment', name: 'trading', namespace },
  }).map(({ verb, group, resource, subresource, name }) =>
    [verb, group, subresource === undefined ? resource : `${resource}/${subresource}`, name ?? '*'].join(' '),
  );
  const granted = documents
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups, resources, resourceNames = ['*'], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => resourceNames.flatMap((name) => verbs.map((verb) => [verb, group, resource, name].join(' ')))),
      ),
    );
  expect(granted.toSorted()).toEqual(required.toSorted());
});

test('no right to create, and none on a Secret without its name', () => {
  const rules = documents.flatMap(({ rules: own = [] }) => own);
  expect(rules.filter(({ verbs }) => verbs.includes('create') || verbs.includes('*'))).toEqual([]);
  expect(rules.filter(({ resources, resourceNames }) => resources.includes('secrets') && resourceNames === undefined)).toEqual([]);
});
