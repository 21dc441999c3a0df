import type { ControllerRef } from './controller.js';
import { backupName } from './backup.js';
import type { SourceRef } from './source-object.js';

/** One right, as RBAC knows it. */
export interface Permission {
  readonly verb: string;
  /** API group; empty for the core. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
  /** Absent: every object of the namespace. */
  readonly name?: string;
  /** What Holdfast cannot do without it. */
  readonly why: string;
  /** `needed`: an incident stands still without it. `useful`: something is explained or noticed less. */
  readonly weight: 'needed' | 'useful';
}

/** The objects that the adapters of one store read and change. */
export interface KubernetesObjects {
  readonly workload?: ControllerRef;
  readonly source?: SourceRef;
  readonly trading?: ControllerRef;
}

/** The rights that the adapters use, and no other. deploy/kubernetes grants exactly these. */
export function requiredPermissions(objects: KubernetesObjects): readonly Permission[] {
  const { workload, source, trading } = objects;
  return unique([
    ...(source === undefined ? [] : sourcePermissions(source)),
    ...(workload === undefined ? [] : [...controllerPermissions(workload, 'the application'), ...followPermissions(workload)]),
    ...(trading === undefined ? [] : controllerPermissions(trading, 'trading')),
  ]);
}

function sourcePermissions({ kind, name, namespace }: SourceRef): readonly Permission[] {
  const resource = `${kind}s`;
  const needed = { group: '', namespace, weight: 'needed' } as const;
  const backup = { ...needed, resource: 'secrets', name: backupName(name), why: 'keep the old DSN where only the cluster can read it' };
  return [
    { ...needed, verb: 'get', resource, name, why: 'read where the application points' },
    { ...needed, verb: 'patch', resource, name, why: 'point the application at the promoted node' },
    { ...backup, verb: 'get' },
    { ...backup, verb: 'patch' },
  ];
}

function controllerPermissions({ kind, name, namespace }: ControllerRef, whose: string): readonly Permission[] {
  const needed = { namespace, weight: 'needed' } as const;
  const own = { ...needed, group: 'apps', resource: `${kind}s`, name };
  const useful = { namespace, weight: 'useful' } as const;
  return [
    { ...own, verb: 'get', why: `read the scale of ${whose}` },
    { ...own, verb: 'patch', why: `scale ${whose}, and remember its replicas` },
    ...(kind === 'deployment'
      ? [{ ...needed, group: 'apps', resource: 'replicasets', verb: 'list', why: 'tell new pods from old ones' } as const]
      : []),
    { ...needed, group: '', resource: 'pods', verb: 'list', why: `prove that every pod of ${whose} is gone` },
    {
      ...useful,
      group: 'autoscaling',
      resource: 'horizontalpodautoscalers',
      verb: 'list',
      why: 'notice an autoscaler that brings replicas back',
    },
    { ...useful, group: 'keda.sh', resource: 'scaledobjects', verb: 'list', why: 'notice KEDA, which brings replicas back from 0' },
    { ...useful, group: 'policy', resource: 'poddisruptionbudgets', verb: 'list', why: 'name the budgets that hold up evictions' },
  ];
}

function followPermissions({ kind, name, namespace }: ControllerRef): readonly Permission[] {
  const needed = { namespace, weight: 'needed' } as const;
  const useful = { namespace, weight: 'useful' } as const;
  return [
    { ...needed, group: 'apps', resource: `${kind}s`, name, verb: 'watch', why: 'follow a rollout without polling' },
    { ...needed, group: '', resource: 'pods', verb: 'watch', why: 'follow a rollout without polling' },
    { ...needed, group: '', resource: 'pods', verb: 'get', why: 'tell a pod that is gone from somebody else’s' },
    { ...needed, group: '', resource: 'pods', verb: 'delete', why: 'end a process that ignores SIGTERM (grace 1 s)' },
    { ...useful, group: '', resource: 'pods', subresource: 'log', verb: 'get', why: 'explain a stalled rollout from the pod’s own log' },
    { ...useful, group: '', resource: 'events', verb: 'list', why: 'explain a stalled rollout from probe answers' },
  ];
}

/** The right in words: `patch deployments.apps geosync-api in namespace geosync`. */
export function permissionWords({ verb, group, resource, subresource, name, namespace }: Permission): string {
  const full = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  return `${verb} ${full}${name === undefined ? '' : ` ${name}`} in namespace ${namespace}`;
}

function unique(all: readonly Permission[]): readonly Permission[] {
  const seen = new Map(all.map((permission) => [permissionWords(permission), permission]));
  return [...seen.values()];
}
