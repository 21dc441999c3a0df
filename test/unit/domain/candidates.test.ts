import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ManagerFacts, NodeAnswer, NodeFacts } from '../../../src/domain/facts.js';
import { rankCandidates } from '../../../src/domain/candidates.js';
import type { RefusalContext, RefusalRule } from '../../../src/domain/candidate-refusals.js';
import { compareLsn } from '../../../src/domain/lsn.js';
import { anyObservation } from '../../support/arbitrary-facts.js';
import {
  deadPrimaryObservation,
  failedNode,
  manager,
  observation,
  orphanFacts,
  planContext,
  plannedNode,
  primaryFacts,
  snapshot,
  TIMELINE_2,
} from '../../support/build-facts.js';

const dead = (...others: readonly NodeFacts[]) => deadPrimaryObservation({ nodes: [failedNode('a', 'refused'), ...others] });

/** The rules that refuse `b`. */
function rulesFor(facts: NodeFacts, context: RefusalContext = planContext()): readonly RefusalRule[] {
  return (
    rankCandidates(dead(facts), context)
      .refused.find((each) => each.node === 'b')
      ?.reasons.map((each) => each.rule) ?? []
  );
}

describe('refusals', () => {
  const left = snapshot({ history: TIMELINE_2, lsn: '0/6000000' });
  test.each<[RefusalRule, Partial<NodeAnswer>, RefusalContext?]>([
    ['fork', { history: { timeline: 2, switches: [{ timeline: 1, endLsn: '0/5000000' }] } }, planContext({ lastSnapshot: left })],
    ['behind-timeline', {}, planContext({ lastSnapshot: left })],
    ['system-identifier', { systemIdentifier: '1' }],
    ['marker', { marker: 'staging' }],
    ['marker', { marker: undefined }],
    ['replay-paused', { replayPaused: true }],
    ['apply-delay', { applyDelayMs: 60_000 }],
    ['clock', { clock: { offsetMs: 2_001, errorMs: 1 } }],
    ['clock', { clock: { offsetMs: -2_001, errorMs: 1 } }],
    ['clock', { clock: { offsetMs: 0, errorMs: 2_001 } }],
    ['settings', { settings: { max_connections: 50, max_wal_senders: 10 } }],
    ['sync-blocks', { sync: { standbyNames: 'FIRST 1 (a, b)', applicationCommit: 'on', inSync: [] } }],
    ['managed', {}, planContext({ nodes: [plannedNode('a'), plannedNode('b', { managed: true })] })],
    ['not-a-candidate', {}, planContext({ nodes: [plannedNode('a'), plannedNode('b', { candidate: false })] })],
    ['fenced', {}, planContext({}, ['b'])],
    ['application-login', {}, { ...planContext(), applicationLogin: { b: { ok: false, sentence: 'certificate expired.' } } }],
  ])('%s (case %#)', (rule, over, context) => {
    expect(rulesFor(orphanFacts('b', over), context)).toEqual([rule]);
  });

  test.each<
    readonly [
      string,
      Omit<Partial<ManagerFacts>, 'members'> & { readonly members?: ManagerFacts['members'] | undefined },
      readonly string[],
    ]
  >([
    ['its manager can be asked', {}, []],
    ['the manager tells no members', { members: undefined }, []],
    ['no member of the manager answers', { answered: false }, ['manager']],
    ['the manager lost its consensus store', { dcsLost: true }, ['manager']],
    ['its own agent is silent', { members: [{ node: 'b', answered: false }] }, ['manager']],
    ['the manager does not know it', { members: [] }, ['manager']],
    ['its tags forbid it', { members: [{ node: 'b', answered: true, neverLeads: true }] }, ['manager']],
  ])('a managed node when %s', (_name, said, rules) => {
    const managed = planContext({ nodes: [plannedNode('a'), plannedNode('b', { managed: true })] });
    const { members, ...rest } = { members: [{ node: 'b', answered: true }] as ManagerFacts['members'], ...said };
    const facts = { ...manager(rest), ...(members === undefined ? {} : { members }) };
    // The manager writes synchronous_standby_names itself, so what stands there now blocks nothing.
    const waiting = orphanFacts('b', { sync: { standbyNames: '"n9"', applicationCommit: 'on', inSync: [] } });
    const seen = observation({ nodes: [failedNode('a'), waiting], manager: facts });
    expect(
      rankCandidates(seen, managed)
        .refused.find((each) => each.node === 'b')
        ?.reasons.map((each) => each.rule) ?? [],
    ).toEqual(rules);
  });

  test.each<[RefusalRule, NodeFacts]>([
    ['not-answered', failedNode('b')],
    ['tls', failedNode('b', 'tls')],
    ['auth', failedNode('b', 'auth', '28P01')],
    ['out-of-recovery', primaryFacts('b')],
  ])('%s', (rule, facts) => {
    expect(rulesFor(facts)).toEqual([rule]);
  });

  test.each<[string, Partial<NodeAnswer>, RefusalContext?]>([
    ['a clock 2 s off', { clock: { offsetMs: 2_000, errorMs: 1 } }],
    ['higher settings', { settings: { max_connections: 200, max_wal_senders: 10 } }],
    ['synchronous names without synchronous commit', { sync: { standbyNames: 'a', applicationCommit: 'local', inSync: [] } }],
    ['a tried login that works', {}, { ...planContext(), applicationLogin: { b: { ok: true, sentence: 'read the row.' } } }],
  ])('%s is accepted', (_name, over, context) => {
    expect(rulesFor(orphanFacts('b', over), context)).toEqual([]);
  });

  test('a synchronous standby that is left does not block', () => {
    const sync = { standbyNames: '*', applicationCommit: 'on', inSync: [] };
    const context = planContext({ nodes: [plannedNode('a'), plannedNode('b'), plannedNode('c')] });
    expect(rankCandidates(dead(orphanFacts('b', { sync }), orphanFacts('c')), context).ranked.map((each) => each.node)).toEqual(['b', 'c']);
  });

  test('another major version is refused while the primary can say its own', () => {
    const seen = observation({ nodes: [primaryFacts('a'), orphanFacts('b', { serverVersion: 170002 })] });
    expect(rankCandidates(seen, planContext()).refused.map((each) => [each.node, each.reasons.map((reason) => reason.sentence)])).toEqual([
      ['a', ['a is out of recovery already (timeline 1).']],
      ['b', ['b runs PostgreSQL 17, a runs 18.']],
    ]);
  });

  test('each sentence names node, number and limit', () => {
    const facts = orphanFacts('b', { clock: { offsetMs: 3_000, errorMs: 4 }, settings: { max_connections: 50 }, marker: 'staging' });
    expect(
      rankCandidates(dead(facts), planContext())
        .refused.at(-1)
        ?.reasons.map((each) => each.sentence),
    ).toEqual([
      'b carries the marker staging, expected production.',
      "b's clock is 3 s off the worker's (± 4 ms); the limit is 2 s.",
      'b has max_connections = 50, the primary had 100.',
    ]);
  });
});

