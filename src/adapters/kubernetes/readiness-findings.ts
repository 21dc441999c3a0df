import type { PlatformFinding } from '../../ports/platform.js';
import { ANNOTATIONS, countIn } from './annotations.js';
import { refWords } from './controller.js';
import type { Controller, ControllerRef } from './controller.js';
import { ownerOf } from './owner.js';
import type { Budget, Scaler, Seen } from './scalers.js';

/** Times of the run that a workload's settings are held against, milliseconds. */
export interface RunTimes {
  readonly stopGraceMs: number;
  readonly verifyBudgetMs: number;
}

/** What of a workload's own settings would hold up an incident. Pure. */
export function controllerFindings(controller: Controller, times: RunTimes): readonly PlatformFinding[] {
  const { ref, replicas, status, annotations } = controller;
  const area = `kubernetes ${ref.kind} ${ref.name}`;
  const warn = (detail: string, next: string): PlatformFinding => ({ area, state: 'warn', detail, next });
  const fail = (detail: string, next: string): PlatformFinding => ({ area, state: 'fail', detail, next });
  const grace = controller.template.spec?.terminationGracePeriodSeconds ?? 30;
  const remembered = countIn(annotations, ANNOTATIONS.fullStrength);
  const owner = ownerOf({ annotations, labels: controller.labels, managedFields: controller.managedFields }, ['spec', 'replicas']);
  const found: readonly (PlatformFinding | false)[] = [
    controller.paused && fail('rollouts of it are paused (spec.paused): a restart would not happen', 'kubectl rollout resume'),
    controller.strategy === 'OnDelete' &&
      warn('its update strategy is OnDelete: no rolling restart', 'Only replace-all is possible; or use RollingUpdate.'),
    controller.minReadySeconds * 1000 > times.verifyBudgetMs / 2 &&
      warn(
        `minReadySeconds is ${controller.minReadySeconds}, the budget for an instance to become operational is ${times.verifyBudgetMs / 1000} s`,
        'Lower it, or raise times.verifyBudget.',
      ),
    controller.progressDeadlineSeconds !== undefined &&
      controller.progressDeadlineSeconds <= controller.minReadySeconds + 10 &&
      warn(
        `progressDeadlineSeconds is ${controller.progressDeadlineSeconds}: a slow start counts as a failed rollout`,
        'Raise it; Holdfast tells a stall from the pods themselves.',
      ),
    grace * 1000 > times.stopGraceMs &&
      warn(
        `a pod has ${grace} s to end; Holdfast ends it after times.stopGrace (${times.stopGraceMs / 1000} s)`,
        'Make them equal, or know that work of a stopping pod is cut short.',
      ),
    remembered !== undefined &&
      warn(
        `${ANNOTATIONS.fullStrength} says ${remembered}, ${replicas} are asked for: a run has not brought it back`,
        `Scale it, or take the annotation away: kubectl annotate ${ref.kind}/${ref.name} ${ANNOTATIONS.fullStrength}- ${ANNOTATIONS.scaledTo}-`,
      ),
    annotations[ANNOTATIONS.pausedBy] !== undefined &&
      warn(
        `a pause is in force or was not lifted cleanly: ${annotations[ANNOTATIONS.pausedBy]}`,
        'See the run of that incident before you scale it.',
      ),
    (owner.reverts === 'next-sync' || owner.reverts === 'at-once') &&
      warn(
        `${owner.words} manages it: self-heal would put the replicas back`,
        'Let it ignore spec.replicas, or suspend it in an incident.',
      ),
    reloads({ ...annotations, ...controller.template.metadata?.annotations }) &&
      warn(
        'Reloader restarts it by itself when its Secret changes: a patch alone begins a rollout',
        'Known and harmless when all instances are stopped first; in planned work two rollouts follow each other.',
      ),
    replicas === 0 && warn('it is asked for 0 pods', 'Nothing can be verified or paused on it now.'),
  ];
  const problems = found.filter((finding) => finding !== false);
  return problems.length > 0
    ? problems
    : [{ area, state: 'ok', detail: `${status.available} of ${replicas} available, ${controller.strategy}, grace ${grace} s`, next: '' }];
}

/** Annotations of Stakater's Reloader that make it restart a workload. */
function reloads(annotations: Readonly<Record<string, string>>): boolean {
  const names = [
    'reloader.stakater.com/auto',
    'secret.reloader.stakater.com/auto',
    'secret.reloader.stakater.com/reload',
    'reloader.stakater.com/search',
  ];
  return names.some((name) => annotations[name] !== undefined && annotations[name] !== 'false');
}

/** Autoscalers of a workload. For the one that trades, one that acts at 0 undoes the pause. Pure. */
export function scalerFindings(ref: ControllerRef, { found, unseen }: Seen<Scaler>, trades: boolean): readonly PlatformFinding[] {
  const area = `kubernetes ${ref.kind} ${ref.name}`;
  const scalers = found.map(({ kind, name, min }): PlatformFinding => {
    if (kind === 'keda') {
      return {
        area,
        state: trades ? 'fail' : 'warn',
        detail: `KEDA’s ScaledObject ${name} brings replicas back, from 0 as well`,
        next: `Pause it in an incident: annotation autoscaling.keda.sh/paused-replicas: "0" on ${name}.`,
      };
    }
    return trades
      ? {
          area,
          state: 'warn',
          detail: `the autoscaler ${name} scales it (at least ${min}); it does nothing while it is asked for 0`,
          next: 'Known and watched: a pause over which somebody raises the replicas is no pause, and is told as such.',
        }
      : {
          area,
          state: min > 1 ? 'warn' : 'ok',
          detail: `the autoscaler ${name} keeps at least ${min} pods: a single canary becomes ${min} at once`,
          next: min > 1 ? 'Set its minimum to 1 for an incident, or know that the canary is not alone.' : '',
        };
  });
  return unseen === undefined
    ? scalers
    : [...scalers, { area, state: 'warn', detail: `autoscalers cannot be seen: ${unseen}`, next: 'Grant the verb list.' }];
}

/** Budgets hold up evictions, not what Holdfast does; they are told, because people try evictions. Pure. */
export function budgetFindings(controller: Controller, { found, unseen }: Seen<Budget>): readonly PlatformFinding[] {
  const area = `kubernetes ${controller.ref.kind} ${controller.ref.name}`;
  const labels = controller.template.metadata?.labels ?? {};
  const own = found.filter((budget) => {
    const wanted = Object.entries(budget.labels);
    return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
  });
  const budgets = own.map(({ name, allowed }): PlatformFinding => ({
    area,
    state: 'ok',
    detail: `PodDisruptionBudget ${name} allows ${allowed} disruptions now; it guards evictions only, neither scale nor restart of ${refWords(controller.ref)}`,
    next: '',
  }));
  return unseen === undefined
    ? budgets
    : [...budgets, { area, state: 'warn', detail: `budgets cannot be seen: ${unseen}`, next: 'Grant the verb list.' }];
}
