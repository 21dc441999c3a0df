/**
 * The staleness clock (design §2, step 2): how long the application has been without a credible read of the row. Only two things reset
 * it: an instance that reports its store operational, and our own read on the proven primary. A replica never does.
 */
import type { Trigger } from './contract.js';
import { formatDuration, formatInstant } from './duration.js';
import type { Observation, Snapshot } from './facts.js';

/** Since when the row may be unread. */
export interface StalenessAnchor {
  readonly atMs: number;
  /** `read`: a credible read. `alert`: the alert's start minus its `for`. `start`: the run's own start, when there is neither. */
  readonly source: 'read' | 'alert' | 'start';
  readonly sentence: string;
}

/**
 * The last credible read that one observation contains, epoch milliseconds; undefined when it has none.
 * @param provenPrimary the node that the judgement of this observation proved, if any.
 */
export function credibleReadAtMs(observation: Observation, provenPrimary: string | undefined): number | undefined {
  const instances = observation.instances.filter((each) => each.health?.storeOperational === true).map((each) => each.atMs);
  const primary = observation.nodes
    .filter((each) => each.node === provenPrimary && each.answer?.row.state === 'present')
    .map((each) => each.atMs);
  const reads = [...instances, ...primary];
  return reads.length === 0 ? undefined : Math.max(...reads);
}

/** Whatever is known about reads of the row when the clock is set. */
export interface StalenessInput {
  readonly observation?: Observation;
  readonly provenPrimary?: string;
  /** A snapshot is by definition a read on the proven primary. */
  readonly lastSnapshot?: Pick<Snapshot, 'atMs' | 'row'>;
  /** The anchor so far: a credible read of an earlier observation is not forgotten by a later one that has none. */
  readonly earlier?: StalenessAnchor;
  readonly trigger: Pick<Trigger, 'atMs' | 'alert'>;
}

/** Where the clock starts: the last credible read, else the alert's start minus the `for` of its rule (0 is said), else the run's trigger. */
export function stalenessAnchor(input: StalenessInput): StalenessAnchor {
  const { observation, provenPrimary, lastSnapshot, earlier, trigger } = input;
  const observed = observation === undefined ? undefined : credibleReadAtMs(observation, provenPrimary);
  const remembered = lastSnapshot?.row.state === 'present' ? lastSnapshot.atMs : undefined;
  const reads = [observed, remembered, earlier?.source === 'read' ? earlier.atMs : undefined].filter((atMs) => atMs !== undefined);
  if (reads.length > 0) {
    const atMs = Math.max(...reads);
    return { atMs, source: 'read', sentence: `The row was last read for certain at ${formatInstant(atMs)}.` };
  }
  const { alert } = trigger;
  if (alert !== undefined) {
    const atMs = alert.startsAtMs - alert.forMs;
    const rule =
      alert.forMs === 0 ? 'no "for" is given in the alert mapping, so 0 is taken' : `minus its "for" of ${formatDuration(alert.forMs)}`;
    return {
      atMs,
      source: 'alert',
      sentence: `No credible read is on record; the alert began at ${formatInstant(alert.startsAtMs)} (${rule}).`,
    };
  }
  return {
    atMs: trigger.atMs,
    source: 'start',
    sentence: `No credible read is on record; the run was asked for at ${formatInstant(trigger.atMs)}.`,
  };
}

/** The time in which nobody can know whether the switch was changed. */
export interface UnknownWindow {
  /** Last credible read; absent when none is on record. */
  readonly fromMs?: number;
  readonly toMs: number;
  readonly lengthMs?: number;
  readonly sentence: string;
}

/**
 * The window from the last credible read to the primary's death (design S2). The death is the first instant at which the primary was seen
 * dead, so the window is never shown too short.
 */
export function unknownWindow(lastReadAtMs: number | undefined, diedAtMs: number): UnknownWindow {
  if (lastReadAtMs === undefined) {
    return {
      toMs: diedAtMs,
      sentence: `Nobody can know what the switch was before ${formatInstant(diedAtMs)}: no credible read is on record.`,
    };
  }
  const lengthMs = Math.max(0, diedAtMs - lastReadAtMs);
  const span = `${formatInstant(lastReadAtMs)} and ${formatInstant(Math.max(diedAtMs, lastReadAtMs))}`;
  return {
    fromMs: lastReadAtMs,
    toMs: diedAtMs,
    lengthMs,
    sentence: `Nobody can know whether the switch was changed between ${span} (${formatDuration(lengthMs)}).`,
  };
}
