/** Waits on predicates over a virtual clock, as a workflow's conditions would. */
import type { VirtualClock } from './virtual-clock.js';

interface Waiter {
  readonly predicate: () => boolean;
  readonly resolve: (held: boolean) => void;
  readonly takeBack: () => void;
}

/** Waiting predicates of one run: looked at whenever promises have come to rest, as a workflow task would. */
export interface Waiters {
  look(): boolean;
  wait(predicate: () => boolean, timeoutMs: number | undefined): Promise<boolean>;
  waiting(): number;
}

/** Creates the waiters of a run. */
export function createWaiters(clock: VirtualClock): Waiters {
  let waiters: readonly Waiter[] = [];
  const remove = (waiter: Waiter): void => {
    waiters = waiters.filter((other) => other !== waiter);
    waiter.takeBack();
  };
  return {
    look() {
      // One at a time: what it sets going may change what the next one waits for.
      const ready = waiters.find((waiter) => waiter.predicate());
      if (ready === undefined) return false;
      remove(ready);
      ready.resolve(true);
      return true;
    },
    wait(predicate, timeoutMs) {
      if (predicate()) return Promise.resolve(true);
      if (timeoutMs !== undefined && timeoutMs <= 0) return Promise.resolve(false);
      return new Promise((resolve) => {
        const timeUp = (): void => {
          remove(waiter);
          resolve(false);
        };
        const takeBack = timeoutMs === undefined || timeoutMs === Infinity ? () => undefined : clock.at(clock.now() + timeoutMs, timeUp);
        const waiter: Waiter = { predicate, resolve, takeBack };
        waiters = [...waiters, waiter];
      });
    },
    waiting: () => waiters.length,
  };
}
