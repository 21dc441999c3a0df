import { describe, expect, test } from 'vitest';
import { parseListing, parseOwnWord, parseRules } from '../../../../src/adapters/patroni/bodies.js';
import type { Listing, OwnWord } from '../../../../src/adapters/patroni/bodies.js';
import { managerFacts } from '../../../../src/adapters/patroni/manager-facts.js';
import type { ManagerView, PatroniMemory } from '../../../../src/adapters/patroni/manager-facts.js';
import type { MemberReading } from '../../../../src/adapters/patroni/reading.js';
import { nodeOf } from '../../../../src/adapters/patroni/reading.js';
import type { Failure, FailureKind } from '../../../../src/domain/failure.js';
import type { ManagerFacts } from '../../../../src/domain/facts.js';
import { CLUSTER_4, CONFIG_FAST, LEADER_4, REPLICA_4, SEEN_AT_MS } from '../../../support/patroni-bodies.js';

const AT = SEEN_AT_MS + 2_000;
const RULES = parseRules(CONFIG_FAST);
/** ttl 20 s, loop_wait 1 s, margin 10 s. */
const TAKEOVER = 31_000;
/** loop_wait 1 s, retry_timeout 3 s, margin 10 s. */
const ELECTION = 14_000;
const nodes = [
  { name: 'n1', host: '127.0.0.1', port: 15431 },
  { name: 'n2', host: '127.0.0.1', port: 15432 },
  { name: 'n3', host: '127.0.0.1', port: 15433 },
];

const leader = parseOwnWord(LEADER_4) as OwnWord;
const replica = parseOwnWord(REPLICA_4) as OwnWord;
const listing = parseListing(CLUSTER_4) as Listing;
const leaderless: Listing = { ...listing, members: listing.members.map((each) => ({ ...each, leads: false })) };
const failure = (kind: FailureKind): Failure => ({ kind, text: kind });

type Said = Pick<MemberReading, 'own' | 'ownFailure' | 'listing' | 'listingFailure'>;
const well = (own: OwnWord, list: Listing = listing): Said => ({ own, listing: list });
const dead = (kind: FailureKind = 'refused'): Said => ({ ownFailure: failure(kind), listingFailure: failure(kind) });
/** Without the consensus store the agent answers for itself, and /cluster closes without an answer. */
const blind = (own: OwnWord, kind: FailureKind = 'other'): Said => ({ own, listingFailure: failure(kind) });

function view(said: readonly Said[], over: Partial<ManagerView> & { readonly atMs?: number } = {}): ManagerView {
  const { atMs = AT, ...rest } = over;
  return {
    reading: { atMs, members: said.map((each, index) => ({ node: `n${index + 1}`, member: `n${index + 1}`, ...each })) },
    rules: RULES,
    memory: {},
    nodes,
    ...rest,
  };
}

type Row = readonly [name: string, said: readonly Said[], expected: Partial<ManagerFacts>, memory?: PatroniMemory, atMs?: number];

const trouble = (ms: number): PatroniMemory => ({ troubleSinceMs: AT - ms });
const unlocked = (ms: number): PatroniMemory => ({ troubleSinceMs: AT - ms, unlockedSinceMs: AT - ms });
const none = { leader: undefined, leaderSource: undefined, actsByItselfBeforeMs: undefined };

