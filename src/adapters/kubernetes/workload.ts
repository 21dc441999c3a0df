import { HoldfastError } from '../../domain/errors.js';
import type { EffectResult } from '../../ports/cluster.js';
import type { RolloutState, WorkloadPort } from '../../ports/workload.js';
import { ANNOTATIONS } from './annotations.js';
import { isMissing } from './api-failure.js';
import { changeController } from './change.js';
import type { ControllerStep } from './change.js';
import { createKubernetesClient } from './client.js';
import type { KubernetesSession } from './client.js';
import type { KubernetesConnection } from './connection.js';
import { readController, refWords } from './controller.js';
import type { Controller, ControllerRef } from './controller.js';
import { podEvidence } from './pod-evidence.js';
import { instanceOf, listPods } from './pods.js';
import { judgeRollout } from './rollout.js';
import type { RolloutVerdict } from './rollout.js';
import { planScale, strengthOf } from './scale.js';
import { watchedObject, watchedPods, watchPaths } from './watch.js';

/** Options of {@link createKubernetesWorkload}. */
export interface KubernetesWorkloadOptions {
  readonly connection: KubernetesConnection;
  readonly workload: ControllerRef;
  /** How long a new pod may run without becoming ready before its rollout counts as stalled, milliseconds. */
  readonly stallAfterMs: number;
}

/** Longest silence of a watch before the state is read again: a server that froze sends no end. */
const QUIET_MS = 5_000;
/** Shortest time between two looks, so that a burst of events is one look. */
const SETTLE_MS = 50;
/** Pods whose events and logs are fetched for the explanation of a stall. */
const EXPLAINED_PODS = 2;

/** Instances as the pods of a Deployment or StatefulSet. All effects are repeatable. */
export function createKubernetesWorkload(options: KubernetesWorkloadOptions): WorkloadPort {
  const { workload: ref, stallAfterMs } = options;
  const open = createKubernetesClient(options.connection);

  const look = async (session: KubernetesSession): Promise<RolloutVerdict> => {
    const controller = await readController(session, ref);
    return judgeRollout(controller, await listPods(session, controller), session.scope.now(), stallAfterMs);
  };

  return {
    kind: 'kubernetes',
    rolls: true,

    async list(scope) {
      const session = await open(scope);
      const pods = await listPods(session, await readController(session, ref));
      return pods.map(instanceOf).toSorted((left, right) => left.instance.localeCompare(right.instance));
    },

    async strength(scope) {
      const controller = await readController(await open(scope), ref);
      const { count, remembered } = strengthOf(controller);
      return {
        count,
        detail: remembered
          ? `${refWords(ref)}: ${count} as remembered in ${ANNOTATIONS.fullStrength}; asked for now: ${controller.replicas}`
          : `${refWords(ref)}: ${count} as asked for now`,
      };
    },

    async scale(count, scope) {
      return changeController(await open(scope), ref, (controller) => planScale(controller, count));
    },

    async kill(instance, scope) {
      return killPod(await open(scope), ref, instance);
    },

    async roll(scope) {
      return changeController(await open(scope), ref, (controller) => planRoll(controller, scope.key, scope.now()));
    },

    async rollout(limitMs, scope) {
      return follow(await open(scope), ref, look, limitMs);
    },
  };
}

/**
 * Shortens the grace of a pod to one second: its kubelet then ends the process and removes the pod. Grace 0 would only remove the object,
 * and the process could live on.
 */
async function killPod(session: KubernetesSession, ref: ControllerRef, instance: string): Promise<EffectResult> {
  const { namespace } = ref;
  const pods = await listPods(session, await readController(session, ref));
  const own = pods.find(({ pod }) => pod.metadata?.name === instance);
  const gone = { state: 'found-done', detail: `pod ${instance} is gone` } as const;
  if (own === undefined) {
    // A pod of this workload that is gone leaves nothing but its name, which begins with the workload's.
    if (instance.startsWith(`${ref.name}-`) && (await isNobodys(session, namespace, instance))) return gone;
    throw new HoldfastError('HF_COMMAND_FAILED', `Pod ${instance} is not one of ${refWords(ref)}.`, {
      target: instance,
      rule: 'only pods of the configured workload are touched',
    });
  }
  if (instanceOf(own).state === 'stopped') return { state: 'found-done', detail: `pod ${instance} has ended` };
  const uid = own.pod.metadata?.uid;
  try {
    await session.call({ verb: 'delete', resource: 'pods', namespace, name: instance, effect: true }, ({ core }, options) =>
      core.deleteNamespacedPod(
        { name: instance, namespace, body: { gracePeriodSeconds: 1, ...(uid === undefined ? {} : { preconditions: { uid } }) } },
        options,
      ),
    );
  } catch (error) {
    if (isMissing(error)) return gone;
    throw error;
  }
  return { state: 'done', detail: `pod ${instance} is given 1 s to end` };
}

