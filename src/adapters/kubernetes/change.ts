import { HoldfastError } from '../../domain/errors.js';
import type { EffectResult } from '../../ports/cluster.js';
import type { KubernetesSession } from './client.js';
import { patchController, readController } from './controller.js';
import type { Controller, ControllerRef } from './controller.js';

/** What is to be done to a workload: nothing, or one merge patch. A null annotation is taken away. */
export type ControllerStep =
  | { readonly found: true; readonly detail: string }
  | {
      readonly found: false;
      readonly detail: string;
      readonly change: { readonly annotations: Readonly<Record<string, string | null>>; readonly spec: object };
    };

/** How often it is planned anew when the object changed between read and patch: its status changes often in an incident. */
const ATTEMPTS = 8;

/**
 * Reads the workload, plans, and carries the step out as a compare-and-set; plans anew when the object changed meanwhile.
 * Errors: those of `plan`, which end it; those of the calls; HF_CONFLICT when it changed at every attempt.
 */
export async function changeController(
  session: KubernetesSession,
  ref: ControllerRef,
  plan: (controller: Controller) => ControllerStep | Promise<ControllerStep>,
): Promise<EffectResult> {
  for (let attempt = 1; ; attempt += 1) {
    const controller = await readController(session, ref);
    const step = await plan(controller);
    if (step.found) return { state: 'found-done', detail: step.detail };
    const { annotations, spec } = step.change;
    try {
      await patchController(session, ref, { metadata: { resourceVersion: controller.resourceVersion, annotations }, spec });
      return { state: 'done', detail: step.detail };
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'HF_CONFLICT' || attempt >= ATTEMPTS) throw error;
    }
  }
}
