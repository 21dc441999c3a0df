import { HoldfastError } from '../../domain/errors.js';
import { ANNOTATIONS, countIn } from './annotations.js';
import type { ControllerStep } from './change.js';
import { refWords } from './controller.js';
import type { Controller } from './controller.js';
import { writerWords } from './managers.js';

/** Full strength: what was remembered before Holdfast scaled it, else what is asked for now. */
export function strengthOf(controller: Controller): { readonly count: number; readonly remembered: boolean } {
  const remembered = countIn(controller.annotations, ANNOTATIONS.fullStrength);
  return remembered === undefined ? { count: controller.replicas, remembered: false } : { count: remembered, remembered: true };
}

/**
 * The step from the present scale to `count`. The full strength is remembered by the same write that scales, and forgotten by the one that
 * reaches it again; what was remembered before is never overwritten. Pure.
 *
 * Errors: HF_CONFLICT when somebody scaled it up beyond what is wanted since Holdfast scaled it last: theirs is not undone.
 */
export function planScale(controller: Controller, count: number): ControllerStep {
  const { replicas, annotations, ref } = controller;
  const full = strengthOf(controller);
  const scaledTo = countIn(annotations, ANNOTATIONS.scaledTo);
  const writers = (): string => writerWords(controller.managedFields, ['spec', 'replicas']);
  const foreign = scaledTo !== undefined && scaledTo !== replicas;
  const noticed = foreign ? `; somebody had set ${replicas} after Holdfast asked for ${scaledTo} (last written by ${writers()})` : '';
  if (foreign && count > 0 && replicas > count) {
    throw new HoldfastError(
      'HF_CONFLICT',
      `${refWords(ref)}: Holdfast asked for ${scaledTo} and finds ${replicas}, last written by ${writers()}; it is not scaled down to ${count}.`,
      { target: ref.name, asked: String(scaledTo), found: String(replicas), wanted: String(count) },
    );
  }
  const restored = count >= full.count && count > 0;
  // At 0 there is nothing to remember that would be worth a return: whoever wants instances says how many.
  const wanted = restored || full.count === 0 ? { full: null, to: null } : { full: String(full.count), to: String(count) };
  const asWanted =
    replicas === count &&
    (annotations[ANNOTATIONS.fullStrength] ?? null) === wanted.full &&
    (annotations[ANNOTATIONS.scaledTo] ?? null) === wanted.to;
  if (asWanted) return { found: true, detail: `${refWords(ref)} is asked for ${count} already` };
  return {
    found: false,
    detail: `${refWords(ref)}: ${replicas} → ${count}, full strength ${full.count}${noticed}`,
    change: {
      annotations: { [ANNOTATIONS.fullStrength]: wanted.full, [ANNOTATIONS.scaledTo]: wanted.to },
      spec: { replicas: count },
    },
  };
}
