import type { TradingPausePort, TradingState } from '../../ports/trading-pause.js';
import { foundPause, foundPauseBy } from '../shared/pause-declaration.js';
import type { PauseDeclaration } from '../shared/pause-declaration.js';
import { HoldfastError } from '../../domain/errors.js';
import { ANNOTATIONS } from './annotations.js';
import { changeController } from './change.js';
import { createKubernetesClient } from './client.js';
import type { KubernetesConnection } from './connection.js';
import { readController, refWords } from './controller.js';
import type { Controller, ControllerRef } from './controller.js';
import { writerWords } from './managers.js';
import { planPause, planResume } from './pause-plan.js';
import { podWords } from './pod-words.js';
import { instanceOf, listPods } from './pods.js';
import type { OwnedPod } from './pods.js';

/** Options of {@link createScalePause}. */
export interface ScalePauseOptions extends PauseDeclaration {
  readonly connection: KubernetesConnection;
  /** The workload that trades; never the one that serves the admin API. */
  readonly workload: ControllerRef;
}

/** Key under which `restore` keeps the replicas before the pause. */
const REPLICAS = 'replicas';

/**
 * Pauses trading by scaling the workload that trades to 0. Class repeatable: the key and the replicas before are kept at the workload, so
 * that the same call again changes nothing more. Paused means that no pod is left, each removed by its kubelet after its process ended.
 */
export function createScalePause(options: ScalePauseOptions): TradingPausePort {
  const { workload: ref } = options;
  const open = createKubernetesClient(options.connection);

  return {
    kind: 'scale',
    able: true,
    pauseClass: 'repeatable',
    resumeClass: 'repeatable',
    settleMs: options.settleMs,
    restingOrders: options.restingOrders,
    manualKill: options.manualKill,

    async state(scope) {
      try {
        const session = await open(scope);
        const controller = await readController(session, ref);
        return tradingStateOf(controller, await listPods(session, controller));
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        return { state: 'unknown', detail: `the platform does not say: ${error.message}` };
      }
    },

    async pause(key, scope) {
      const session = await open(scope);
      let foundBy: string | undefined;
      let replicas = 0;
      const result = await changeController(session, ref, (controller) => {
        const plan = planPause(controller, key);
        foundBy = plan.foundBy;
        if (plan.foundBy !== undefined) return { found: true, detail: `found paused by ${plan.foundBy}: not Holdfast’s to lift` };
        replicas = plan.replicas;
        return plan.step;
      });
      if (foundBy !== undefined) return { restore: foundPause(foundBy), detail: result.detail };
      return {
        restore: { [REPLICAS]: String(replicas) },
        detail: result.state === 'found-done' ? `found done: ${result.detail}` : result.detail,
      };
    },

    async resume(key, restore, scope) {
      const by = foundPauseBy(restore);
      if (by !== undefined) throw new HoldfastError('HF_PAUSE_NOT_OURS', `It was made by ${by}.`, { key, by });
      const kept = restore[REPLICAS];
      const replicas = kept !== undefined && /^\d+$/.test(kept) ? Number(kept) : undefined;
      const { state, detail } = await changeController(await open(scope), ref, (controller) => planResume(controller, key, replicas));
      return { detail: state === 'found-done' ? `found done: ${detail}` : detail };
    },
  };
}

/**
 * What is so, from the workload and its pods. Asked for 0 is no pause yet: as long as a pod is left, its process may trade, and as long as
 * the controller has not seen the change, it may make new ones. Pure.
 */
export function tradingStateOf(controller: Controller, pods: readonly OwnedPod[]): TradingState {
  const { replicas, annotations, ref } = controller;
  const by = annotations[ANNOTATIONS.pausedBy];
  const whose = by === undefined ? {} : { by };
  const left = pods
    .filter((own) => instanceOf(own).state !== 'stopped')
    .map(({ pod }) => `${pod.metadata?.name ?? 'a pod'} (${podWords(pod)})`);
  if (replicas > 0) {
    const raised =
      by === undefined
        ? ''
        : `; paused under ${by}, and then ${writerWords(controller.managedFields, ['spec', 'replicas'])} brought the replicas back: look for an autoscaler or GitOps`;
    return { state: 'trading', detail: `${refWords(ref)} is asked for ${replicas}, ${left.length} pods are there${raised}` };
  }
  if (left.length > 0) {
    return { state: 'trading', ...whose, detail: `${refWords(ref)} is asked for 0, and is still there: ${left.join(', ')}` };
  }
  if (controller.observedGeneration < controller.generation || controller.status.replicas > 0) {
    return { state: 'trading', ...whose, detail: `${refWords(ref)} is asked for 0, and its controller has not acted on it yet` };
  }
  return { state: 'paused', ...whose, detail: `${refWords(ref)} is asked for 0 and no pod is left; paused by ${by ?? 'somebody unknown'}` };
}
