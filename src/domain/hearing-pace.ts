/** How soon decisions are attested. Everybody is heard at once until a flood shows; then in groups, so that a gate open for days stays small (S9). */

/** So many looks at one gate are made at once. */
export const HEARD_AT_ONCE = 10;
/** So many that wait are heard without further delay. No more than are kept of one author, so that nobody is pushed out unheard. */
export const HEARD_TOGETHER = 50;

const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const PART_OF_TIME = 20;

/** A decision must not expire while it waits to be heard. */
const PART_OF_TTL = 3;

/**
 * Shortest time between two looks once those made at once are used up, milliseconds: a twentieth of the time the gate was open. That is about
 * 80 looks in the first hours and 12 an hour after that, whatever arrives.
 */
export function hearingPauseMs(openForMs: number, decisionTtlMs: number): number {
  return Math.min(Math.max(openForMs / PART_OF_TIME, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS, decisionTtlMs / PART_OF_TTL);
}
