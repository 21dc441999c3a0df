/** Who counts for what at a gate (design §3). Pure over the attested decisions; the workflow calls it at every arrival. */
import type { AttestedDecision, CountedDecision, Tally } from './decision.js';
import { formatDuration } from './duration.js';
import { normalizeCode } from './evidence-rules.js';
import type { GatePolicy } from './gate.js';
import { findOption, isStrongEnough } from './gate-policy.js';
import type { Person } from './plan.js';

/** Emergency lowering of a gate by one person (design §3). It never touches S1–S4, which are no matter of counting people. */
export interface BreakGlass {
  readonly by: string;
  readonly reason: string;
  readonly expiresAtMs: number;
}

/** What the decisions are held against. */
export interface TallyContext {
  /** Evidence code of the opening in force. Unsafe decisions under any other code do not count. */
  readonly code: string;
  readonly nowMs: number;
  readonly decisionTtlMs: number;
  /** The people of the plan who may still decide. */
  readonly people: readonly Person[];
  /** Person id of the starter, when a person started the run. */
  readonly starter?: string;
  /** False when a person started the run and it is not known who. An alert or a schedule is a known starter. */
  readonly starterKnown: boolean;
  /** A disarmed store acts on nothing, so there weaker attestation is counted, and said. */
  readonly armed: boolean;
  /** One sentence for each person needed on top of the policy, for example sessions that were counted but not matched. */
  readonly extraPeople: readonly string[];
  readonly breakGlass?: BreakGlass;
  /** Decisions up to this number were spent on an earlier answer of this gate (`wait`, `recheck`) and are not counted again. */
  readonly spentUpTo?: number;
}

/**
 * Tallies all decisions of the gate. A safe option by one listed person answers at once, with no code and any attestation; among several
 * safe options the one taken on silence goes first, then the policy's order. An unsafe option needs enough different people, of the roles
 * asked for. The result does not depend on the order of decisions of different people.
 */
export function tally(policy: GatePolicy, context: TallyContext, attested: readonly AttestedDecision[]): Tally {
  const ordered = [...attested].sort((left, right) => left.n - right.n);
  const weighed = ordered.map((decision) => weigh(policy, context, decision));
  return answerSafely(policy, weighed) ?? answerUnsafely(policy, context, weighed);
}

/** So many decisions that do not count are shown: the newest. Facts of a run are arguments of activities, and those have a limit. */
const SHOWN_UNCOUNTED = 60;

/** The tally as it is shown: all that counts, and the newest of the others. */
export function shownTally(whole: Tally): Tally {
  const others = whole.decisions.filter(({ counted }) => !counted);
  const omitted = others.slice(0, -SHOWN_UNCOUNTED);
  if (omitted.length === 0) return whole;
  return { ...whole, decisions: whole.decisions.filter((one) => !omitted.includes(one)), omitted: omitted.length };
}

/** A decision after everything was looked at that concerns it alone. `person` is set only when it may count. */
interface Weighed {
  readonly decision: AttestedDecision;
  readonly kind: 'safe' | 'unsafe' | 'not-counted';
  readonly person: string;
  readonly why: string;
}

function weigh(policy: GatePolicy, context: TallyContext, decision: AttestedDecision): Weighed {
  const not = (why: string): Weighed => ({ decision, kind: 'not-counted', person: '', why });
  if (context.spentUpTo !== undefined && decision.n <= context.spentUpTo) return not('It belongs to an earlier answer of this gate.');
  const option = findOption(policy, decision.option);
  if (option === undefined) return not(`There is no such option; the options are ${policy.options.map(({ name }) => name).join(', ')}.`);
  const person = context.people.find(({ id }) => id === decision.person);
  if (person === undefined) return not(decision.problem === '' ? 'Its author is not a person of this run’s plan.' : decision.problem);
  if (option.safe) return { decision, kind: 'safe', person: person.id, why: `Counts for ${option.name}, which is safe.` };

  if (decision.attestation === undefined) return not(decision.problem === '' ? 'It is not attested.' : decision.problem);
  const weak = !isStrongEnough(decision.attestation, policy.attestation);
  if (weak && context.armed)
    return not(`It is only ${decision.attestation}; ${policy.gate} asks for ${policy.attestation} on an armed store.`);
  if (decision.code === '') return not('It carries no evidence code; copy it from the card.');
  if (normalizeCode(decision.code) !== normalizeCode(context.code)) {
    return not(`It is bound to the evidence code ${decision.code}; the card now shows ${context.code}.`);
  }
  const ageMs = context.nowMs - decision.atMs;
  if (ageMs > context.decisionTtlMs)
    return not(`It expired: it is ${formatDuration(ageMs)} old, at most ${formatDuration(context.decisionTtlMs)} count.`);
  if (!policy.starterMayDecide && person.id === context.starter) return not(`Whoever started the run does not decide ${policy.gate}.`);
  const remark = weak ? ` It is only ${decision.attestation}: counted because the store is disarmed and nothing is acted upon.` : '';
  return { decision, kind: 'unsafe', person: person.id, why: `Counts for ${option.name}.${remark}` };
}

