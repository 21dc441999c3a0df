/** Hash of a plan and the difference between two plans, in words. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical.js';
import type { Plan } from '../domain/plan.js';

/** Fields that say what a run may do. The others (incident, arming, snapshot) change with every run and are no difference of the plan. */
const SUBSTANCE = [
  'cluster',
  'environment',
  'nodes',
  'instances',
  'rowRules',
  'people',
  'gates',
  'standing',
  'adapters',
  'times',
  'verifyConsecutive',
  'objectives',
  'freshnessKeeper',
  'manual',
] as const satisfies readonly (keyof Plan)[];

/** SHA-256 of the canonical plan without its hash, hex. */
export function planHash(plan: Omit<Plan, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

/** What changed since the last run’s plan, one sentence each. */
export function planChanges(last: Plan | undefined, now: Omit<Plan, 'hash' | 'changed'>): readonly string[] {
  if (last === undefined) return ['No earlier plan is remembered.'];
  return SUBSTANCE.flatMap((field) => {
    if (canonicalJson(last[field]) === canonicalJson(now[field])) return [];
    if (field === 'people')
      return named(
        'Person',
        last.people.map((person) => person.id),
        now.people.map((person) => person.id),
      );
    if (field === 'nodes')
      return named(
        'Node',
        last.nodes.map((node) => node.name),
        now.nodes.map((node) => node.name),
      );
    if (field === 'instances')
      return named(
        'Instance',
        last.instances.map((entry) => entry.name),
        now.instances.map((entry) => entry.name),
      );
    return [`${field} changed since the last run.`];
  });
}

function named(kind: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const added = after.filter((name) => !before.includes(name)).map((name) => `${kind} ${name} was added since the last run.`);
  const removed = before.filter((name) => !after.includes(name)).map((name) => `${kind} ${name} was removed since the last run.`);
  return added.length + removed.length > 0 ? [...added, ...removed] : [`${kind}s: details changed since the last run.`];
}
