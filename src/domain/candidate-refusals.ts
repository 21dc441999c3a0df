/** The rules that refuse a node as promotion target. Each sentence names the node, the number and the limit (design S12). */
import { MAX_CLOCK_OFFSET_MS } from './clocks.js';
import { formatDuration } from './duration.js';
import type { ManagerFacts, NodeAnswer, NodeFacts, Observation } from './facts.js';
import type { Plan, PlannedNode } from './plan.js';
import { commitsSynchronously, synchronousNames } from './possible-loss.js';
import { relate } from './timeline.js';

/** Stable code of a refusal. */
export type RefusalRule =
  | 'not-answered'
  | 'tls'
  | 'auth'
  | 'out-of-recovery'
  | 'fenced'
  | 'managed'
  | 'manager'
  | 'not-a-candidate'
  | 'fork'
  | 'behind-timeline'
  | 'system-identifier'
  | 'marker'
  | 'version'
  | 'replay-paused'
  | 'apply-delay'
  | 'clock'
  | 'settings'
  | 'sync-blocks'
  | 'application-login';

/** One rule that refuses a node. */
export interface Refusal {
  readonly rule: RefusalRule;
  readonly sentence: string;
}

/** What the rules read beside the observation. */
export interface RefusalContext {
  readonly plan: Pick<Plan, 'nodes' | 'environment' | 'expectedPrimary' | 'lastSnapshot'>;
  /** Nodes under a proven fence. */
  readonly fenced: readonly string[];
  /** Whether the application could log in, by node, where it was tried. Absent = not tried yet, which refuses nothing. */
  readonly applicationLogin?: Readonly<Record<string, { readonly ok: boolean; readonly sentence: string }>>;
  /** A node that somebody promoted already: its loss is reckoned too, although it is no candidate any more. */
  readonly adopted?: string;
}

const refusal = (rule: RefusalRule, sentence: string): Refusal => ({ rule, sentence });

/** Whether the HA manager of a managed node could promote it when asked. Where there is none to ask, nobody promotes it from here. */
function managerRefusals({ name }: PlannedNode, manager: ManagerFacts | undefined): readonly Refusal[] {
  if (manager === undefined) return [refusal('managed', `${name} is managed: its HA manager promotes, Holdfast never does.`)];
  if (!manager.answered) return [refusal('manager', `${name} is promoted by its HA manager alone, and no member of it answers.`)];
  if (manager.dcsLost)
    return [refusal('manager', `${name} is promoted by its HA manager alone, which cannot reach its consensus store and promotes nobody.`)];
  if (manager.members === undefined) return [];
  const member = manager.members.find((each) => each.node === name);
  if (member?.answered !== true)
    return [
      refusal('manager', `${name}’s HA agent does not answer (${member?.failure?.text ?? 'not configured'}); it could not be promoted.`),
    ];
  return member.neverLeads === true ? [refusal('manager', `${name} has a tag by which its HA manager never promotes it.`)] : [];
}

function plannedRefusals(planned: PlannedNode, observation: Observation, context: RefusalContext): readonly Refusal[] {
  const { name } = planned;
  return [
    ...(planned.managed ? managerRefusals(planned, observation.manager) : []),
    ...(planned.candidate ? [] : [refusal('not-a-candidate', `${name} is configured with candidate: false.`)]),
    ...(context.fenced.includes(name) ? [refusal('fenced', `${name} is under a proven fence.`)] : []),
  ];
}

function silenceRefusal(name: string, facts: NodeFacts | undefined): Refusal {
  const failure = facts?.failure;
  if (failure === undefined) return refusal('not-answered', `${name} was not observed.`);
  if (failure.kind === 'tls') return refusal('tls', `${name}'s certificate or TLS protocol was not accepted: ${failure.text}.`);
  if (failure.kind === 'auth') return refusal('auth', `${name} refused the login or a permission: ${failure.text}.`);
  return refusal('not-answered', `${name} did not answer: ${failure.text} (${failure.kind}).`);
}

