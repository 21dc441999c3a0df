/** From what the members said to what is so of the manager. Pure: the table of its tests is the table of the decisions. */
import type { ManagerFacts, ManagerMember, ManagerRules } from '../../domain/facts.js';
import type { FailureKind } from '../../domain/failure.js';
import { DEFAULT_RULES, electionMs, takeoverMs } from '../../domain/manager-rules.js';
import type { PlannedNode } from '../../domain/plan.js';
import type { ClusterReading, MemberReading } from './reading.js';
import { nodeOf } from './reading.js';

/**
 * What one process remembers between two looks, because the REST API tells no instants: neither when a lock was renewed nor since when
 * nobody holds it. A worker that starts anew knows less and waits longer, never shorter.
 */
export interface PatroniMemory {
  /** First of the looks in a row at which no leader spoke for itself, epoch milliseconds; absent while one does. */
  readonly troubleSinceMs?: number;
  /** First of the looks in a row at which the consensus store listed no leader. */
  readonly unlockedSinceMs?: number;
}

/** What the facts are made from. */
export interface ManagerView {
  readonly reading: ClusterReading;
  readonly rules: ManagerRules | undefined;
  readonly memory: PatroniMemory;
  readonly nodes: readonly Pick<PlannedNode, 'name' | 'host' | 'port'>[];
}

/** The facts, and what to remember for the next look. */
export interface ManagerOutcome {
  readonly facts: ManagerFacts;
  readonly memory: PatroniMemory;
}

/** Without the consensus store /cluster ends without any HTTP answer (measured: closed after retry_timeout). */
const NO_ANSWER: readonly FailureKind[] = ['other', 'timeout'];

/**
 * The consensus store is out of reach: members answer for themselves, and none of them can list the cluster. An error page in place of the
 * list (a proxy, a firewall) says nothing of the store; there the age of the last contact decides, and after a ttl no lock can be held.
 */
function isDcsLost({ reading, rules }: ManagerView): boolean {
  const answering = reading.members.filter((member) => member.own !== undefined);
  if (answering.length === 0 || reading.members.some((member) => member.listing !== undefined)) return false;
  const ttlMs = (rules ?? DEFAULT_RULES).ttlMs;
  return answering.every(({ own, listingFailure }) => {
    if (listingFailure !== undefined && NO_ANSWER.includes(listingFailure.kind)) return true;
    const seen = own?.dcsLastSeenAtMs;
    return seen !== undefined && reading.atMs - seen > ttlMs;
  });
}

interface Leader {
  readonly node: string;
  readonly source: 'confirmed' | 'listed' | 'claimed';
  /** Nothing of it speaks for a leader that goes on leading: its agent is silent, cut off from the store, still promoting, or already demoted. */
  readonly doubtful: boolean;
}

/** It runs as primary by its own word. A `cluster_unlocked` beside it is its own view of a moment ago. */
function runsAsPrimary(member: MemberReading | undefined): boolean {
  return member?.own?.role === 'primary' && member.own.state === 'running';
}

/** It cannot reach the consensus store by its own address, so it renews no lock, whatever it still says of itself. */
function cutOff(member: MemberReading | undefined): boolean {
  return member?.listingFailure !== undefined && NO_ANSWER.includes(member.listingFailure.kind);
}

