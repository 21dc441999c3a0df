import type { Hosts } from './hosts.js';
import type { Reply, ReceivedRequest } from './http-server.js';
import { serve } from './http-server.js';

/** What the trading engine says of itself at GET /state. */
export interface TradingState {
  readonly paused: boolean;
  /** Idempotency key of the pause in force. */
  readonly by: string | null;
  /** A pause leaves resting orders in the market. */
  readonly restingOrders: 'left';
}

/** One call to the engine, answered or not. */
export interface TradingCall {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  /** Null when the engine hung. */
  readonly status: number | null;
  readonly atMs: number;
}

export type TradingMode = 'serve' | 'hang' | 'refuse';

/** Stand-in for the engine whose trading is paused and resumed. */
export interface Trading {
  readonly pauseUrl: string;
  readonly resumeUrl: string;
  readonly stateUrl: string;
  state(): TradingState;
  /** When paused changed, oldest first: the truth a checker compares with. */
  transitions(): readonly { readonly paused: boolean; readonly by: string | null; readonly atMs: number }[];
  calls(): readonly TradingCall[];
  /** `refuse` = 503 to everything; `hang` = no answer and no effect. */
  setMode(mode: TradingMode): void;
  /** A pause of somebody else's, as by the engine's own desk. */
  pauseBy(key: string): void;
  close(): Promise<void>;
}

/**
 * Starts the engine on host `trading`. POST /pause records its `Idempotency-Key` and, while paused, keeps the first one; POST /resume
 * lifts only a pause with the same key (409 otherwise), and answers 200 when that very pause was lifted already.
 */
export async function startTrading(hosts: Hosts, token: string): Promise<Trading> {
  let by: string | null = null;
  let paused = false;
  let mode: TradingMode = 'serve';
  const lifted = new Set<string>();
  const calls: TradingCall[] = [];
  const transitions: { paused: boolean; by: string | null; atMs: number }[] = [];

  const state = (): TradingState => ({ paused, by, restingOrders: 'left' });
  const set = (nowPaused: boolean, key: string | null): void => {
    paused = nowPaused;
    by = key;
    transitions.push({ paused, by, atMs: Date.now() });
  };

  const act = (request: ReceivedRequest, key: string | null): Exclude<Reply, 'hang'> => {
    if (mode === 'refuse') return { status: 503, body: { error: 'unavailable' } };
    if (request.headers.authorization !== `Bearer ${token}`) return { status: 401, body: { error: 'unauthenticated' } };
    const route = `${request.method} ${request.path}`;
    if (route === 'GET /state') return { status: 200, body: state() };
    if (route !== 'POST /pause' && route !== 'POST /resume') return { status: 404, body: { error: 'not found' } };
    if (key === null) return { status: 400, body: { error: 'Idempotency-Key is required' } };
    if (route === 'POST /pause') {
      if (!paused) set(true, key);
      return { status: 200, body: state() };
    }
    if (paused && by === key) {
      lifted.add(key);
      set(false, null);
      return { status: 200, body: state() };
    }
    return !paused && lifted.has(key)
      ? { status: 200, body: state() }
      : { status: 409, body: { error: paused ? 'paused by another key' : 'not paused by this key', ...state() } };
  };

  const server = await serve(hosts, 'trading', (request) => {
    const header = request.headers['idempotency-key'];
    const key = typeof header === 'string' && header !== '' ? header : null;
    const reply: Reply = mode === 'hang' ? 'hang' : act(request, key);
    calls.push({ method: request.method, path: request.path, key, status: reply === 'hang' ? null : reply.status, atMs: Date.now() });
    return reply;
  });
  return {
    pauseUrl: `${server.url}/pause`,
    resumeUrl: `${server.url}/resume`,
    stateUrl: `${server.url}/state`,
    state,
    transitions: () => transitions,
    calls: () => calls,
    setMode: (next) => {
      mode = next;
    },
    pauseBy: (key) => {
      if (!paused) set(true, key);
    },
    close: () => server.close(),
  };
}
