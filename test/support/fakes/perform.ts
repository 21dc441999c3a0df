import { ERRORS, HoldfastError } from '../../../src/domain/errors.js';
import type { CallScope } from '../../../src/ports/scope.js';
import type { World } from '../world/types.js';

/** What the other side does with a call that arrived. */
export type Reach = 'ok' | 'hang' | 'refuse';

/** One call through the network. */
export interface Ask<T> {
  /** `port.method`, for the fates. */
  readonly call: string;
  /** What the call is about, when the checker of promise S5 wants to know of it. */
  readonly target?: string;
  /** True for an act, false for a read. */
  readonly effect: boolean;
  /** Asked on arrival. */
  readonly reach: () => Reach;
  /** What the other side does. An error it throws is its answer. `askedAtMs` is when the caller began. */
  readonly act: (askedAtMs: number) => T | Promise<T>;
  /** The error of a side that says no, or is not there. */
  readonly refused: () => HoldfastError;
  /** The error of silence: for an act, it may have happened. */
  readonly silent: () => HoldfastError;
}

const neverAnswered = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** An act that arrives after its caller gave up. Nobody hears its answer, be it an error. */
function actLater<T>(world: World, ask: Ask<T>, askedAtMs: number): void {
  world.clock.at(askedAtMs + world.calls.timeoutMs + world.calls.lateMs, () => {
    if (ask.reach() !== 'ok') return;
    void (async () => ask.act(askedAtMs))().catch(() => undefined);
  });
}

/**
 * Carries one call to the world and back, by the fate that the seed has for it. Cancellation counts until the call arrives; afterwards
 * the answer is awaited, since the effect can no longer be taken back.
 */
export async function perform<T>(world: World, scope: CallScope, ask: Ask<T>): Promise<T> {
  if (ask.target === undefined || world.calls.isDead(scope.signal) || scope.signal.aborted) return carry(world, scope, ask);
  // What nobody hears stays unknown: a dead caller’s promise never settles.
  const asked: World['asked'][number] = { askedAtMs: world.clock.now(), call: ask.call, target: ask.target, end: 'unknown' };
  world.asked.push(asked);
  try {
    const answer = await carry(world, scope, ask);
    asked.end = 'answered';
    return answer;
  } catch (error) {
    if (error instanceof HoldfastError && !ERRORS[error.code].unknown) asked.end = 'refused';
    throw error;
  }
}

async function carry<T>(world: World, scope: CallScope, ask: Ask<T>): Promise<T> {
  const { calls, clock } = world;
  const askedAtMs = clock.now();
  if (calls.isDead(scope.signal)) return neverAnswered<T>();
  if (scope.signal.aborted) throw new HoldfastError('HF_CANCELLED', '');
  const fate = calls.fate(ask.call, ask.effect);
  const oneWayMs = calls.latencyMs(ask.call);
  const giveUp = async (): Promise<never> => {
    await clock.sleep(askedAtMs + calls.timeoutMs - clock.now());
    if (calls.isDead(scope.signal)) return neverAnswered<never>();
    throw ask.silent();
  };
  if (fate === 'crash-before') {
    calls.crash();
    return neverAnswered<T>();
  }
  await clock.sleep(oneWayMs, scope.signal);
  if (fate === 'timeout-before') return giveUp();
  if (fate === 'late') {
    actLater(world, ask, askedAtMs);
    return giveUp();
  }
  const reach = fate === 'refuse' ? 'refuse' : ask.reach();
  if (reach === 'hang') return giveUp();
  if (reach === 'refuse') {
    if (ask.effect) await clock.sleep(oneWayMs);
    throw ask.refused();
  }
  const acting = (async () => ask.act(askedAtMs))();
  if (fate === 'crash-after') {
    // The other side goes on alone: what it was asked for may take its time and take place after the worker's death.
    acting.catch(() => undefined);
    calls.crash();
    return neverAnswered<T>();
  }
  const answer = await acting;
  if (fate === 'timeout-after') return giveUp();
  // The way back of an act matters: a worker may die on it. A read's is left out, it would double the moments of a night.
  if (ask.effect) await clock.sleep(oneWayMs);
  return calls.isDead(scope.signal) ? neverAnswered<T>() : answer;
}
