import type { View } from './events.js';

/** One event a line, each with its moment. */
export function jsonView(out: (line: string) => void, now: () => number): View {
  return {
    show: (event) => out(JSON.stringify({ at: new Date(now()).toISOString(), ...event })),
    tick: () => undefined,
    close: () => undefined,
  };
}
