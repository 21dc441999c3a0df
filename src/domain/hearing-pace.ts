/** How soon decisions are attested. Everybody is heard at once until a flood shows; then in groups, so that a gate open for days stays small (S9). */

/** So many looks at one gate are made at once. */
export const HEARD_AT_ONCE = 10;
/** So many that wait are heard without further delay. No more than are kept of one author, so that nobody is pushed out unheard. */
export const HEARD_TOGETHER = 50;

const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const PART_OF_TIME = 20;

/**
 * Shortest time between two looks once those made at once are used up, milliseconds. A twentieth of the time the gate was open: about 80
 * looks in the first hours and 12 an hour after that, whatever arrives.
 */
export function hearingPauseMs(openForMs: number): number {
  return Math.min(Math.max(openForMs / PART_OF_TIME, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
}
