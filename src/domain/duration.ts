/** Durations for people: `1 h 02 min`, `3 min 20 s`, `4.2 s`, `180 ms`. Input in milliseconds; negative values keep their sign. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toString()} s`;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Largest distance from the epoch that a date can have (ECMAScript, time values); PostgreSQL's timestamps reach further. */
const LAST_INSTANT_MS = 8.64e15;

/** A moment as people and files read it: ISO 8601 in UTC with milliseconds. Never throws: what is no date is said as a number. */
export function formatInstant(atMs: number): string {
  return Math.abs(atMs) <= LAST_INSTANT_MS ? new Date(atMs).toISOString() : `${atMs} ms from 1970 (no date)`;
}