function answerSafely(policy: GatePolicy, weighed: readonly Weighed[]): Tally | undefined {
  const safe = weighed.filter(({ kind }) => kind === 'safe');
  const order = [policy.onSilence, ...policy.options.map(({ name }) => name)];
  const answer = order.find((name) => safe.some(({ decision }) => decision.option === name));
  if (answer === undefined) return undefined;
  const counting = lastOfEachPerson(safe.filter(({ decision }) => decision.option === answer));
  const people = counting.map(({ person }) => person);
  const decisions = weighed.map((one) => {
    if (counting.includes(one)) return count(one, true, one.why);
    if (one.kind === 'not-counted') return count(one, false, one.why);
    return count(one, false, `${people.join(', ')} answered ${answer}, which is safe and goes first.`);
  });
  return { option: answer, decisions, people, missing: '' };
}

function answerUnsafely(policy: GatePolicy, context: TallyContext, weighed: readonly Weighed[]): Tally {
  const counting = lastOfEachPerson(weighed.filter(({ kind }) => kind === 'unsafe'));
  const decisions = weighed.map((one) => {
    if (one.kind === 'unsafe' && !counting.includes(one)) return count(one, false, 'Replaced by a later decision of the same person.');
    return count(one, one.kind === 'unsafe', one.why);
  });
  const camps = policy.options
    .filter(({ safe }) => !safe)
    .map(({ name }) => ({
      name,
      people: counting
        .filter(({ decision }) => decision.option === name)
        .map(({ person }) => person)
        .sort(),
    }));
  const complete = camps.filter(({ people }) => lacking(policy, context, people).length === 0);
  const [only] = complete;
  if (only !== undefined && complete.length === 1) return { option: only.name, decisions, people: only.people, missing: '' };
  // Array sort is stable: among equals the policy's order decides which is shown as leading.
  const leading = [...camps].sort((left, right) => right.people.length - left.people.length)[0];
  const people = leading?.people ?? [];
  const missing =
    complete.length > 1
      ? `People disagree: ${complete.map((camp) => `${camp.people.join(', ')} said ${camp.name}`).join('; ')}. One side must change its decision.`
      : `${leading === undefined || people.length === 0 ? 'Nobody’s yes counts yet' : `${people.join(', ')} said ${leading.name}`}; missing: ${lacking(policy, context, people).join('; ')}.`;
  return { decisions, people, missing };
}

/** What a group of people lacks to answer with an unsafe option, as phrases. Empty when it is enough. */
function lacking(policy: GatePolicy, context: TallyContext, group: readonly string[]): readonly string[] {
  const glass = isGlassBroken(context);
  const needed = Math.max(1, policy.people + context.extraPeople.length + (context.starterKnown ? 0 : 1) - (glass ? 1 : 0));
  const eligible = context.people.filter(({ id }) => policy.starterMayDecide || id !== context.starter);
  const open = policy.roles.filter((role) => !eligible.some((person) => group.includes(person.id) && person.roles.includes(role)));
  // With the glass broken one role may stay open, but never the last: the one person left still has to be of a role asked for.
  const mayStayOpen = glass ? Math.min(1, policy.roles.length - 1) : 0;
  const rolesMissing = open.length > mayStayOpen ? open : [];
  const count = Math.max(needed - group.length, 0);
  if (count === 0 && rolesMissing.length === 0) return [];

  const candidates = eligible.filter(({ id }) => !group.includes(id));
  const phrases = rolesMissing.map((role) => {
    const names = candidates.filter((person) => person.roles.includes(role)).map(({ id }) => id);
    return `one of role ${role} (${names.length === 0 ? 'nobody listed may' : names.join(', ')})`;
  });
  const because = [...context.extraPeople, ...(context.starterKnown ? [] : ['it is not known who started the run'])];
  const reason = because.length === 0 ? '' : ` (more than usual because ${because.join(' and ')})`;
  const total = `${needed} ${needed === 1 ? 'person' : 'different people'} in all, attested as ${policy.attestation} or stronger${reason}`;
  const impossible = candidates.length < count ? [`this cannot be reached: of those listed only ${eligible.length} may decide`] : [];
  return [...phrases, ...(count > 0 ? [`${count} more of ${total}`] : []), ...impossible];
}

/** Break-glass counts while it lasts, when it names a listed person and a reason. */
function isGlassBroken({ breakGlass, nowMs, people }: TallyContext): boolean {
  if (breakGlass === undefined || nowMs > breakGlass.expiresAtMs || breakGlass.reason === '') return false;
  return people.some(({ id }) => id === breakGlass.by);
}

function lastOfEachPerson(weighed: readonly Weighed[]): readonly Weighed[] {
  return weighed.filter((one, index) => !weighed.slice(index + 1).some((later) => later.person === one.person));
}

function count(weighed: Weighed, counted: boolean, why: string): CountedDecision {
  return { ...weighed.decision, counted, why };
}
