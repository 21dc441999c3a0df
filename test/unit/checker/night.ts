/** A night that keeps every promise, by hand: a is lost, b is promoted, the application moves, trading is resumed. Tests break it. */
import type {
  CallRecord,
  ChaosRecord,
  InstanceTruth,
  JournalEntry,
  NodeTruth,
  RunLog,
  SentDecision,
  Truth,
  What,
} from '../../checker/types.js';

const START_MS = 1_000_000;
const second = (n: number): number => START_MS + n * 1_000;

export const primaryA: NodeTruth = {
  up: true,
  frozen: false,
  outOfRecovery: true,
  fenced: false,
  readOnly: false,
  visible: true,
  clockOffsetMs: 0,
  host: 'db-a',
  port: 5432,
  systemIdentifier: '7',
  timeline: 1,
  switches: [],
  lsn: 1_000,
  row: { state: 'present', engaged: false, reason: '', updatedAtMs: START_MS },
};
export const standbyB: NodeTruth = { ...primaryA, host: 'db-b', outOfRecovery: false };
export const fencedA: NodeTruth = { ...primaryA, up: false, fenced: true, visible: false };
export const deadA: NodeTruth = { ...primaryA, up: false, visible: false };
export const promotedB: NodeTruth = { ...standbyB, outOfRecovery: true, timeline: 2, switches: [{ timeline: 1, endLsn: 1_000 }] };

const on = (node: string): InstanceTruth => ({ running: true, sessionOn: node, quarantined: false });
export const stopped: InstanceTruth = { running: false, quarantined: false };
export const both = (state: InstanceTruth): Truth['instances'] => ({ 'app-1': state, 'app-2': state });

const truthAt = (seconds: number, nodes: Truth['nodes'], instances: Truth['instances'], rest: Partial<Truth> = {}): Truth => ({
  atMs: second(seconds),
  trading: 'paused',
  armed: true,
  nodes,
  instances,
  configured: { host: 'db-a', port: 5432 },
  ...rest,
});

/** One entry of the journal, asked for when it happened, by the run. */
export function entry(
  seconds: number,
  what: What,
  target: string,
  key: string,
  truth: Truth,
  rest: Partial<JournalEntry> = {},
): JournalEntry {
  return {
    atMs: second(seconds),
    askedAtMs: second(seconds),
    what,
    by: 'holdfast',
    target,
    key,
    changed: true,
    truth: { ...truth, atMs: second(seconds) },
    ...rest,
  };
}

const moved = { configured: { host: 'db-b', port: 5432 } };
const healthy = truthAt(0, { a: primaryA, b: standbyB }, both(on('a')), { trading: 'trading' });
const lost = truthAt(10, { a: deadA, b: standbyB }, both(on('a')), { trading: 'trading' });
const fenced = truthAt(30, { a: fencedA, b: standbyB }, both(on('a')));
const promoted = truthAt(50, { a: fencedA, b: promotedB }, both(on('a')));
const empty = truthAt(60, { a: fencedA, b: promotedB }, both(stopped));
const pointed = { ...empty, ...moved };
const canary = { ...pointed, instances: { 'app-1': on('b'), 'app-2': stopped } };
export const verified: Truth = { ...pointed, instances: both(on('b')) };
export const resumed: Truth = { ...verified, trading: 'trading' };

const journal: readonly JournalEntry[] = [
  entry(0, 'start-of-record', 'store', '', healthy, { by: 'world', changed: false }),
  entry(10, 'fault', 'a', 'kill', lost, { by: 'world' }),
  entry(20, 'pause', 'trading', 'i/1/pause/1', { ...lost, trading: 'paused' }),
  entry(30, 'fence', 'a', 'i/1/fence/1', fenced),
  entry(45, 'promote', 'b', 'i/1/promote/1', fenced),
  entry(50, 'promoted', 'b', 'i/1/promote/1', promoted),
  entry(60, 'stop', 'app-1', 'i/1/stop/1', empty),
  entry(65, 'point', 'db-b:5432', 'i/1/point/1', pointed),
  entry(70, 'start', 'app-1', 'i/1/start/1', pointed),
  entry(80, 'start', 'app-2', 'i/1/start/2', canary),
  entry(110, 'resume', 'trading', 'i/1/pause/1', resumed),
];

/** A call of the run, by default one that was answered. */
export function call(seconds: number, name: string, target: string, end: CallRecord['end'] = 'answered'): CallRecord {
  return { askedAtMs: second(seconds), call: name, target, end };
}