/** Whether no pod of this name exists; false when there is one, which then is somebody else's. */
async function isNobodys(session: KubernetesSession, namespace: string, name: string): Promise<boolean> {
  try {
    await session.call({ verb: 'get', resource: 'pods', namespace, name, effect: false }, ({ core }, options) =>
      core.readNamespacedPod({ name, namespace }, options),
    );
    return false;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

/** The step that restarts the instances one after another. Errors: HF_COMMAND_FAILED when the platform would not do it. Pure. */
export function planRoll(controller: Controller, key: string, nowMs: number): ControllerStep {
  const words = refWords(controller.ref);
  const refusal = rollRefusal(controller);
  if (refusal !== undefined) {
    throw new HoldfastError('HF_COMMAND_FAILED', `${words}: ${refusal}.`, { target: controller.ref.name, verb: 'roll' });
  }
  if (controller.template.metadata?.annotations?.[ANNOTATIONS.restartedBy] === key) {
    return { found: true, detail: `${words} was restarted under this key already` };
  }
  const at = new Date(nowMs).toISOString();
  const template = { metadata: { annotations: { [ANNOTATIONS.restartedAt]: at, [ANNOTATIONS.restartedBy]: key } } };
  return { found: false, detail: `${words}: restarted one after another, asked at ${at}`, change: { annotations: {}, spec: { template } } };
}

/** Why a restart would not happen though it was written; undefined when it would. */
export function rollRefusal(controller: Controller): string | undefined {
  if (controller.paused) return 'rollouts of it are paused (spec.paused): `kubectl rollout resume` first';
  if (controller.strategy === 'OnDelete') return 'its update strategy is OnDelete: pods are replaced only when somebody deletes them';
  if (controller.strategy === 'Recreate') return 'its strategy is Recreate: all instances would end at once, which is no rolling restart';
  return undefined;
}

async function follow(
  session: KubernetesSession,
  ref: ControllerRef,
  look: (session: KubernetesSession) => Promise<RolloutVerdict>,
  limitMs: number,
): Promise<RolloutState> {
  const { scope } = session;
  const endMs = scope.now() + limitMs;
  const first = await answered(session, () => readController(session, ref), endMs);
  const changes = watchPaths(session, [
    watchedObject('/apis/apps/v1', ref.namespace, `${ref.kind}s`, ref.name),
    watchedPods(ref.namespace, first.selector),
  ]);
  try {
    for (;;) {
      const verdict = await answered(session, () => look(session), endMs);
      if (verdict.state === 'complete') return { state: 'complete', detail: verdict.detail };
      if (verdict.state === 'stalled') return { state: 'stalled', detail: await explained(session, verdict) };
      const leftMs = endMs - scope.now();
      if (leftMs <= 0) return { state: 'progressing', detail: verdict.detail };
      await changes.next(Math.min(QUIET_MS, leftMs, verdict.againInMs ?? QUIET_MS));
      if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', `Following the rollout of ${refWords(ref)}.`);
      await scope.sleep(SETTLE_MS);
    }
  } finally {
    changes.close();
  }
}

/** Asks again while the API server does not answer and there is time. Errors: what it says otherwise; its silence when the time is over. */
async function answered<T>(session: KubernetesSession, ask: () => Promise<T>, endMs: number): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const away = error instanceof HoldfastError && error.code === 'HF_KUBERNETES_UNREACHABLE';
      if (!away || session.scope.now() >= endMs) throw error;
      await session.scope.sleep(SETTLE_MS * 10);
    }
  }
}

async function explained(session: KubernetesSession, verdict: RolloutVerdict): Promise<string> {
  const evidence = await Promise.all(verdict.stuck.slice(0, EXPLAINED_PODS).map((pod) => podEvidence(session, pod)));
  return [verdict.detail, ...evidence].join('; ');
}
