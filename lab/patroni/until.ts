import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 40;

/**
 * Looks again until it is so, and returns what was seen. A look that fails counts as "not yet".
 * @throws when the time is over, with the last failure.
 */
export async function until<Seen>(what: string, timeoutMs: number, look: () => Promise<Seen | undefined | false>): Promise<Seen> {
  let last: unknown;
  for (const deadline = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const why = last instanceof Error ? ` (${last.message})` : '';
      throw new Error(`Not within ${timeoutMs} ms: ${what}${why}.`, { cause: last });
    }
  }
}