describe('rankCandidates', () => {
  const context = planContext({
    nodes: [
      plannedNode('a', { site: 'one' }),
      plannedNode('b', { site: 'two' }),
      plannedNode('c', { site: 'one' }),
      plannedNode('d', { site: 'one' }),
    ],
  });
  const order = (...others: readonly NodeFacts[]): readonly string[] =>
    rankCandidates(dead(...others), context).ranked.map((each) => each.node);

  test('more WAL wins, whatever was replayed', () => {
    expect(order(orphanFacts('b', { receivedLsn: '0/5000061', replayedLsn: '0/1' }), orphanFacts('c'))).toEqual(['b', 'c']);
  });

  test('then the site, then the name', () => {
    expect(order(orphanFacts('b'), orphanFacts('d'), orphanFacts('c'))).toEqual(['c', 'd', 'b']);
  });

  test('a later timeline wins over a longer old one', () => {
    expect(
      order(orphanFacts('b', { history: TIMELINE_2, receivedLsn: '0/5000060' }), orphanFacts('c', { receivedLsn: '0/6000000' })),
    ).toEqual(['b', 'c']);
  });

  test('the loss of a node that somebody promoted is reckoned too', () => {
    const seen = dead(primaryFacts('b', { history: { timeline: 2, switches: [{ timeline: 1, endLsn: '0/4FFFF00' }] } }));
    expect(rankCandidates(seen, { ...context, adopted: 'b' }).adoptedLoss).toMatchObject({ kind: 'at-least', bytes: 256 });
    expect(rankCandidates(seen, context).adoptedLoss).toBeUndefined();
  });

  test('every planned node is in exactly one list, refused ones with a reason, ranked ones in order', () => {
    const planned = planContext({ nodes: [plannedNode('a'), plannedNode('b'), plannedNode('c'), plannedNode('unseen')] });
    fc.assert(
      fc.property(anyObservation, (seen) => {
        const { ranked, refused } = rankCandidates(seen, planned);
        expect([...ranked, ...refused].map((each) => each.node).toSorted()).toEqual(['a', 'b', 'c', 'unseen']);
        for (const each of refused) expect(each.reasons.length).toBeGreaterThan(0);
        for (const [index, each] of ranked.entries()) {
          const next = ranked[index + 1];
          const inOrder = next === undefined || next.timeline < each.timeline || compareLsn(each.receivedLsn, next.receivedLsn) >= 0;
          expect(inOrder).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