function identityRefusals(name: string, answer: NodeAnswer, observation: Observation, { plan }: RefusalContext): readonly Refusal[] {
  const reasons: Refusal[] = [];
  const known = plan.lastSnapshot;
  if (!answer.inRecovery)
    reasons.push(refusal('out-of-recovery', `${name} is out of recovery already (timeline ${answer.history.timeline}).`));
  if (known !== undefined && known.systemIdentifier !== answer.systemIdentifier) {
    reasons.push(
      refusal(
        'system-identifier',
        `${name} has system identifier ${answer.systemIdentifier}, the last snapshot has ${known.systemIdentifier}.`,
      ),
    );
  } else if (known !== undefined) {
    const { relation, sentence } = relate({ ...known.history, lsn: known.lsn }, { ...answer.history, lsn: answer.receivedLsn });
    if (relation === 'fork') reasons.push(refusal('fork', `${name} forked from the last snapshot. ${sentence}`));
    if (relation === 'behind') reasons.push(refusal('behind-timeline', `${name} is behind the last snapshot's timeline. ${sentence}`));
  }
  if (answer.marker !== plan.environment)
    reasons.push(refusal('marker', `${name} carries the marker ${answer.marker ?? '(none)'}, expected ${plan.environment}.`));
  const primary = observation.nodes.find((facts) => facts.node === plan.expectedPrimary)?.answer;
  const major = (version: number): number => Math.floor(version / 10_000);
  if (primary !== undefined && major(primary.serverVersion) !== major(answer.serverVersion)) {
    reasons.push(
      refusal(
        'version',
        `${name} runs PostgreSQL ${major(answer.serverVersion)}, ${plan.expectedPrimary} runs ${major(primary.serverVersion)}.`,
      ),
    );
  }
  return reasons;
}

function replayRefusals(name: string, answer: NodeAnswer): readonly Refusal[] {
  const { offsetMs, errorMs } = answer.clock;
  return [
    ...(answer.replayPaused ? [refusal('replay-paused', `${name} has paused its replay at ${answer.replayedLsn}; resume it first.`)] : []),
    ...(answer.applyDelayMs > 0
      ? [refusal('apply-delay', `${name} delays its replay by ${formatDuration(answer.applyDelayMs)} (recovery_min_apply_delay).`)]
      : []),
    ...(Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS || errorMs > MAX_CLOCK_OFFSET_MS
      ? [
          refusal(
            'clock',
            `${name}'s clock is ${formatDuration(offsetMs)} off the worker's (± ${formatDuration(errorMs)}); the limit is ${formatDuration(MAX_CLOCK_OFFSET_MS)}.`,
          ),
        ]
      : []),
  ];
}

/** Settings a node would run with as primary: lower than before, or waiting for standbys that are not there. */
function settingsRefusals(name: string, answer: NodeAnswer, observation: Observation, { plan }: RefusalContext): readonly Refusal[] {
  const reasons: Refusal[] = [];
  for (const [setting, required] of Object.entries(plan.lastSnapshot?.settings ?? {})) {
    const own = answer.settings[setting];
    if (own !== undefined && own < required)
      reasons.push(refusal('settings', `${name} has ${setting} = ${own}, the primary had ${required}.`));
  }
  const names = synchronousNames(answer.sync.standbyNames);
  // A manager writes this setting itself, with its own names for the nodes, when it promotes.
  const setByManager = observation.manager !== undefined && plan.nodes.some((planned) => planned.name === name && planned.managed);
  if (!setByManager && names.length > 0 && commitsSynchronously(answer.sync)) {
    const left = observation.nodes.filter(
      (facts) => facts.node !== name && facts.answer?.inRecovery === true && (names.includes('*') || names.includes(facts.node)),
    );
    if (left.length === 0) {
      reasons.push(
        refusal(
          'sync-blocks',
          `${name} would block every commit after its promotion: synchronous_standby_names is ${answer.sync.standbyNames} and 0 of these answer as standbys. Clear it on ${name} first.`,
        ),
      );
    }
  }
  return reasons;
}

/** Every rule that refuses this node; empty when it may be promoted. */
export function refusals(
  planned: PlannedNode,
  facts: NodeFacts | undefined,
  observation: Observation,
  context: RefusalContext,
): readonly Refusal[] {
  const answer = facts?.answer;
  if (answer === undefined) return [...plannedRefusals(planned, observation, context), silenceRefusal(planned.name, facts)];
  const login = context.applicationLogin?.[planned.name];
  return [
    ...plannedRefusals(planned, observation, context),
    ...identityRefusals(planned.name, answer, observation, context),
    ...replayRefusals(planned.name, answer),
    ...settingsRefusals(planned.name, answer, observation, context),
    ...(login === undefined || login.ok
      ? []
      : [refusal('application-login', `The application could not use ${planned.name}: ${login.sentence}`)]),
  ];
}
