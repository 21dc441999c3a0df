import { HoldfastError } from '../../domain/errors.js';
import { ANNOTATIONS, countIn } from './annotations.js';
import type { ControllerStep } from './change.js';
import { refWords } from './controller.js';
import type { Controller } from './controller.js';
import { writerWords } from './managers.js';

/** What the pause step is, or whose pause was found in force. */
export type PausePlan =
  | { readonly foundBy: string }
  | { readonly foundBy?: undefined; readonly replicas: number; readonly step: ControllerStep };

/**
 * The step that pauses trading by scaling its workload to 0. The replicas are remembered by the same write. A workload that somebody else
 * scaled to 0 is their pause; our own pause over which somebody raised the replicas is put in force again. Pure.
 */
export function planPause(controller: Controller, key: string): PausePlan {
  const { replicas, annotations, ref } = controller;
  const by = annotations[ANNOTATIONS.pausedBy];
  const remembered = countIn(annotations, ANNOTATIONS.pausedReplicas);
  if (by === key && remembered !== undefined) {
    return replicas === 0
      ? { replicas: remembered, step: { found: true, detail: `${refWords(ref)} is scaled to 0 under this key already` } }
      : {
          replicas: remembered,
          step: {
            found: false,
            detail: `${refWords(ref)}: ${replicas} → 0 once more; ${writerWords(controller.managedFields, ['spec', 'replicas'])} had raised it over the pause`,
            change: { annotations: {}, spec: { replicas: 0 } },
          },
        };
  }
  if (replicas === 0)
    return { foundBy: by ?? `somebody (spec.replicas last written by ${writerWords(controller.managedFields, ['spec', 'replicas'])})` };
  return {
    replicas,
    step: {
      found: false,
      detail: `${refWords(ref)}: ${replicas} → 0`,
      change: {
        annotations: { [ANNOTATIONS.pausedBy]: key, [ANNOTATIONS.pausedReplicas]: String(replicas) },
        spec: { replicas: 0 },
      },
    },
  };
}

/**
 * The step that undoes exactly the pause of this key: the replicas it had, and no annotation left. Pure.
 *
 * @param replicas what `pause` returned for the undo; undefined when its answer was lost, and the annotation then says.
 * Errors: HF_PAUSE_NOT_OURS when the workload is at 0 by somebody else, or somebody gave it another number of replicas meanwhile.
 */
export function planResume(controller: Controller, key: string, replicas: number | undefined): ControllerStep {
  const { annotations, ref } = controller;
  const by = annotations[ANNOTATIONS.pausedBy];
  const writer = (): string => writerWords(controller.managedFields, ['spec', 'replicas']);
  if (by !== key) {
    if (by === undefined && controller.replicas > 0) {
      return { found: true, detail: `${refWords(ref)} is asked for ${controller.replicas}: its pause was lifted already` };
    }
    const whose = by ?? `somebody (spec.replicas last written by ${writer()})`;
    throw new HoldfastError('HF_PAUSE_NOT_OURS', `It was made by ${whose}.`, { key, by: whose });
  }
  const remembered = replicas ?? countIn(annotations, ANNOTATIONS.pausedReplicas);
  if (remembered === undefined) {
    throw new HoldfastError('HF_PAUSE_NOT_OURS', `${refWords(ref)}: the number of replicas before the pause is no longer written there.`, {
      key,
      annotation: ANNOTATIONS.pausedReplicas,
    });
  }
  if (controller.replicas !== 0 && controller.replicas !== remembered) {
    throw new HoldfastError(
      'HF_PAUSE_NOT_OURS',
      `${refWords(ref)} was at ${remembered} before the pause and is asked for ${controller.replicas} now: ${writer()} changed it.`,
      { key, by: writer(), remembered: String(remembered), found: String(controller.replicas) },
    );
  }
  return {
    found: false,
    detail: `${refWords(ref)}: ${controller.replicas} → ${remembered}`,
    change: {
      annotations: { [ANNOTATIONS.pausedBy]: null, [ANNOTATIONS.pausedReplicas]: null },
      spec: { replicas: remembered },
    },
  };
}
