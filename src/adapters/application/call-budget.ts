/** A number of calls within a sliding window, kept for each name apart. */
export interface CallBudget {
  /** Takes one call. Refused: how long until the next one is free, milliseconds. */
  take(name: string, nowMs: number): { readonly taken: true } | { readonly taken: false; readonly waitMs: number };
  /** Gives a call back that never reached the other side. */
  giveBack(name: string, atMs: number): void;
}

/**
 * Counts in this process only: a restarted worker, or a second one, begins anew. The application's own limit is one call higher than ours
 * for that reason, and it recovers by itself within the window.
 */
export function createCallBudget(limit: number, windowMs: number): CallBudget {
  const taken = new Map<string, readonly number[]>();
  return {
    take(name, nowMs) {
      const recent = (taken.get(name) ?? []).filter((atMs) => atMs > nowMs - windowMs);
      const oldest = recent[0];
      if (recent.length >= limit && oldest !== undefined) {
        taken.set(name, recent);
        return { taken: false, waitMs: oldest + windowMs - nowMs };
      }
      taken.set(name, [...recent, nowMs]);
      return { taken: true };
    },
    giveBack(name, atMs) {
      const calls = taken.get(name) ?? [];
      const index = calls.indexOf(atMs);
      if (index >= 0) taken.set(name, calls.toSpliced(index, 1));
    },
  };
}
