import { expect, test } from 'vitest';
import { ownerOf, undoesPatches } from '../../../../src/adapters/kubernetes/owner.js';
import type { OwnedMetadata } from '../../../../src/adapters/kubernetes/owner.js';

const FIELD = ['data', 'DSN'];
const owned = (kind: string, name = 'geosync'): OwnedMetadata => ({
  ownerReferences: [{ apiVersion: 'x/v1', kind, name, uid: 'u', controller: true }],
});
const managed = (manager: string, operation = 'Update', key = 'DSN'): OwnedMetadata => ({
  managedFields: [{ manager, operation, time: new Date(1000), fieldsV1: { 'f:data': { '.': {}, [`f:${key}`]: {} } } }],
});

test.each([
  ['External Secrets by label', { labels: { 'reconcile.external-secrets.io/managed': 'true' } }, 'External Secrets', 'at-once'],
  ['External Secrets by owner', owned('ExternalSecret'), 'ExternalSecret geosync', 'at-once'],
  ['External Secrets by manager', managed('externalsecrets.external-secrets.io/geosync'), 'External Secrets', 'at-once'],
  ['Vault Secrets Operator', { labels: { 'app.kubernetes.io/managed-by': 'hashicorp-vso' } }, 'Vault', 'next-sync'],
  ['Secrets Store CSI', { labels: { 'secrets-store.csi.k8s.io/managed': 'true' } }, 'CSI', 'next-sync'],
  ['Sealed Secrets', owned('SealedSecret'), 'SealedSecret geosync', 'next-sync'],
  ['Argo CD by tracking id', { annotations: { 'argocd.argoproj.io/tracking-id': 'app:/Secret:geosync/s' } }, 'Argo CD', 'next-sync'],
  ['Argo CD by manager', managed('argocd-controller', 'Apply', 'OTHER'), 'Argo CD', 'next-sync'],
  ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'Flux (apps)', 'next-sync'],
  ['Helm', { annotations: { 'meta.helm.sh/release-name': 'geosync' } }, 'Helm (release geosync)', 'release'],
  ['a controller that is not known', owned('GeoSync', 'main'), 'GeoSync main', 'next-sync'],
  ['a pipeline that applies the field', managed('pipeline', 'Apply'), 'applied by pipeline', 'release'],
  ['a person', managed('kubectl-edit'), 'nobody; last written by kubectl-edit', 'nobody'],
  ['nobody', {}, 'nobody', 'nobody'],
] as const)('%s', (_name, metadata, words, reverts) => {
  const owner = ownerOf(metadata, FIELD);
  expect(owner.words).toContain(words);
  expect(owner.reverts).toBe(reverts);
  expect(undoesPatches(owner)).toBe(owner.instead !== '');
});

test('a manager of another key does not own this one', () => {
  expect(ownerOf(managed('somebody', 'Update', 'OTHER'), FIELD).words).toBe('nobody');
});
