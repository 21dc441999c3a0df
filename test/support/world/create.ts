import { createVirtualClock } from '../virtual-clock.js';
import type { VirtualClock } from '../virtual-clock.js';
import { createPrng } from '../prng.js';
import type { Prng } from '../prng.js';
import { reliableCalls } from './calls.js';
import type { CallPlan } from './calls.js';
import { appendRow, settleLogs } from './log.js';
import { nodeOf } from './lookup.js';
import { startManager } from './manager.js';
import { takeSnapshot } from './snapshot.js';
import { record } from './truth.js';
import type { RowState, World, WorldInstance, WorldNode, WorldPerson, WorldTimes } from './types.js';

/** 2026-01-06 03:00 UTC: a night. */
export const WORLD_START_MS = Date.UTC(2026, 0, 6, 3);

/** A world that differs from the ordinary one in the named ways. */
export interface WorldOptions {
  readonly clock?: VirtualClock;
  readonly prng?: Prng;
  readonly calls?: CallPlan;
  readonly nodes?: readonly string[];
  readonly instances?: number;
  /** An HA manager over the nodes, with this ttl; absent: plain servers. */
  readonly managerTtlMs?: number;
  /** Instances as a platform with names and addresses of its own knows them; default false: services configured by name. */
  readonly pods?: boolean;
  readonly row?: RowState | { readonly engaged: boolean; readonly reason?: string; readonly ageMs: number };
  readonly lagMs?: number;
  readonly writeRate?: number;
  readonly synchronous?: boolean;
  readonly armed?: boolean;
  readonly times?: Partial<WorldTimes>;
  readonly people?: readonly WorldPerson[];
  readonly pauseClass?: 'repeatable' | 'read-back';
  /** Age of the last snapshot; absent: no snapshot was ever taken. */
  readonly snapshotAgeMs?: number;
}

const ordinaryTimes: WorldTimes = {
  promoteMs: 400,
  startMs: 900,
  bootMs: 300,
  stopMs: 200,
  fenceMs: 300,
  staleAfterMs: 300_000,
  futureToleranceMs: 5_000,
};

/** On-call, operations and risk people; each holds one key. */
export const WORLD_PEOPLE: readonly WorldPerson[] = [
  { id: 'ana', roles: ['on-call'], handles: ['ana@desk'], keyId: 'ana-key' },
  { id: 'olga', roles: ['on-call', 'operations'], handles: ['olga@desk'], keyId: 'olga-key' },
  { id: 'raj', roles: ['risk'], handles: ['raj@desk'], keyId: 'raj-key' },
  { id: 'rita', roles: ['risk'], handles: ['rita@desk'], keyId: 'rita-key' },
];

function createNode(name: string, index: number, options: WorldOptions): WorldNode {
  return {
    name,
    host: `db-${name}.internal`,
    port: 5432 + index,
    systemIdentifier: '7300000000000000001',
    marker: 'production',
    process: 'up',
    enabled: true,
    cutOff: false,
    inRecovery: index > 0,
    timeline: 1,
    switches: [],
    marks: [],
    log: [],
    upstream: undefined,
    receivedLsn: 0,
    replayedLsn: 0,
    lastLinkAtMs: 0,
    lagMs: options.lagMs ?? 20,
    replayPaused: false,
    clockOffsetMs: 0,
    certificateWrong: false,
    applicationLoginFails: false,
    readOnly: false,
    syncNames: index === 0 && options.synchronous === true ? '*' : '',
    settings: {
      max_connections: 100,
      max_worker_processes: 8,
      max_wal_senders: 10,
      max_prepared_transactions: 0,
      max_locks_per_transaction: 64,
    },
    pending: undefined,
    promoting: false,
  };
}

function createInstance(index: number, target: string): WorldInstance {
  return {
    name: `app-${index + 1}`,
    clientAddress: `10.0.1.${index + 1}`,
    process: 'running',
    incarnation: 1,
    target,
    quarantined: undefined,
    ignoresStop: false,
    failsBoot: false,
    lastWords: 'started',
    stopAtMs: Number.POSITIVE_INFINITY,
    adminCallsAtMs: [],
    adminCalls: 0,
    adminRefused: false,
    silent: false,
    pending: undefined,
  };
}

function initialRow(options: WorldOptions, startMs: number): RowState {
  const row = options.row ?? { engaged: false, reason: '', ageMs: 30_000 };
  if ('state' in row) return row;
  return {
    state: 'present',
    engaged: row.engaged,
    reason: row.reason ?? (row.engaged ? 'drawdown limit' : ''),
    updatedAtMs: startMs - row.ageMs,
  };
}

/** Creates a healthy store: the first node is primary, the others stream from it, every instance runs on it, trading is live. */
export function createWorld(options: WorldOptions = {}): World {
  const clock = options.clock ?? createVirtualClock(WORLD_START_MS);
  const startMs = clock.now();
  const names = options.nodes ?? ['a', 'b'];
  const nodes = new Map(names.map((name, index) => [name, createNode(name, index, options)]));
  const primaryName = names[0] ?? 'a';
  const instances = Array.from({ length: options.instances ?? 3 }, (_, index) => createInstance(index, primaryName));
  const world: World = {
    clock,
    prng: options.prng ?? createPrng(1),
    calls: options.calls ?? reliableCalls(),
    store: 'kill-switch',
    cluster: 'geosync',
    environment: 'production',
    times: { ...ordinaryTimes, ...options.times },
    nodes,
    instances: new Map(instances.map((instance) => [instance.name, instance])),
    manager: undefined,
    pods: options.pods ?? false,
    roll: undefined,
    env: { host: '', port: 0, version: 1, wrongForm: false, unparsable: false, readable: true, rest: 'LOG_LEVEL=info' },
    trading: { state: 'trading', by: undefined, pauseClass: options.pauseClass ?? 'repeatable', reach: 'ok' },
    people: options.people ?? WORLD_PEOPLE,
    platform: { reach: 'ok' },
    fencing: { reach: 'ok' },
    arming: { armed: options.armed ?? true, atMs: startMs },
    journal: [],
    asked: [],
    notices: [],
    archive: new Map(),
    series: new Map(),
    metrics: { reach: 'ok', series: new Map(), nonsense: undefined, warnings: [], rules: [], targets: [] },
    snapshot: undefined,
    writeRate: options.writeRate ?? 40,
  };
  const primary = nodeOf(world, primaryName);
  world.env.host = primary.host;
  world.env.port = primary.port;
  primary.marks = [{ atMs: startMs - 3_600_000, lsn: 0x3000000, rate: 0 }];
  const row = initialRow(options, startMs);
  const first = appendRow(world, primary, row);
  for (const node of nodes.values()) {
    if (node === primary) continue;
    node.upstream = primaryName;
    node.log = [first];
    node.receivedLsn = first.lsn;
    node.replayedLsn = first.lsn;
    node.lastLinkAtMs = startMs;
  }
  primary.marks.push({ atMs: startMs, lsn: first.lsn, rate: world.writeRate });
  if (options.snapshotAgeMs !== undefined) world.snapshot = takeSnapshot(world, primary, startMs - options.snapshotAgeMs);
  settleLogs(world);
  if (options.managerTtlMs !== undefined) world.manager = startManager(world, options.managerTtlMs);
  record(world, { what: 'start-of-record', by: 'world', target: world.store, key: '', changed: false });
  return world;
}
