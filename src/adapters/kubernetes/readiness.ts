import { HoldfastError } from '../../domain/errors.js';
import type { PlatformFinding, PlatformPort } from '../../ports/platform.js';
import { createKubernetesClient } from './client.js';
import type { KubernetesSession } from './client.js';
import type { KubernetesConnection } from './connection.js';
import { readController } from './controller.js';
import { ownerOf, undoesPatches } from './owner.js';
import { permissionWords, requiredPermissions } from './permissions.js';
import type { KubernetesObjects, Permission } from './permissions.js';
import { budgetFindings, controllerFindings, scalerFindings } from './readiness-findings.js';
import { readBudgets, readScalers } from './scalers.js';
import { readSource, sourceWords } from './source-object.js';

/** Options of {@link createKubernetesReadiness}. */
export interface KubernetesReadinessOptions extends KubernetesObjects {
  readonly connection: KubernetesConnection;
  /** Key of the source that holds the DSN. */
  readonly key?: string;
  readonly owned?: 'refuse' | 'patch';
  /** Times of the run that the workload's own settings are held against, milliseconds. */
  readonly stopGraceMs: number;
  readonly verifyBudgetMs: number;
}

const NO_NEXT = '';

/** Asks the API server what would hold up an incident: rights, the owner of the source, autoscalers, budgets, the workloads' settings. */
export function createKubernetesReadiness(options: KubernetesReadinessOptions): PlatformPort {
  const open = createKubernetesClient(options.connection);
  return {
    kind: 'kubernetes',
    async readiness(scope) {
      let session: KubernetesSession;
      try {
        session = await open(scope);
      } catch (error) {
        return [failed('kubernetes', error)];
      }
      const unverified: PlatformFinding = {
        area: 'kubernetes',
        state: 'fail',
        detail: 'the kubeconfig says not to verify the API server’s certificate: the token could go to anybody',
        next: 'Give its certificate authority, and take insecure-skip-tls-verify out.',
      };
      const parts = await Promise.all([
        guarded('kubernetes rights', () => permissionFindings(session, options)),
        guarded('kubernetes source', () => sourceFindings(session, options)),
        ...[options.workload, options.trading].flatMap((ref) =>
          ref === undefined
            ? []
            : [
                guarded(`kubernetes ${ref.kind} ${ref.name}`, async () => {
                  const controller = await readController(session, ref);
                  const [scalers, budgets] = await Promise.all([readScalers(session, ref), readBudgets(session, ref.namespace)]);
                  return [
                    ...controllerFindings(controller, options),
                    ...scalerFindings(ref, scalers, ref === options.trading),
                    ...budgetFindings(controller, budgets),
                  ];
                }),
              ],
        ),
      ]);
      return [...(session.config.getCurrentCluster()?.skipTLSVerify === true ? [unverified] : []), ...parts.flat()];
    },
  };
}

async function permissionFindings(session: KubernetesSession, options: KubernetesReadinessOptions): Promise<readonly PlatformFinding[]> {
  const permissions = requiredPermissions(options);
  const allowed = await Promise.all(permissions.map((permission) => isAllowed(session, permission)));
  const missing = permissions.filter((_, index) => allowed[index] === false);
  if (missing.length === 0) {
    return [{ area: 'kubernetes rights', state: 'ok', detail: `all ${permissions.length} rights are granted`, next: NO_NEXT }];
  }
  return missing.map((permission) => ({
    area: 'kubernetes rights',
    state: permission.weight === 'needed' ? 'fail' : 'warn',
    detail: `missing: ${permissionWords(permission)}; without it Holdfast cannot ${permission.why}`,
    next: `Grant the verb ${permission.verb} on ${permission.resource}${permission.subresource === undefined ? '' : `/${permission.subresource}`} to Holdfast’s ServiceAccount (deploy/kubernetes).`,
  }));
}

/** Asks the API server itself; every authenticated account may. */
async function isAllowed(session: KubernetesSession, permission: Permission): Promise<boolean> {
  const { verb, group, resource, subresource, namespace, name } = permission;
  const resourceAttributes = {
    verb,
    group,
    resource,
    namespace,
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
  };
  const review = await session.call(
    { verb: 'create', resource: 'selfsubjectaccessreviews', namespace, effect: false },
    ({ authorization }, apiOptions) => authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } }, apiOptions),
  );
  return review.status?.allowed === true;
}

async function sourceFindings(session: KubernetesSession, options: KubernetesReadinessOptions): Promise<readonly PlatformFinding[]> {
  const { source, key } = options;
  if (source === undefined || key === undefined) return [];
  const object = await readSource(session, source, key);
  const area = 'kubernetes source';
  const owner = ownerOf(object.metadata, ['data', key]);
  const words = `${sourceWords(source)}, owned by ${owner.words}`;
  const immutable: PlatformFinding = {
    area,
    state: 'fail',
    detail: `${sourceWords(source)} is immutable: it cannot be pointed at another node`,
    next: 'Make a mutable one of another name, and let the workload and the configuration use it.',
  };
  const undone: PlatformFinding = {
    area,
    state: options.owned === 'patch' ? 'warn' : 'fail',
    detail: `${words}: a patch would be undone (${owner.reverts})`,
    next: owner.instead,
  };
  const release: PlatformFinding = {
    area,
    state: 'warn',
    detail: `${words}: the next release writes the old value again`,
    next: 'After a failover, put the new value into the release before the next one.',
  };
  return [
    ...(object.immutable ? [immutable] : []),
    undoesPatches(owner) ? undone : owner.reverts === 'release' ? release : { area, state: 'ok', detail: words, next: NO_NEXT },
  ];
}

async function guarded(area: string, work: () => Promise<readonly PlatformFinding[]>): Promise<readonly PlatformFinding[]> {
  try {
    return await work();
  } catch (error) {
    return [failed(area, error)];
  }
}

function failed(area: string, error: unknown): PlatformFinding {
  if (!(error instanceof HoldfastError)) throw error;
  return { area, state: 'fail', detail: `${error.code}: ${error.message}`, next: 'See the code; correct access, name or rights.' };
}
