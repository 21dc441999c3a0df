import { nodeAt } from '../../domain/node-at.js';
import type { Failure } from '../../domain/failure.js';
import type { ManagerRules } from '../../domain/facts.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { ReadScope } from '../../ports/scope.js';
import { parseListing, parseOwnWord, parseRules } from './bodies.js';
import type { Listing, OwnWord } from './bodies.js';
import type { PatroniRest } from './rest.js';
import type { PatroniMember } from './settings.js';

/** One member, asked for its own word and for the consensus store’s list at the same time. */
export interface MemberReading {
  readonly node: string;
  /** Patroni’s name for it: as it says itself, else as configured. */
  readonly member: string;
  readonly own?: OwnWord;
  readonly ownFailure?: Failure;
  readonly listing?: Listing;
  readonly listingFailure?: Failure;
}

/** All members at one instant. */
export interface ClusterReading {
  readonly atMs: number;
  readonly members: readonly MemberReading[];
}

const foreign = (scope: string, expected: string): Failure => ({
  kind: 'invalid',
  text: `it belongs to the Patroni cluster "${scope}", not to "${expected}"`,
});

/** Whether what a member says of its scope (version 3.0 says none in /cluster) is this cluster’s. */
function ours(said: string | undefined, expected: string): boolean {
  return said === undefined || said === expected;
}

/** Asks one member. What another cluster says is no word about ours. */
export async function readMember(rest: PatroniRest, member: PatroniMember, scopeName: string, scope: ReadScope): Promise<MemberReading> {
  const [own, listing] = await Promise.all([
    rest.get(member, 'patroni', parseOwnWord, scope),
    rest.get(member, 'cluster', parseListing, scope),
  ]);
  const stranger = [own.value?.scope, listing.value?.scope].find((said) => !ours(said, scopeName));
  if (stranger !== undefined) {
    const failure = foreign(stranger, scopeName);
    return { node: member.node, member: member.member, ownFailure: failure, listingFailure: failure };
  }
  return {
    node: member.node,
    member: own.value?.member ?? member.member,
    ...(own.value === undefined ? { ownFailure: own.failure } : { own: own.value }),
    ...(listing.value === undefined ? { listingFailure: listing.failure } : { listing: listing.value }),
  };
}

/** Asks every member at the same time; takes as long as the slowest, at most one time limit. */
export async function readCluster(
  rest: PatroniRest,
  members: readonly PatroniMember[],
  scopeName: string,
  scope: ReadScope,
): Promise<ClusterReading> {
  const read = await Promise.all(members.map((member) => readMember(rest, member, scopeName, scope)));
  return { atMs: scope.now(), members: read };
}

/** The rules in force, from the first member that tells them; undefined when none does. */
export async function readRules(rest: PatroniRest, members: readonly PatroniMember[], scope: ReadScope): Promise<ManagerRules | undefined> {
  const read = await Promise.all(members.map((member) => rest.get(member, 'config', parseRules, scope)));
  return read.find((each) => each.value !== undefined)?.value;
}

/** Name of the planned node behind a name of Patroni; undefined for a member that is not planned. */
export function nodeOf(
  reading: ClusterReading,
  nodes: readonly Pick<PlannedNode, 'name' | 'host' | 'port'>[],
  member: string,
): string | undefined {
  const byName = reading.members.find((each) => each.member === member);
  if (byName !== undefined) return byName.node;
  const listed = reading.members.flatMap((each) => each.listing?.members ?? []).find((each) => each.member === member);
  return listed?.host === undefined || listed.port === undefined
    ? undefined
    : nodeAt(nodes, { host: listed.host, port: listed.port })?.name;
}
