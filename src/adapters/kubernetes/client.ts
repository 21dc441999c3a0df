import {
  AppsV1Api,
  AuthorizationV1Api,
  AutoscalingV2Api,
  CoreV1Api,
  CustomObjectsApi,
  Observable,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { ConfigurationOptions, KubeConfig, ObservableMiddleware, RequestContext, ResponseContext } from '@kubernetes/client-node';
import { HoldfastError } from '../../domain/errors.js';
import type { ReadScope } from '../../ports/scope.js';
import { callWords, failureOfCall } from './api-failure.js';
import type { ApiCall } from './api-failure.js';
import { loadKubeConfig } from './connection.js';
import type { KubernetesConnection } from './connection.js';

/** Who Holdfast is in `managedFields`: GitOps tools can be told to ignore what this manager wrote. */
export const FIELD_MANAGER = 'holdfast';

/** Options of one call of the client; they carry its time limit. */
export type ApiOptions = ConfigurationOptions<ObservableMiddleware>;

/** The API groups that the adapters use. */
export interface Apis {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly policy: PolicyV1Api;
  readonly custom: CustomObjectsApi;
}

/** One opened connection: made for one port call, and forgotten with it. */
export interface KubernetesSession {
  readonly config: KubeConfig;
  readonly scope: ReadScope;
  readonly timeoutMs: number;
  /**
   * One call, bounded in time. `work` passes `options` on to the client. Errors: HF_CANCELLED, HF_KUBERNETES_*, HF_CONFLICT,
   * HF_COMMAND_FAILED, HF_EFFECT_UNKNOWN; never with a body of the API server in it.
   */
  call<T>(what: ApiCall, work: (apis: Apis, options: ApiOptions) => Promise<T>): Promise<T>;
}

/** Opens sessions. The only place that makes API clients. */
export type KubernetesClient = (scope: ReadScope) => Promise<KubernetesSession>;

/** A client for a connection. Nothing is opened and no secret is read before a session is. */
export function createKubernetesClient(connection: KubernetesConnection): KubernetesClient {
  const { timeoutMs } = connection;
  return async (scope) => {
    const config = await loadKubeConfig(connection.access);
    const apis: Apis = {
      core: config.makeApiClient(CoreV1Api),
      apps: config.makeApiClient(AppsV1Api),
      authorization: config.makeApiClient(AuthorizationV1Api),
      autoscaling: config.makeApiClient(AutoscalingV2Api),
      policy: config.makeApiClient(PolicyV1Api),
      custom: config.makeApiClient(CustomObjectsApi),
    };
    return {
      config,
      scope,
      timeoutMs,
      async call(what, work) {
        if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', `${callWords(what)}.`);
        const overTime = AbortSignal.timeout(timeoutMs);
        try {
          return await work(apis, boundedBy(AbortSignal.any([scope.signal, overTime])));
        } catch (error) {
          throw failureOfCall(error, what, { cancelled: scope.signal.aborted, overTime: overTime.aborted, timeoutMs });
        }
      },
    };
  };
}

/** The options for a merge patch: the client would send a JSON patch otherwise. */
export function asMergePatch(options: ApiOptions): ApiOptions {
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch, options);
}

/** The client has no time limit of its own. Its middleware must return its own kind of Observable, not a promise. */
function boundedBy(signal: AbortSignal): ApiOptions {
  return {
    middleware: [
      {
        pre: (context: RequestContext) => {
          context.setSignal(signal);
          return new Observable(Promise.resolve(context));
        },
        post: (context: ResponseContext) => new Observable(Promise.resolve(context)),
      },
    ],
    middlewareMergeStrategy: 'append',
  };
}
