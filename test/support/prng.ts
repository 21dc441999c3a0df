/** Seeded pseudo-random numbers: the same seed gives the same run on every machine. */

/** A stream of numbers. `fork` gives a stream of its own to a part, so that one more draw here does not change everything there. */
export interface Prng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whole number in [low, high], both included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  fork(label: string): Prng;
}

/** FNV-1a: spreads a label over 32 bits. */
function hash(text: string, start: number): number {
  let value = (0x811c9dc5 ^ start) >>> 0;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/** Creates a stream (mulberry32: 32 bits of state, good enough to choose faults). */
export function createPrng(seed: number): Prng {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('pick from an empty list');
      return item;
    },
    fork: (label) => createPrng(hash(label, seed)),
  };
}
