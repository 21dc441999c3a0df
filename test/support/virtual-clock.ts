import { HoldfastError } from '../../src/domain/errors.js';

/** How a drive of the clock ended: the predicate held, nothing was left to happen, or the time limit came first. */
export type DriveEnd = 'done' | 'idle' | 'limit';

/**
 * A clock that jumps from one scheduled moment to the next. Between two moments everything that promises can do is done, so code that
 * waits only on this clock runs to completion in no time and always in the same order (ties by order of scheduling).
 */
export interface VirtualClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Waits; rejects with HF_CANCELLED when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Schedules a function; the returned function takes it back. */
  at(atMs: number, fn: () => void): () => void;
  /** Lets things happen until the predicate holds, nothing is scheduled, or the limit (absolute) is passed. */
  run(done: () => boolean, limitMs: number): Promise<DriveEnd>;
  /** Sets the clock forward; what was due in between happens at the next run. */
  jump(ms: number): void;
  /** Runs until the work has settled, and returns what became of it. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** Called after each moment when promises have come to rest; true means that it set something going. */
  whenAtRest(fn: () => boolean): void;
  /** Moments that were jumped to so far. */
  jumps(): number;
}

interface Moment {
  readonly atMs: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

const before = (a: Moment, b: Moment): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap: the earliest moment first. */
function createHeap(): { push(m: Moment): void; pop(): Moment | undefined } {
  const heap: Moment[] = [];
  const swap = (i: number, j: number): void => {
    const held = heap[i]!;
    heap[i] = heap[j]!;
    heap[j] = held;
  };
  return {
    push(moment) {
      heap.push(moment);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!before(heap[i]!, heap[parent]!)) return;
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (top === undefined || last === undefined || top === last) return top;
      heap[0] = last;
      for (let i = 0; ;) {
        const left = 2 * i + 1;
        const right = left + 1;
        let least = i;
        if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
        if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
        if (least === i) return top;
        swap(i, least);
        i = least;
      }
    },
  };
}

/** So many looks at the clock within one moment mean that somebody turns in a circle without waiting. */
const SPINNING = 200_000;

/** One turn of the event loop: every promise reaction that is ready runs before it resolves. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Creates a clock that stands at `startMs`. */
export function createVirtualClock(startMs: number): VirtualClock {
  const heap = createHeap();
  let nowMs = startMs;
  let order = 0;
  let jumps = 0;
  let looks = 0;
  let atRest = (): boolean => false;

  const at = (atMs: number, fn: () => void): (() => void) => {
    const moment: Moment = { atMs: Math.max(atMs, nowMs), order: order++, fn };
    heap.push(moment);
    return () => {
      moment.fn = undefined;
    };
  };
  const earliest = (): Moment | undefined => {
    for (;;) {
      const moment = heap.pop();
      if (moment === undefined || moment.fn !== undefined) return moment;
    }
  };

  const clock: VirtualClock = {
    now: () => {
      looks += 1;
      if (looks > SPINNING) throw new Error('something loops without waiting: the virtual clock was read 200000 times within one moment');
      return nowMs;
    },
    at,
    jumps: () => jumps,
    jump: (ms) => {
      nowMs += ms;
    },
    async drive(work) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      work.then(settle, settle);
      const end = await clock.run(() => settled, Number.MAX_SAFE_INTEGER);
      if (end !== 'done') throw new Error('the work waits for something that never happens');
      return work;
    },
    whenAtRest: (fn) => {
      atRest = fn;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancelled = (): void => {
          takeBack();
          reject(new HoldfastError('HF_CANCELLED', ''));
        };
        const takeBack = at(nowMs + ms, () => {
          signal?.removeEventListener('abort', cancelled);
          resolve();
        });
        if (signal?.aborted) cancelled();
        else signal?.addEventListener('abort', cancelled, { once: true });
      }),
    async run(done, limitMs) {
      for (;;) {
        do await turn();
        while (atRest());
        if (done()) return 'done';
        const moment = earliest();
        if (moment === undefined) return 'idle';
        if (moment.atMs > limitMs) {
          heap.push(moment);
          nowMs = limitMs;
          return 'limit';
        }
        nowMs = Math.max(nowMs, moment.atMs);
        jumps += 1;
        looks = 0;
        moment.fn?.();
      }
    },
  };
  return clock;
}