function leaderOf({ reading, nodes }: ManagerView): Leader | undefined {
  const listed = [
    ...new Set(reading.members.flatMap((each) => each.listing?.members ?? []).flatMap((each) => (each.leads ? [each.member] : []))),
  ];
  const readingOf = (name: string): MemberReading | undefined => reading.members.find((each) => each.member === name);
  // Two lists may differ for a moment; the leader that speaks for itself is the later one.
  const confirmed = listed.find((name) => runsAsPrimary(readingOf(name)) && !cutOff(readingOf(name)));
  const name = confirmed ?? listed[0];
  if (name !== undefined) {
    const own = readingOf(name)?.own;
    const node = nodeOf(reading, nodes, name) ?? name;
    if (confirmed !== undefined) return { node, source: 'confirmed', doubtful: false };
    // An agent that answers with a stopped or starting server holds the lock and mends it: no failover, and no proof of a primary either.
    const planned = reading.members.some((each) => each.node === node);
    const doubtful = planned && (own === undefined || own.role === 'replica' || own.role === 'demoted' || cutOff(readingOf(name)));
    return { node, source: 'listed', doubtful };
  }
  if (reading.members.some((each) => each.listing !== undefined)) return undefined;
  const claiming = reading.members.filter(runsAsPrimary);
  return claiming.length === 1 && claiming[0] !== undefined ? { node: claiming[0].node, source: 'claimed', doubtful: false } : undefined;
}

function remember({ reading, memory }: ManagerView, leader: Leader | undefined, dcsLost: boolean): PatroniMemory {
  // While the store is lost nobody can be elected: the time begins anew when it is back.
  if (dcsLost) return {};
  if (!reading.members.some((member) => member.listing !== undefined)) return memory;
  if (leader?.doubtful === false) return {};
  return {
    troubleSinceMs: memory.troubleSinceMs ?? reading.atMs,
    ...(leader === undefined ? { unlockedSinceMs: memory.unlockedSinceMs ?? reading.atMs } : {}),
  };
}

/** Until when it may be expected to promote by itself. */
function actsBefore(memory: PatroniMemory, rules: ManagerRules): number | undefined {
  if (memory.troubleSinceMs === undefined) return undefined;
  const whole = memory.troubleSinceMs + takeoverMs(rules);
  return memory.unlockedSinceMs === undefined ? whole : Math.min(whole, memory.unlockedSinceMs + electionMs(rules));
}

function memberFacts(member: MemberReading): ManagerMember {
  const { node, own, ownFailure } = member;
  const common = { node, member: member.member, seesDcs: member.listing !== undefined };
  if (own === undefined) return { ...common, answered: false, ...(ownFailure === undefined ? {} : { failure: ownFailure }) };
  const { scope: _scope, member: _name, ...said } = own;
  return { ...common, answered: true, ...said };
}

/** The facts about the manager at one look. */
export function managerFacts(view: ManagerView): ManagerOutcome {
  const { reading } = view;
  const rules = view.rules ?? DEFAULT_RULES;
  const dcsLost = isDcsLost(view);
  const leader = leaderOf(view);
  const memory = remember(view, leader, dcsLost);
  const listings = reading.members.flatMap((member) => member.listing ?? []);
  const answered = reading.members.some((member) => member.own !== undefined || member.listing !== undefined);
  const paused = [...listings, ...reading.members.flatMap((member) => member.own ?? [])].some((each) => each.paused);
  const before = actsBefore(memory, rules);
  const expected = answered && !paused && before !== undefined && reading.atMs < before;
  const outlived = leader?.source === 'listed' && leader.doubtful && before !== undefined && reading.atMs >= before;
  const scheduledSwitchover = listings.find((each) => each.scheduledSwitchover !== undefined)?.scheduledSwitchover;
  const failure = answered ? undefined : reading.members.find((member) => member.ownFailure !== undefined)?.ownFailure;
  return {
    memory,
    facts: {
      answered,
      ...(leader === undefined ? {} : { leader: leader.node, leaderSource: outlived ? ('renewed' as const) : leader.source }),
      dcsLost,
      paused,
      failoverInProgress: expected,
      ...(expected ? { actsByItselfBeforeMs: before } : {}),
      members: reading.members.map(memberFacts),
      ...(view.rules === undefined ? {} : { rules: view.rules }),
      ...(scheduledSwitchover === undefined ? {} : { scheduledSwitchover }),
      ...(failure === undefined ? {} : { failure }),
    },
  };
}
