import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { checkManager } from '../../../src/cli/check/check-manager.js';
import type { ManagerSubject } from '../../../src/cli/check/check-manager.js';
import { parseConfig } from '../../../src/config/load.js';
import { resolvePlan } from '../../../src/config/resolve-plan.js';
import type { ManagerFacts, ManagerMember, ManagerRules } from '../../../src/domain/facts.js';
import { failure, primaryFacts, standbyFacts, SYSTEM_IDENTIFIER } from '../../support/build-facts.js';
import { FULL, NOW_MS } from './support.js';

const text = (await readFile(FULL, 'utf8'))
  .replace('adapter: postgres', 'adapter: patroni\n      patroni: { scope: s, watchdog: required }')
  .replace(', candidate: true, managed: false', '');
const { config } = parseConfig(text, FULL);
const plan = resolvePlan({
  config,
  input: { schema: 1, store: 'kill-switch', mode: 'rehearsal', trigger: { kind: 'person', incident: 'i', atMs: NOW_MS } },
  arming: { armed: false },
});

const member = (node: string, over: Partial<ManagerMember> = {}): ManagerMember => ({
  node,
  answered: true,
  role: node === 'a' ? 'primary' : 'replica',
  state: 'running',
  seesDcs: true,
  version: '4.1.5',
  systemIdentifier: SYSTEM_IDENTIFIER,
  ...over,
});
const rules: ManagerRules = {
  ttlMs: 30_000,
  loopWaitMs: 10_000,
  retryTimeoutMs: 10_000,
  synchronousMode: 'strict',
  failsafe: true,
  maximumLagBytes: 1_048_576,
};
const well: ManagerFacts = {
  answered: true,
  leader: 'a',
  leaderSource: 'confirmed',
  dcsLost: false,
  paused: false,
  failoverInProgress: false,
  members: [member('a'), member('b')],
  rules,
};
const subject: ManagerSubject = {
  nodes: [primaryFacts('a'), standbyFacts('b')],
  access: ['a', 'b'].map((node) => ({ node, own: 'accepted', openToAll: 'no', encrypted: true, detail: '400' })),
  watchdog: 'required',
  requestTimeoutMs: 45_000,
};

const problems = (over: Partial<ManagerFacts> = {}, against: Partial<ManagerSubject> = {}): readonly string[] =>
  checkManager(plan, { ...well, ...over }, { ...subject, ...against })
    .filter((item) => item.state !== 'ok')
    .map((item) => `${item.state} ${item.area}`);
const access = (over: Partial<ManagerSubject['access'][number]>): Partial<ManagerSubject> => ({
  access: [{ node: 'a', own: 'accepted', openToAll: 'no', encrypted: true, detail: '401 not authenticated', ...over }],
});
const withoutLeader = ({ leader: _leader, leaderSource: _source, ...rest }: ManagerFacts): ManagerFacts => rest;

test('the plan says that Patroni promotes', () => {
  expect(plan.nodes.map((node) => node.managed)).toEqual([true, true]);
  expect(plan.adapters.cluster).toEqual({ kind: 'patroni', promote: 'read-back', settleMs: 60_000 });
});

test('a well set-up cluster has no problem', () => {
  expect(problems()).toEqual([]);
});