const TABLE: readonly Row[] = [
  [
    'a healthy cluster',
    [well(leader), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'confirmed', dcsLost: false, failoverInProgress: false },
  ],
  [
    'one replica silent',
    [well(leader), well(replica), dead('timeout')],
    { leader: 'n1', leaderSource: 'confirmed', failoverInProgress: false },
  ],
  [
    'leader host killed: the list still names it',
    [dead(), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'listed', failoverInProgress: true, actsByItselfBeforeMs: AT + TAKEOVER },
  ],
  [
    'still so 20 s later: the time runs from the first look',
    [dead(), well(replica), well(replica)],
    { leader: 'n1', failoverInProgress: true, actsByItselfBeforeMs: AT - 20_000 + TAKEOVER },
    trouble(20_000),
  ],
  [
    'named for longer than a lock lasts: it is renewed, only we cannot reach its agent',
    [dead('timeout'), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'renewed', failoverInProgress: false, actsByItselfBeforeMs: undefined },
    trouble(TAKEOVER),
  ],
  [
    'the lock ran out: nobody leads, an election is due',
    [dead(), well({ ...replica, unlocked: true }, leaderless), well(replica, leaderless)],
    { ...none, failoverInProgress: true, actsByItselfBeforeMs: AT + TAKEOVER - 25_000 },
    trouble(25_000),
  ],
  [
    'nobody leads, seen for the first time',
    [dead(), well(replica, leaderless), well(replica, leaderless)],
    { ...none, failoverInProgress: true, actsByItselfBeforeMs: AT + ELECTION },
  ],
  [
    'nobody was elected in a whole round: no good candidate, nothing comes of waiting',
    [dead(), well(replica, leaderless), well(replica, leaderless)],
    { ...none, failoverInProgress: false },
    unlocked(ELECTION),
  ],
  [
    'the new leader has the lock and is still promoting',
    [
      dead(),
      well(
        { ...replica, member: 'n2' },
        { ...listing, members: listing.members.map((each) => ({ ...each, leads: each.member === 'n2' })) },
      ),
      dead(),
    ],
    { leader: 'n2', leaderSource: 'listed', failoverInProgress: true },
  ],
  [
    'the old leader is demoted and the lock still its own: a switchover under way',
    [well({ ...leader, role: 'demoted', state: 'stopping' }), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'listed', failoverInProgress: true },
  ],
  [
    'only PostgreSQL died: the agent holds the lock and mends it, no failover',
    [well({ ...leader, state: 'crashed' }), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'listed', failoverInProgress: false },
  ],
  [
    'the agent’s primary is starting again',
    [well({ ...leader, state: 'starting' }), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'listed', failoverInProgress: false },
  ],
  [
    'consensus store frozen: /cluster closes for everybody',
    [blind({ ...leader, role: 'replica' }), blind(replica), blind(replica)],
    { ...none, dcsLost: true, failoverInProgress: false },
    trouble(5_000),
  ],
  [
    'frozen, the primary not yet demoted: known by its own claim alone',
    [blind(leader), blind(replica, 'timeout'), blind(replica)],
    { dcsLost: true, leader: 'n1', leaderSource: 'claimed', failoverInProgress: false },
  ],
  ['frozen while a host is dead', [dead(), blind(replica), blind(replica)], { ...none, dcsLost: true }],
  [
    'one member alone is cut off from the store',
    [blind(leader), well(replica, leaderless), well(replica, leaderless)],
    { leader: undefined, dcsLost: false, failoverInProgress: true },
  ],
  [
    'the leader alone is cut off from the store: it still says primary, and renews nothing',
    [blind(leader, 'timeout'), well(replica), well(replica)],
    { leader: 'n1', leaderSource: 'listed', dcsLost: false, failoverInProgress: true },
  ],
  [
    'a proxy’s page instead of /cluster while the store was just seen',
    [blind(leader, 'invalid'), blind({ ...replica, dcsLastSeenAtMs: SEEN_AT_MS }, 'invalid'), dead()],
    { dcsLost: false, leader: 'n1', leaderSource: 'claimed' },
  ],
  [
    'the same, and nobody saw the store for longer than a ttl',
    [blind(leader, 'invalid'), blind(replica, 'invalid'), dead()],
    { dcsLost: true },
    {},
    SEEN_AT_MS + 20_001,
  ],
  [
    'nobody answers',
    [dead(), dead('timeout'), dead('unreachable')],
    { ...none, answered: false, dcsLost: false, failoverInProgress: false, failure: failure('refused') },
  ],
  [
    'paused, leader host dead: nothing happens by itself',
    [dead(), well({ ...replica, paused: true }), well(replica)],
    { leader: 'n1', leaderSource: 'listed', paused: true, failoverInProgress: false, actsByItselfBeforeMs: undefined },
  ],
  [
    'paused and healthy',
    [well({ ...leader, paused: true }), well(replica, { ...listing, paused: true }), dead()],
    { paused: true, leader: 'n1' },
  ],
  [
    'two lists differ: the leader that speaks for itself is the later one',
    [
      well({ ...replica, member: 'n1' }),
      well(
        { ...leader, member: 'n2', timeline: 2 },
        { ...listing, members: listing.members.map((each) => ({ ...each, leads: each.member === 'n2' })) },
      ),
      dead(),
    ],
    { leader: 'n2', leaderSource: 'confirmed', failoverInProgress: false },
  ],
  [
    'a leader that is no planned node is named as Patroni names it, and never asked',
    [well(replica, { ...listing, members: [{ member: 'n9', leads: true, standbyCluster: false, state: 'running' }] }), dead(), dead()],
    { leader: 'n9', leaderSource: 'listed', failoverInProgress: false },
  ],
];

