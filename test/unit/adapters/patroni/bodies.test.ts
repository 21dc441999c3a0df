import { describe, expect, test } from 'vitest';
import { parseListing, parseOwnWord, parseRules } from '../../../../src/adapters/patroni/bodies.js';
import { readPostAnswer, wordsOf } from '../../../../src/adapters/patroni/post-answer.js';
import {
  CLUSTER_3,
  CLUSTER_4,
  CLUSTER_UGLY,
  CONFIG_FAST,
  ERROR_PAGE,
  LEADER_3,
  LEADER_4,
  POST_ANSWERS,
  REPLICA_4,
  SEEN_AT_MS,
  STOPPED_4,
} from '../../../support/patroni-bodies.js';

const withKeys = (body: string, over: Record<string, unknown>): string => JSON.stringify({ ...(JSON.parse(body) as object), ...over });
const NO_BODIES = [
  '',
  '[]',
  'null',
  '"running"',
  '{}',
  '{"state": "running"}',
  '{"members": {}}',
  ERROR_PAGE,
  'Switchover scheduled',
  '{"patro',
];

describe('GET /patroni', () => {
  test('a leader, a replica, and a leader of version 3, whose role is `master`', () => {
    expect(parseOwnWord(LEADER_4)).toEqual({
      scope: 'killswitch',
      member: 'n1',
      version: '4.1.5',
      role: 'primary',
      state: 'running',
      timeline: 1,
      dcsLastSeenAtMs: SEEN_AT_MS,
      paused: false,
      unlocked: false,
      failsafeActive: false,
      pendingRestart: false,
      watchdogFailed: false,
      neverLeads: false,
      systemIdentifier: '7711436714004561126',
    });
    expect(parseOwnWord(REPLICA_4)).toMatchObject({ role: 'replica', member: 'n2', dcsLastSeenAtMs: SEEN_AT_MS - 6_000 });
    expect(parseOwnWord(LEADER_3)).toMatchObject({ role: 'primary', version: '3.0.2' });
    expect(parseOwnWord(LEADER_3)).not.toHaveProperty('member');
  });

  test.each<readonly [string, Record<string, unknown>, Record<string, unknown>]>([
    ['a role nobody knows', { role: 'observer' }, { role: 'other' }],
    ['no role at all', { role: undefined }, { role: 'other' }],
    ['a demoted one', { role: 'demoted' }, { role: 'demoted' }],
    ['a standby cluster', { role: 'standby_leader' }, { role: 'standby-leader' }],
    ['paused', { pause: true }, { paused: true }],
    ['unlocked', { cluster_unlocked: true }, { unlocked: true }],
    ['failsafe', { failsafe_mode_is_active: true }, { failsafeActive: true }],
    ['a broken watchdog', { watchdog_failed: true }, { watchdogFailed: true }],
    ['a pending restart', { pending_restart: true }, { pendingRestart: true }],
    ['never seen the store', { dcs_last_seen: 0 }, { dcsLastSeenAtMs: undefined }],
    ['nofailover', { tags: { nofailover: true } }, { neverLeads: true }],
    ['nofailover as text', { tags: { nofailover: 'true' } }, { neverLeads: true }],
    ['priority 0', { tags: { failover_priority: 0 } }, { neverLeads: true }],
    ['priority 0 overruled', { tags: { nofailover: false, failover_priority: 0 } }, { neverLeads: false }],
    ['other tags', { tags: { clonefrom: true } }, { neverLeads: false }],
  ])('%s', (_name, over, expected) => {
    expect({ dcsLastSeenAtMs: undefined, ...parseOwnWord(withKeys(LEADER_4, over)) }).toMatchObject(expected);
  });

  test('a server that does not run has neither timeline nor location', () => {
    expect(parseOwnWord(STOPPED_4)).toMatchObject({ state: 'stopped' });
    expect(parseOwnWord(STOPPED_4)).not.toHaveProperty('timeline');
  });

  test.each(NO_BODIES)('%j is no such body', (body) => {
    expect(parseOwnWord(body)).toBeUndefined();
  });
});

