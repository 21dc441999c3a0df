import { setMaxListeners } from 'node:events';
import { HoldfastError } from '../../../src/domain/errors.js';
import type { VirtualClock } from '../../support/virtual-clock.js';

/** The world's clock bound to real time, for worlds that a real Temporal server looks at. It is never driven. */
export function createRealClock(): VirtualClock {
  const notDriven = (): never => {
    throw new Error('real time cannot be driven');
  };
  return {
    now: () => Date.now(),
    at: (atMs, fn) => {
      const timer = setTimeout(fn, Math.max(atMs - Date.now(), 0));
      timer.unref();
      return () => clearTimeout(timer);
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancelled = (): void => {
          clearTimeout(timer);
          reject(new HoldfastError('HF_CANCELLED', ''));
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', cancelled);
          resolve();
        }, ms);
        // One look asks every node and instance at once, each with a listener of its own.
        if (signal !== undefined) setMaxListeners(0, signal);
        if (signal?.aborted === true) cancelled();
        else signal?.addEventListener('abort', cancelled, { once: true });
      }),
    run: notDriven,
    drive: notDriven,
    jump: notDriven,
    whenAtRest: notDriven,
    jumps: () => 0,
  };
}
