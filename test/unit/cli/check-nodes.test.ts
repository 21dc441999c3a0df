import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { checkNodes } from '../../../src/cli/check/check-nodes.js';
import { parseConfig } from '../../../src/config/load.js';
import { resolvePlan } from '../../../src/config/resolve-plan.js';
import type { NodeAnswer, NodeFacts } from '../../../src/domain/facts.js';
import { FULL, NOW_MS } from './support.js';

const { config } = parseConfig(await readFile(FULL, 'utf8'), FULL);
const plan = resolvePlan({
  config,
  input: { schema: 1, store: 'kill-switch', mode: 'rehearsal', trigger: { kind: 'person', incident: 'i', atMs: NOW_MS } },
  arming: { armed: false },
});

const primary: NodeAnswer = {
  systemIdentifier: '7',
  inRecovery: false,
  serverVersion: 180004,
  history: { timeline: 1, switches: [] },
  receivedLsn: '0/5',
  replayedLsn: '0/5',
  replayPaused: false,
  applyDelayMs: 0,
  defaultReadOnly: false,
  clock: { offsetMs: 1, errorMs: 1 },
  sync: { standbyNames: 'b', applicationCommit: 'on', inSync: ['b'] },
  settings: { max_connections: 100 },
  marker: 'production',
  row: { state: 'present', row: { engaged: false, reason: '', updatedAtMs: NOW_MS - 1000 }, lsn: '0/5' },
  probe: { state: 'not-tried', why: 'check' },
  applicationSessions: 3,
};
const standby: NodeAnswer = { ...primary, inRecovery: true, walReceiver: { visible: true, status: 'streaming', upstream: 'db-a:5432' } };
const facts = (a: Partial<NodeAnswer>, b: Partial<NodeAnswer> = {}): readonly NodeFacts[] => [
  { node: 'a', atMs: NOW_MS, answer: { ...primary, ...a } },
  { node: 'b', atMs: NOW_MS, answer: { ...standby, ...b } },
];
const problems = (seen: readonly NodeFacts[]) =>
  checkNodes(plan, seen, NOW_MS)
    .filter((item) => item.state !== 'ok')
    .map((item) => `${item.state} ${item.area}`);

test('a healthy synchronous pair has no problem', () => {
  expect(problems(facts({}))).toEqual([]);
});

const row = (over: { readonly updatedAtMs: number }): NodeAnswer['row'] => ({
  state: 'present',
  row: { engaged: false, reason: '', ...over },
  lsn: '0/5',
});

test.each<readonly [string, readonly NodeFacts[], readonly string[]]>([
  ['two primaries', facts({}, { inRecovery: false }), ['fail primary']],
  ['no primary', facts({ inRecovery: true }), ['fail primary']],
  ['another environment', facts({ marker: 'exercise' }), ['fail marker a']],
  ['another cluster', facts({}, { systemIdentifier: '8' }), ['fail system identifier']],
  ['a clock that is 3 s off', facts({}, { clock: { offsetMs: 3000, errorMs: 5 } }), ['fail clock b']],
  ['asynchronous replication', facts({ sync: { standbyNames: '', applicationCommit: 'on', inSync: [] } }), ['warn possible loss']],
  ['commits that do not wait', facts({ sync: { standbyNames: 'b', applicationCommit: 'local', inSync: ['b'] } }), ['warn possible loss']],
  ['a stale row', facts({ row: row({ updatedAtMs: NOW_MS - 301_000 }) }), ['warn row']],
  ['a lost row', facts({ row: { state: 'row-missing', lsn: '0/5' } }), ['fail row']],
  ['a broken stream', facts({}, { walReceiver: { visible: true, status: 'stopped' } }), ['fail replication b']],
  ['a receiver that cannot be seen', facts({}, { walReceiver: { visible: false } }), ['warn replication b']],
  ['a setting lower than the primary’s', facts({}, { settings: { max_connections: 50 } }), ['fail settings b']],
  [
    'a node with a wrong certificate',
    [...facts({}).slice(0, 1), { node: 'b', atMs: NOW_MS, failure: { kind: 'tls', text: 'certificate is for another name' } }],
    ['fail node b'],
  ],
])('%s is found', (_name, seen, expected) => {
  expect(problems(seen)).toEqual(expected);
  expect(checkNodes(plan, seen, NOW_MS).filter((item) => item.state !== 'ok' && item.next === '')).toEqual([]);
});