describe('the manager’s state', () => {
  const rows = TABLE.map(([name, said, expected, memory = {}, atMs = AT]) => ({ name, expected, seen: view(said, { memory, atMs }) }));
  test.each(rows)('$name', ({ seen, expected }) => {
    expect({ ...none, ...managerFacts(seen).facts }).toMatchObject(expected);
  });

  test('one leader that speaks for itself ends all trouble; the store’s return begins the time anew', () => {
    const after = (said: readonly Said[], memory: PatroniMemory) => managerFacts(view(said, { memory })).memory;
    expect(after([well(leader), well(replica), dead()], unlocked(9_000))).toEqual({});
    expect(after([blind(replica), blind(replica), dead()], unlocked(9_000))).toEqual({});
    expect(after([dead(), well(replica), dead()], {})).toEqual({ troubleSinceMs: AT });
    expect(after([dead(), well(replica, leaderless), dead()], trouble(9_000))).toEqual({ troubleSinceMs: AT - 9_000, unlockedSinceMs: AT });
    // Nobody answered us: that tells nothing about them, so nothing is forgotten.
    expect(after([dead(), dead(), dead()], unlocked(9_000))).toEqual(unlocked(9_000));
  });

  test('without rules Patroni’s defaults are waited for, and no rules are claimed', () => {
    const { facts } = managerFacts(view([dead(), well(replica), well(replica)], { rules: undefined }));
    expect(facts).toMatchObject({ actsByItselfBeforeMs: AT + 50_000 });
    expect(facts).not.toHaveProperty('rules');
  });

  test('each member is told with what it said or why it did not', () => {
    const { facts } = managerFacts(view([well(leader), blind({ ...replica, neverLeads: true }), dead('timeout')]));
    expect(facts.members).toMatchObject([
      { node: 'n1', answered: true, role: 'primary', state: 'running', seesDcs: true, version: '4.1.5', timeline: 1 },
      { node: 'n2', answered: true, role: 'replica', seesDcs: false, neverLeads: true },
      { node: 'n3', answered: false, failure: { kind: 'timeout' } },
    ]);
  });
});

test('Patroni’s name leads to the node: by the member’s own word, by its configured name, else by its database address', () => {
  const { reading } = view([well(leader), dead()], {});
  expect(nodeOf({ ...reading, members: reading.members.slice(0, 1) }, nodes, 'n2')).toBe('n2');
  expect(nodeOf(reading, [{ name: 'second', host: '127.0.0.1', port: 15432 }], 'n1')).toBe('n1');
  const renamed = { ...reading, members: [{ ...reading.members[0]!, node: 'first' }] };
  expect(nodeOf(renamed, [{ name: 'second', host: '127.0.0.1', port: 15432 }], 'n2')).toBe('second');
  expect(nodeOf(renamed, [], 'n2')).toBeUndefined();
});
