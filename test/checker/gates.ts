/** Whether people really said yes: from what they sent and what was shown to them, never from the product's tally. */
import type { ChaosRecord, GateRule, Opening, SentDecision } from './types.js';

/** Every card of a gate that was shown up to a time, oldest first. */
export function openingsOf(record: ChaosRecord, gate: string, untilMs: number): readonly Opening[] {
  return record.runs
    .flatMap((run) => run.openings)
    .filter((opening) => opening.gate === gate && opening.atMs <= untilMs)
    .sort((a, b) => a.atMs - b.atMs);
}

function latestByPerson(decisions: readonly SentDecision[]): readonly SentDecision[] {
  const latest = new Map<string, SentDecision>();
  for (const decision of decisions) latest.set(decision.person, decision);
  return [...latest.values()];
}

function missingOf(rule: GateRule, counted: readonly SentDecision[]): string | undefined {
  if (counted.length < rule.people) return `${counted.length} of ${rule.people} people`;
  const role = rule.roles.find((wanted) => !counted.some((decision) => decision.roles.includes(wanted)));
  return role === undefined ? undefined : `nobody of role ${role}`;
}

/** When the decisions became enough, if ever; only those within the lifetime of a decision count together. */
function quorumAtMs(rule: GateRule, decisions: readonly SentDecision[], ttlMs: number): number | undefined {
  return decisions.find(({ atMs }) => {
    const alive = decisions.filter((other) => other.atMs <= atMs && atMs - other.atMs <= ttlMs);
    return missingOf(rule, latestByPerson(alive)) === undefined;
  })?.atMs;
}

/** Why a gate was not satisfied for an option when an act was asked for; undefined when it was. */
export function gateProblem(record: ChaosRecord, gate: string, option: string, askedAtMs: number): string | undefined {
  const rule = record.rules.find((candidate) => candidate.gate === gate);
  const opening = openingsOf(record, gate, askedAtMs).at(-1);
  if (rule === undefined) return `no rule for gate ${gate}`;
  if (opening === undefined) return `gate ${gate} was never opened`;
  const since = record.sent.filter((d) => d.gate === gate && d.atMs >= opening.atMs && d.atMs <= askedAtMs && d.genuine);
  const yes = since.filter((d) => d.option === option && d.code === opening.code);
  const atMs = quorumAtMs(rule, yes, record.decisionTtlMs);
  if (atMs === undefined)
    return `gate ${gate} ${option}: ${missingOf(rule, latestByPerson(yes)) ?? 'decisions too far apart'} for code ${opening.code}`;
  const no = since.find((d) => rule.safeOptions.includes(d.option) && d.atMs < atMs);
  return no === undefined ? undefined : `gate ${gate}: ${no.person} had answered ${no.option} before`;
}

/** The value of the first of these fields on the card in force. */
export function shownField(
  record: ChaosRecord,
  gate: string,
  atMs: number,
  names: readonly string[],
): string | number | boolean | null | undefined {
  return openingsOf(record, gate, atMs)
    .at(-1)
    ?.fields.find((field) => names.includes(field.name))?.value;
}