test.each<readonly [string, Partial<ManagerFacts>, readonly string[]]>([
  ['a silent agent', { members: [member('a'), { node: 'b', answered: false, failure: failure('tls') }] }, ['fail manager b']],
  ['a member that cannot list the cluster', { members: [member('a'), member('b', { seesDcs: false })] }, ['fail manager b']],
  ['a server that does not run', { members: [member('a'), member('b', { state: 'stopped' })] }, ['warn manager b']],
  ['a pending restart', { members: [member('a'), member('b', { pendingRestart: true })] }, ['warn manager b']],
  ['failsafe in use', { members: [member('a', { failsafeActive: true }), member('b')] }, ['fail manager a']],
  ['consensus store lost', { dcsLost: true }, ['fail consensus store']],
  ['paused', { paused: true }, ['warn manager pause']],
  ['a planned switchover', { scheduledSwitchover: { at: '2099-01-01T00:00:00+00:00' } }, ['warn manager switchover']],
  ['another leader than SQL says', { leader: 'b' }, ['fail manager leader']],
  ['a leader that is not configured', { leader: 'n9' }, ['fail manager leader']],
  ['a leader that only the list names', { leaderSource: 'renewed' }, ['warn manager leader']],
  ['an agent of another server', { members: [member('a'), member('b', { systemIdentifier: '1' })] }, ['fail manager b']],
  ['two versions', { members: [member('a'), member('b', { version: '3.0.2' })] }, ['warn manager versions']],
  [
    'a candidate that its tags bar',
    { members: [member('a'), member('b', { neverLeads: true })] },
    ['warn manager tags', 'fail manager tags'],
  ],
  ['a broken watchdog', { members: [member('a', { watchdogFailed: true }), member('b')] }, ['fail watchdog']],
  ['times that break the law', { rules: { ...rules, ttlMs: 29_000 } }, ['fail manager timing']],
  ['a ttl beyond the staleness window', { rules: { ...rules, ttlMs: 300_000 } }, ['warn manager timing', 'fail manager timing']],
  ['a loop that outlasts the settle time', { rules: { ...rules, ttlMs: 40_000, loopWaitMs: 20_000 } }, ['fail manager timing']],
  [
    'a loop that outlasts the request',
    { rules: { ...rules, ttlMs: 45_000, loopWaitMs: 25_000 } },
    ['fail manager timing', 'warn manager timing'],
  ],
  ['asynchronous', { rules: { ...rules, synchronousMode: 'off' } }, ['warn manager synchronous']],
  ['synchronous with a way back', { rules: { ...rules, synchronousMode: 'on' } }, ['warn manager synchronous']],
  ['no failsafe', { rules: { ...rules, failsafe: false } }, ['warn manager failsafe']],
])('%s', (_name, over, expected) => {
  expect(problems(over)).toEqual(expected);
});

test.each<readonly [string, Partial<ManagerSubject>, readonly string[]]>([
  ['a login that is refused', access({ own: 'refused' }), ['fail manager access a']],
  ['no answer to it', access({ own: 'unknown', openToAll: 'unknown' }), ['fail manager access a']],
  ['open to everybody', access({ openToAll: 'yes', encrypted: false }), ['warn manager access a']],
  ['a login in the clear', access({ encrypted: false }), ['warn manager access a']],
  ['no watchdog', { watchdog: 'off' }, ['warn watchdog']],
  ['an automatic one', { watchdog: 'automatic' }, ['warn watchdog']],
  ['an undeclared one', { watchdog: 'unknown' }, ['warn watchdog']],
])('%s', (_name, against, expected) => {
  expect(problems({}, against)).toEqual(expected);
});

test('no leader, no rules, nobody at all', () => {
  const items = (facts: ManagerFacts) =>
    checkManager(plan, facts, subject)
      .filter((item) => item.state !== 'ok')
      .map((item) => item.area);
  expect(items(withoutLeader(well))).toEqual(['manager leader']);
  const { rules: _rules, ...unruled } = well;
  expect(items(unruled)).toEqual(['manager rules']);
  expect(items({ ...withoutLeader(unruled), answered: false, members: [{ node: 'a', answered: false }] })).toEqual([
    'manager a',
    'manager rules',
  ]);
});

test('a node that Holdfast never promotes and the manager may is told', () => {
  const barred = { ...plan, nodes: [...plan.nodes, { ...plan.nodes[1]!, name: 'c', candidate: false }] };
  const items = checkManager(barred, { ...well, members: [...(well.members ?? []), member('c')] }, subject);
  expect(items.filter((item) => item.state !== 'ok').map((item) => item.detail)).toEqual([
    'c has candidate: false here, and the manager may promote it',
  ]);
});

test('every problem says what to do, and the times are told in numbers', () => {
  const items = checkManager(
    plan,
    { ...well, rules: { ...rules, ttlMs: 40_000, loopWaitMs: 20_000, retryTimeoutMs: 11_000 } },
    { ...subject, watchdog: 'off' },
  );
  for (const item of items.filter((each) => each.state !== 'ok')) expect(item.next).not.toBe('');
  expect(items.filter((each) => each.area === 'manager timing').map((each) => each.detail)).toEqual([
    'ttl 40 s, loop_wait 20 s, retry_timeout 11 s: ttl is below loop_wait + 2 × retry_timeout',
    'cluster.patroni.settle is 1 min; a promotion may still happen for 1 min 20 s',
  ]);
});
