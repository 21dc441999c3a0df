/** A double of Patroni’s REST API for what a real one cannot be brought to answer, with its words as they were measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createPatroniCluster } from '../../src/adapters/patroni/cluster.js';
import type { PatroniLimits } from '../../src/adapters/patroni/settings.js';
import type { NodeFacts } from '../../src/domain/facts.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import type { ClusterPort } from '../../src/ports/cluster.js';
import { failedNode, primaryFacts, standbyFacts, TIMELINE_2 } from '../support/build-facts.js';
import { CONFIG_FAST, ERROR_PAGE, POST_ANSWERS, SCOPE } from '../support/patroni-bodies.js';
import { CANARY } from './harness.js';
import type { DoubleAnswer, DoubleRequest, HttpDouble } from './http-double.js';
import { startHttpDouble } from './http-double.js';

export const NAMES = ['n1', 'n2', 'n3'] as const;
export type Name = (typeof NAMES)[number];

/** What is so in the double’s cluster; a test changes it as it likes. */
export interface DoubleState {
  /** Who holds the lock in the consensus store. */
  leader: Name | undefined;
  /** Who is out of recovery by SQL. */
  primary: Name | undefined;
  timeline: number;
  /** The consensus store does not answer Patroni. */
  storeLost: boolean;
  paused: boolean;
  /** Hosts that are gone: agent and server. */
  dead: readonly Name[];
  tags: Readonly<Record<string, unknown>>;
  scope: string;
  /** What becomes of a request to act. Default: the lock moves to the candidate, which leaves recovery. */
  onPost: ((request: DoubleRequest) => DoubleAnswer | Promise<DoubleAnswer>) | undefined;
}

/** The double with the adapter over it. */
export interface PatroniDouble {
  readonly state: DoubleState;
  readonly cluster: ClusterPort;
  node(name: Name, over?: Partial<PlannedNode>): PlannedNode;
  /** Requests to act with a login, as `<member> <path> <body>`. */
  posts(): readonly string[];
  /** Moves the lock and SQL’s primary. */
  promote(name: Name): void;
  close(): Promise<void>;
}

/** Milliseconds instead of seconds: what is waited for here is never a duration, only an order. */
export const QUICK: PatroniLimits = { readMs: 1_500, requestMs: 600, readBackMs: 600, refusedMs: 100, everyMs: 20, rulesMs: 60_000 };

const USER = 'holdfast';
const PASSWORD = `${CANARY}-of-patroni`;
const LOGIN = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

function memberBody(state: DoubleState, name: Name): string {
  const role = state.primary === name ? 'primary' : 'replica';
  return JSON.stringify({
    state: 'running',
    role,
    timeline: state.timeline,
    dcs_last_seen: Math.floor(Date.now() / 1000),
    database_system_identifier: '7711436714004561126',
    ...(state.paused ? { pause: true } : {}),
    ...(state.leader === undefined ? { cluster_unlocked: true } : {}),
    tags: state.tags,
    patroni: { version: '4.1.5', scope: state.scope, name },
  });
}

function listBody(state: DoubleState): string {
  const members = NAMES.filter((name) => !state.dead.includes(name) || name === state.leader).map((name) => ({
    name,
    role: name === state.leader ? 'leader' : 'replica',
    state: name === state.leader ? 'running' : 'streaming',
    timeline: state.timeline,
    lag: 0,
  }));
  return JSON.stringify({ members, scope: state.scope, ...(state.paused ? { pause: true } : {}) });
}

function answer(state: DoubleState, name: Name, request: DoubleRequest): DoubleAnswer | Promise<DoubleAnswer> {
  if (state.dead.includes(name)) return 'close';
  if (request.method === 'POST') {
    if (request.headers.authorization === undefined) return POST_ANSWERS.noLogin;
    if (request.headers.authorization !== LOGIN) return POST_ANSWERS.wrongLogin;
    if (request.body === '{}') return { status: 400, body: ERROR_PAGE };
    if (state.storeLost) return 'close';
    if (state.onPost !== undefined) return state.onPost(request);
    const { candidate } = JSON.parse(request.body) as { candidate: Name };
    move(state, candidate);
    return { status: 200, body: `Successfully switched over to "${candidate}"` };
  }
  switch (request.path) {
    case '/patroni':
      return { status: 200, body: memberBody(state, name) };
    case '/cluster':
      return state.storeLost ? 'close' : { status: 200, body: listBody(state) };
    case '/config':
      return { status: 200, body: CONFIG_FAST };
    default:
      return { status: 503, body: memberBody(state, name) };
  }
}

function move(state: DoubleState, name: Name): void {
  state.leader = name;
  state.primary = name;
  state.timeline += 1;
}

function sqlFacts(state: DoubleState, name: Name): NodeFacts {
  if (state.dead.includes(name)) return failedNode(name, 'refused');
  return state.primary === name ? primaryFacts(name, state.timeline > 1 ? { history: TIMELINE_2 } : {}) : standbyFacts(name);
}

/** Starts three members led by n1. */
export async function openPatroniDouble(limits: Partial<PatroniLimits> = {}): Promise<PatroniDouble> {
  const state: DoubleState = {
    leader: 'n1',
    primary: 'n1',
    timeline: 1,
    storeLost: false,
    paused: false,
    dead: [],
    tags: {},
    scope: SCOPE,
    onPost: undefined,
  };
  const servers = new Map<Name, HttpDouble>();
  for (const name of NAMES) servers.set(name, await startHttpDouble((request) => answer(state, name, request)));
  const node: PatroniDouble['node'] = (name, over = {}) => ({
    name,
    host: '127.0.0.1',
    port: 5432,
    candidate: true,
    managed: true,
    ...over,
  });
  process.env['HOLDFAST_TEST_PATRONI_USER'] = USER;
  process.env['HOLDFAST_TEST_PATRONI_PASSWORD'] = PASSWORD;
  const cluster = createPatroniCluster(
    {
      scope: SCOPE,
      members: NAMES.map((name) => ({ node: name, member: name, url: servers.get(name)?.url ?? '' })),
      login: { usernameRef: 'env:HOLDFAST_TEST_PATRONI_USER', passwordRef: 'env:HOLDFAST_TEST_PATRONI_PASSWORD' },
      settleMs: 60_000,
      limits: { ...QUICK, ...limits },
    },
    {
      sql: {
        observe: async (nodes, _options, scope) => {
          await sleep(1);
          return nodes.map((each) => (scope.signal.aborted ? failedNode(each.name, 'cancelled') : sqlFacts(state, each.name as Name)));
        },
      },
      nodes: NAMES.map((name) => node(name)),
    },
  );
  return {
    state,
    cluster,
    node,
    promote: (name) => move(state, name),
    posts: () =>
      NAMES.flatMap((name) =>
        (servers.get(name)?.requests ?? [])
          .filter((request) => request.method === 'POST' && request.body !== '{}')
          .map((request) => `${name} ${request.path} ${request.body}`),
      ),
    close: async () => {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}