/** A decision that was really sent, by default the on-call person's own. */
export function sent(seconds: number, gate: string, option: string, code: string, rest: Partial<SentDecision> = {}): SentDecision {
  return { atMs: second(seconds), person: 'ana', roles: ['on-call'], gate, option, code, genuine: true, ...rest };
}

const run: RunLog = {
  workflowId: 'failover:c',
  runId: 'r1',
  cluster: 'c',
  acting: true,
  startedAtMs: second(15),
  endedAtMs: second(115),
  status: 'ended',
  detail: 'verified',
  openings: [
    {
      atMs: second(35),
      gate: 'promote',
      opening: 1,
      code: 'AAA',
      fields: [
        { name: 'topic', value: 'b' },
        { name: 'candidate', value: 'b' },
      ],
    },
    { atMs: second(95), gate: 'resume', opening: 1, code: 'BBB', fields: [{ name: 'topic', value: 'b' }] },
  ],
  closings: [
    { atMs: second(44), gate: 'promote', option: 'approve', silence: false },
    { atMs: second(105), gate: 'resume', option: 'resume', silence: false },
  ],
  testimony: [],
  refusals: [{ atMs: second(40), code: 'HF_TARGET_UNPROVEN', message: 'b is not proven.', evidence: { rule: 'lineage', node: 'b' } }],
  alerts: ['alertmanager f firing 1'],
};

/** The whole record. */
export const goodNight: ChaosRecord = {
  journal,
  calls: [
    call(20, 'tradingPause.pause', 'trading'),
    call(22, 'tradingPause.state', 'trading'),
    call(45, 'cluster.promote', 'b'),
    call(110, 'tradingPause.resume', 'trading'),
  ],
  sentOnce: ['cluster.promote', 'tradingPause.resume', 'tradingPause.pause'],
  end: { ...resumed, atMs: second(120) },
  runs: [run],
  sent: [
    sent(40, 'promote', 'approve', 'AAA'),
    sent(100, 'resume', 'resume', 'BBB'),
    sent(104, 'resume', 'resume', 'BBB', { person: 'raj', roles: ['risk'] }),
  ],
  texts: [
    { atMs: second(35), where: 'card', text: 'The primary is lost. Trading is paused, proven. What yes does: b is promoted.' },
    { atMs: second(112), where: 'result', text: 'verified: trading is resumed' },
  ],
  posted: [{ atMs: second(15), identity: 'alertmanager f firing 1' }],
  rules: [
    { gate: 'promote', people: 1, roles: ['on-call'], safeOptions: ['reject'] },
    { gate: 'accept', people: 1, roles: ['on-call'], safeOptions: ['reject'] },
    { gate: 'unfenced', people: 2, roles: ['on-call', 'risk'], safeOptions: ['hold'] },
    { gate: 'reaffirm', people: 2, roles: ['on-call', 'risk'], safeOptions: ['hold', 'engage-instead'] },
    { gate: 'restore-row', people: 1, roles: ['on-call'], safeOptions: ['hold'] },
    { gate: 'resume', people: 2, roles: ['on-call', 'risk'], safeOptions: ['keep-paused'] },
  ],
  decisionTtlMs: 60_000,
  pauseAskedAtMs: [],
  canaries: ['canary-secret'],
  gates: ['promote', 'resume', 'inconclusive'],
};

/** The night with its run changed. */
export function withRun(change: Partial<RunLog>, night: ChaosRecord = goodNight): ChaosRecord {
  return { ...night, runs: night.runs.map((one) => ({ ...one, ...change })) };
}

/** The night with every entry of one kind changed. */
export function withEntry(what: What, change: (entry: JournalEntry) => Partial<JournalEntry>, night: ChaosRecord = goodNight): ChaosRecord {
  return { ...night, journal: night.journal.map((one) => (one.what === what ? { ...one, ...change(one) } : one)) };
}

/** The night with the truth of every entry from `seconds` on changed, for a condition that lasts. */
export function withTruthFrom(seconds: number, change: (truth: Truth) => Partial<Truth>, night: ChaosRecord = goodNight): ChaosRecord {
  const changed = (truth: Truth): Truth => ({ ...truth, ...change(truth) });
  return {
    ...night,
    end: changed(night.end),
    journal: night.journal.map((one) => (one.atMs >= second(seconds) ? { ...one, truth: changed(one.truth) } : one)),
  };
}

/** The night with entries added, in order of time. */
export function withEntries(entries: readonly JournalEntry[], night: ChaosRecord = goodNight): ChaosRecord {
  return { ...night, journal: [...night.journal, ...entries].sort((a, b) => a.atMs - b.atMs) };
}

/** Epoch milliseconds of a second of the night. */
export const at = second;
