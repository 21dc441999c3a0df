import type { V1ManagedFieldsEntry, V1OwnerReference } from '@kubernetes/client-node';
import { writersOf } from './managers.js';

/** Who would undo a change of the object, and when. */
export interface SourceOwner {
  /** Words for people. */
  readonly words: string;
  /**
   * `at-once`: a controller puts the old value back within moments. `next-sync`: at its next look, which may be moments or hours away.
   * `release`: only with the next release. `nobody`: nothing known undoes it.
   */
  readonly reverts: 'at-once' | 'next-sync' | 'release' | 'nobody';
  /** What to do instead of a patch; empty when a patch stays. */
  readonly instead: string;
}

/** The metadata from which an owner is told. */
export interface OwnedMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly V1OwnerReference[];
  readonly managedFields?: readonly V1ManagedFieldsEntry[];
}

interface Seen {
  readonly label: (name: string) => string | undefined;
  readonly annotation: (name: string) => string | undefined;
  readonly ownedBy: (...kinds: readonly string[]) => string | undefined;
  readonly manager: (form: RegExp) => string | undefined;
}

/** The known owners, the one that acts fastest first. Sources of each mark: the controllers' own code and documentation. */
const OWNERS: readonly ((seen: Seen) => SourceOwner | undefined)[] = [
  ({ label, annotation, ownedBy, manager }) => {
    const external = ownedBy('ExternalSecret', 'ClusterExternalSecret') ?? manager(/^externalsecrets\.external-secrets\.io\//);
    if (
      external === undefined &&
      label('reconcile.external-secrets.io/managed') !== 'true' &&
      annotation('reconcile.external-secrets.io/data-hash') === undefined
    )
      return undefined;
    return {
      words: `External Secrets Operator${external === undefined ? '' : ` (${external})`}`,
      reverts: 'at-once',
      instead: 'Change the value in the backing store, then annotate the ExternalSecret with force-sync and wait for the Secret to change.',
    };
  },
  ({ label, ownedBy }) => {
    const vault = ownedBy('VaultStaticSecret', 'VaultDynamicSecret', 'VaultPKISecret', 'HCPVaultSecretsApp');
    if (
      vault === undefined &&
      label('app.kubernetes.io/managed-by') !== 'hashicorp-vso' &&
      label('secrets.hashicorp.com/vso-ownerRefUID') === undefined
    )
      return undefined;
    return {
      words: `Vault Secrets Operator${vault === undefined ? '' : ` (${vault})`}`,
      reverts: 'next-sync',
      instead: 'Write the value to Vault.',
    };
  },
  ({ label }) =>
    label('secrets-store.csi.k8s.io/managed') === 'true'
      ? { words: 'Secrets Store CSI driver', reverts: 'next-sync', instead: 'Change the value at the driver’s provider.' }
      : undefined,
  ({ annotation, ownedBy }) => {
    const sealed = ownedBy('SealedSecret');
    return sealed === undefined && annotation('sealedsecrets.bitnami.com/managed') === undefined
      ? undefined
      : {
          words: `Sealed Secrets${sealed === undefined ? '' : ` (${sealed})`}`,
          reverts: 'next-sync',
          instead: 'Commit a new SealedSecret.',
        };
  },
  ({ annotation, label, manager }) => {
    const tracking =
      annotation('argocd.argoproj.io/tracking-id') ?? label('argocd.argoproj.io/instance') ?? manager(/^argocd-(application-)?controller$/);
    return tracking === undefined
      ? undefined
      : {
          words: `Argo CD (${tracking})`,
          reverts: 'next-sync',
          instead:
            'Commit the change to Git, or let the Application ignore this field (ignoreDifferences with RespectIgnoreDifferences=true) beforehand.',
        };
  },
  ({ label, manager }) => {
    const flux =
      label('kustomize.toolkit.fluxcd.io/name') ?? label('helm.toolkit.fluxcd.io/name') ?? manager(/^(kustomize|helm)-controller$/);
    return flux === undefined
      ? undefined
      : {
          words: `Flux (${flux})`,
          reverts: 'next-sync',
          instead: 'Commit the change to Git, or suspend the Kustomization or HelmRelease.',
        };
  },
  ({ label, annotation }) => {
    const release = annotation('meta.helm.sh/release-name');
    return release === undefined && label('app.kubernetes.io/managed-by') !== 'Helm'
      ? undefined
      : { words: `Helm${release === undefined ? '' : ` (release ${release})`}`, reverts: 'release', instead: '' };
  },
  // A controller that is not known, and that keeps the object as its own.
  ({ ownedBy }) => {
    const other = ownedBy();
    return other === undefined
      ? undefined
      : { words: `controller of ${other}`, reverts: 'next-sync', instead: `Change the value where ${other} takes it from.` };
  },
];

/**
 * Who owns the object, told from labels, annotations, owner references and field managers. Pure.
 *
 * @param path the field that would be changed: `['data', 'DSN']`. A manager that applies it (server-side apply) enforces it at its next apply.
 */
export function ownerOf(metadata: OwnedMetadata, path: readonly string[]): SourceOwner {
  const managed = metadata.managedFields ?? [];
  const seen: Seen = {
    label: (name) => metadata.labels?.[name],
    annotation: (name) => metadata.annotations?.[name],
    ownedBy: (...kinds) => {
      const found = metadata.ownerReferences?.find(({ kind, controller }) =>
        kinds.length === 0 ? controller === true : kinds.includes(kind),
      );
      return found === undefined ? undefined : `${found.kind} ${found.name}`;
    },
    manager: (form) => managed.map(({ manager }) => manager ?? '').find((manager) => form.test(manager)),
  };
  for (const known of OWNERS) {
    const owner = known(seen);
    if (owner !== undefined) return owner;
  }
  const applied = writersOf(
    managed.filter(({ operation }) => operation === 'Apply'),
    path,
  )[0];
  if (applied !== undefined) {
    return { words: `nobody known; the field is applied by ${applied.manager}`, reverts: 'release', instead: '' };
  }
  const writer = writersOf(managed, path)[0];
  return { words: writer === undefined ? 'nobody' : `nobody; last written by ${writer.manager}`, reverts: 'nobody', instead: '' };
}

/** Whether a patch must be expected to be undone before the application has used it. */
export function undoesPatches(owner: SourceOwner): boolean {
  return owner.reverts === 'at-once' || owner.reverts === 'next-sync';
}
