/**
 * Timeline histories: which node continues what was known (design S3). A timeline's number proves nothing, because two nodes that are
 * promoted apart both take the next one; the list of switches does.
 */
import { HoldfastError } from './errors.js';
import type { TimelineHistory, TimelineSwitch } from './facts.js';
import { compareLsn, lsnDistance, parseLsn } from './lsn.js';

/** A history and the position reached on its current timeline. */
export type Position = TimelineHistory & { readonly lsn: string };

/** How a candidate's history stands to what was known. */
export interface Relation {
  /**
   * `same`: the same timeline by the same way. `extends`: left the known timeline later, by a promotion. `behind`: still on a timeline
   * that the known history has left. `fork`: parted from the known history; the two can never be one again without a rewind.
   */
  readonly relation: 'same' | 'extends' | 'behind' | 'fork';
  readonly sentence: string;
  /** Only with `extends`: where the known timeline ended. What is known to lie before it is part of the candidate. */
  readonly sharedUntilLsn?: string;
  /** Only with `extends`: bytes known to have been written after that end. Their loss is proven. 0 when nothing known was lost. */
  readonly lostBytes?: number;
}

/** Where the candidate's history parts from the known one, as a sentence; undefined while one continues the other. */
function difference(known: TimelineHistory, candidate: TimelineHistory): string | undefined {
  const shared = Math.min(known.switches.length, candidate.switches.length);
  for (let index = 0; index < shared; index += 1) {
    const left = known.switches[index];
    const right = candidate.switches[index];
    if (left === undefined || right === undefined) continue;
    if (left.timeline !== right.timeline) return `switch ${index + 1} left timeline ${right.timeline}, known is ${left.timeline}`;
    if (compareLsn(left.endLsn, right.endLsn) !== 0) return `left timeline ${right.timeline} at ${right.endLsn}, known is ${left.endLsn}`;
  }
  const next = candidate.switches[shared]?.timeline ?? candidate.timeline;
  const expected = known.switches[shared]?.timeline ?? known.timeline;
  return next === expected ? undefined : `went on with timeline ${next}, known is ${expected}`;
}

/**
 * Holds a candidate's history against the known position (the last snapshot). The candidate's own `lsn` is optional; with it, WAL
 * written on a timeline that was already left is recognised as a fork. Throws HF_INTERNAL for an LSN that is none.
 */
export function relate(known: Position, candidate: TimelineHistory & { readonly lsn?: string }): Relation {
  const parted = difference(known, candidate);
  if (parted !== undefined) return { relation: 'fork', sentence: `Its history forks: it ${parted}.` };

  if (candidate.switches.length > known.switches.length) {
    const end = candidate.switches[known.switches.length]?.endLsn ?? known.lsn;
    const lostBytes = Math.max(0, lsnDistance(end, known.lsn));
    const way = `Timeline ${candidate.timeline} extends timeline ${known.timeline}, which ended at ${end}`;
    return {
      relation: 'extends',
      sharedUntilLsn: end,
      lostBytes,
      sentence:
        lostBytes === 0
          ? `${way}; nothing known was lost (known to ${known.lsn}).`
          : `${way}, ${lostBytes} bytes before the known ${known.lsn}: these are lost.`,
    };
  }

  if (candidate.switches.length < known.switches.length) {
    const left = known.switches[candidate.switches.length]?.endLsn ?? known.lsn;
    if (candidate.lsn !== undefined && compareLsn(candidate.lsn, left) > 0) {
      const beyond = lsnDistance(left, candidate.lsn);
      return {
        relation: 'fork',
        sentence: `Its history forks: it has ${beyond} bytes on timeline ${candidate.timeline} after ${left}, where that timeline was left.`,
      };
    }
    return {
      relation: 'behind',
      sentence: `It is still on timeline ${candidate.timeline}, which was left at ${left} for timeline ${known.timeline}.`,
    };
  }

  return { relation: 'same', sentence: `It is on timeline ${candidate.timeline} by the same history.` };
}

function parseSwitch(line: string, number: number): TimelineSwitch {
  const match = /^(\d+)\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)(\s|$)/.exec(line);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new HoldfastError('HF_INTERNAL', `Line ${number} of the timeline history cannot be read.`, { line: line.slice(0, 80) });
  }
  parseLsn(match[2]);
  return { timeline: Number(match[1]), endLsn: match[2] };
}

/**
 * Reads a `.history` file of PostgreSQL (`<timeline>\t<LSN>\t<reason>` a line, `#` comments) of the given timeline.
 * Throws HF_INTERNAL naming the line when it is malformed or the timelines do not rise.
 */
export function parseHistoryFile(text: string, timeline: number): TimelineHistory {
  const switches: TimelineSwitch[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const found = parseSwitch(line, index + 1);
    if (found.timeline <= (switches.at(-1)?.timeline ?? 0) || found.timeline >= timeline) {
      throw new HoldfastError(
        'HF_INTERNAL',
        `Line ${index + 1} of the history of timeline ${timeline} names timeline ${found.timeline} out of order.`,
        { line },
      );
    }
    switches.push(found);
  }
  return { timeline, switches };
}
