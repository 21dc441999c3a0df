import type { Prng } from '../prng.js';

/**
 * What becomes of one call. `timeout-before`: never arrived. `timeout-after`: done, the answer is lost. `late`: done after the caller gave
 * up. `crash-before`/`crash-after`: the worker dies around the effect, and nobody ever hears the result.
 */
export type Fate = 'ok' | 'refuse' | 'timeout-before' | 'timeout-after' | 'late' | 'crash-before' | 'crash-after';

/** The fate and pace of calls through the network, and what to do when a worker dies. */
export interface CallPlan {
  /** Draws the fate of one call; `effect` tells acts from reads. */
  fate(call: string, effect: boolean): Fate;
  /** One way, milliseconds. */
  latencyMs(call: string): number;
  /** After this a caller gives up. */
  readonly timeoutMs: number;
  /** How long after that a `late` effect takes place. */
  readonly lateMs: number;
  /** Called when a worker dies inside a call. The driver discards what that worker was doing. */
  crash(): void;
  /** Whether the worker that made the call with this signal has died: nothing of it is sent or heard any more. */
  isDead(signal: AbortSignal): boolean;
}

/** Every call arrives and is answered after `latencyMs`. */
export function reliableCalls(latencyMs = 1): CallPlan {
  return { fate: () => 'ok', latencyMs: () => latencyMs, timeoutMs: 2_000, lateMs: 1_000, crash: () => undefined, isDead: () => false };
}

/** Chance of each fate for an act, and for a read (where only silence and crashes make sense). */
export interface FateRates {
  readonly act: number;
  readonly read: number;
  /** At most this many calls go wrong, and as many again of those that cannot be taken back: a world that always fails teaches nothing. */
  readonly budget: number;
}

/**
 * Acts that cannot be taken back go wrong twice as often, and have a budget of their own: they are rare in a night, come late in it, and
 * everything hangs on them.
 */
const irreversible = ['cluster.promote', 'tradingPause.resume'];

const actFates: readonly Fate[] = ['refuse', 'timeout-before', 'timeout-after', 'late', 'crash-before', 'crash-after'];
const readFates: readonly Fate[] = ['refuse', 'timeout-before', 'timeout-before', 'crash-before'];

/** Calls that fail by the seed. The driver is the worker that dies. */
export function seededCalls(
  prng: Prng,
  rates: FateRates,
  worker: Pick<CallPlan, 'crash' | 'isDead'>,
  trace: (line: string) => void = () => undefined,
): CallPlan {
  const left = { irreversible: rates.budget, other: rates.budget };
  const draws = prng.fork('fates');
  const pace = prng.fork('pace');
  return {
    fate(call, effect) {
      const rate = effect ? rates.act : rates.read;
      const kind = irreversible.includes(call) ? 'irreversible' : 'other';
      const wrong = draws.chance(kind === 'irreversible' ? rate * 2 : rate);
      const fate = draws.pick(effect ? actFates : readFates);
      if (!wrong || left[kind] === 0) return 'ok';
      left[kind] -= 1;
      trace(`${call}: ${fate}`);
      return fate;
    },
    latencyMs: () => pace.int(1, 40),
    timeoutMs: 2_000,
    lateMs: 1_500,
    crash: () => worker.crash(),
    isDead: (signal) => worker.isDead(signal),
  };
}

/** Calls whose fates a test sets by hand; everything else arrives. */
export function steeredCalls(): CallPlan & { set(call: string, fate: Fate): void } {
  const fates = new Map<string, Fate>();
  return { ...reliableCalls(), fate: (call) => fates.get(call) ?? 'ok', set: (call, fate) => void fates.set(call, fate) };
}