describe('GET /cluster', () => {
  test('version 4 and version 3', () => {
    expect(parseListing(CLUSTER_4)).toEqual({
      scope: 'killswitch',
      paused: false,
      members: [
        { member: 'n1', leads: true, standbyCluster: false, state: 'running', host: '127.0.0.1', port: 15431, timeline: 1 },
        { member: 'n2', leads: false, standbyCluster: false, state: 'streaming', host: '127.0.0.1', port: 15432, timeline: 1, lagBytes: 0 },
      ],
    });
    expect(parseListing(CLUSTER_3)?.members.map((each) => each.leads)).toEqual([true, false]);
    expect(parseListing(CLUSTER_3)).not.toHaveProperty('scope');
  });

  test('a lag that is the word "unknown" is no number; a pause and a planned switchover are seen', () => {
    expect(parseListing(CLUSTER_UGLY)).toEqual({
      scope: 'killswitch',
      paused: true,
      scheduledSwitchover: { at: '2099-01-01T00:00:00+00:00', from: 'n1', to: 'n2' },
      members: [{ member: 'n1', leads: false, standbyCluster: false, state: 'stopped' }],
    });
  });

  test('an entry that is no member is left out', () => {
    expect(parseListing('{"members": [null, 5, {}, {"name": "n1"}]}')?.members).toEqual([
      { member: 'n1', leads: false, standbyCluster: false, state: 'unknown' },
    ]);
  });

  test.each(NO_BODIES)('%j is no such body', (body) => {
    expect(parseListing(body)).toBeUndefined();
  });
});

describe('GET /config', () => {
  test('the numbers that matter, and nothing else', () => {
    expect(parseRules(CONFIG_FAST)).toEqual({
      ttlMs: 20_000,
      loopWaitMs: 1_000,
      retryTimeoutMs: 3_000,
      synchronousMode: 'off',
      failsafe: false,
      maximumLagBytes: 1_048_576,
    });
  });

  test.each<readonly [string, string, Record<string, unknown>]>([
    ['nothing written: the defaults', '{"postgresql": {}}', { ttlMs: 30_000, loopWaitMs: 10_000, retryTimeoutMs: 10_000 }],
    [
      'less than Patroni takes: the least it takes',
      '{"ttl": 5, "loop_wait": 0, "retry_timeout": 1}',
      { ttlMs: 20_000, loopWaitMs: 1_000, retryTimeoutMs: 3_000 },
    ],
    ['nonsense, which PATCH takes unchecked', '{"ttl": "x"}', { ttlMs: 30_000 }],
    ['a number as text', '{"ttl": "40"}', { ttlMs: 40_000 }],
    ['synchronous', '{"ttl": 30, "synchronous_mode": true}', { synchronousMode: 'on' }],
    ['strict', '{"ttl": 30, "synchronous_mode": "on", "synchronous_mode_strict": true}', { synchronousMode: 'strict' }],
    ['strict alone is nothing', '{"ttl": 30, "synchronous_mode_strict": true}', { synchronousMode: 'off' }],
    ['quorum', '{"ttl": 30, "synchronous_mode": "quorum"}', { synchronousMode: 'quorum' }],
    ['failsafe', '{"ttl": 30, "failsafe_mode": true}', { failsafe: true }],
  ])('%s', (_name, body, expected) => {
    expect(parseRules(body)).toMatchObject(expected);
  });

  test.each(NO_BODIES)('%j is no such body', (body) => {
    expect(parseRules(body)).toBeUndefined();
  });
});

describe('answers to a request to act', () => {
  const rows: readonly { readonly name: keyof typeof POST_ANSWERS; readonly kind: string; readonly to?: string }[] = [
    { name: 'switched', kind: 'moved', to: 'n2' },
    { name: 'failedOver', kind: 'moved', to: 'n2' },
    { name: 'otherOne', kind: 'moved', to: 'n3' },
    { name: 'scheduled', kind: 'unknown' },
    { name: 'emptyRequest', kind: 'refused' },
    { name: 'same', kind: 'refused' },
    { name: 'noLogin', kind: 'refused' },
    { name: 'wrongLogin', kind: 'refused' },
    { name: 'wrongLeader', kind: 'refused' },
    { name: 'noCandidate', kind: 'refused' },
    { name: 'unknownMember', kind: 'refused' },
    { name: 'dropped', kind: 'dropped' },
    { name: 'statusUnknown', kind: 'unknown' },
    { name: 'notWritten', kind: 'unknown' },
  ];
  test.each(rows)('$name: $kind', ({ name, kind, to }) => {
    const answer = readPostAnswer(POST_ANSWERS[name]);
    expect(answer.kind).toBe(kind);
    expect(answer.kind === 'moved' ? answer.to : undefined).toBe(to);
  });

  test('a 200 without a name, a gateway’s answer and an unknown status decide nothing', () => {
    expect(readPostAnswer({ status: 200, body: '<html>ok</html>' })).toEqual({ kind: 'moved', words: 'ok' });
    for (const status of [204, 302, 500, 502, 504]) expect(readPostAnswer({ status, body: '' }).kind).toBe('unknown');
  });

  test('words are one short line without markup and without credentials', () => {
    expect(wordsOf(ERROR_PAGE)).toMatch(/^Error response Error code: 400 Message: Bad Request\. .*method\.$/);
    expect(wordsOf('password=hunter2 refused')).toBe('password=*** refused');
    expect(wordsOf('x'.repeat(500)).length).toBeLessThanOrEqual(160);
  });
});
