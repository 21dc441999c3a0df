/** The smallest edit of an encoded text: only what differs between two decoded values is written anew, every other byte stays. */

/** One UTF-16 unit of a decoded value and the span of the raw text that encodes it. */
export interface DecodedUnit {
  readonly unit: string;
  readonly start: number;
  readonly end: number;
}

/** Replace the raw text from `start` to `end` by the encoded form of `insert`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/**
 * Finds the smallest span of decoded units that turns the value they spell into `next`. Null when nothing differs.
 *
 * @param units the decoded value, unit by unit.
 * @param emptyAt offset in the raw text to insert at when the value is empty.
 */
export function smallestSplice(units: readonly DecodedUnit[], emptyAt: number, next: string): Splice | null {
  const previous = units.map(({ unit }) => unit).join('');
  if (previous === next) return null;
  const shorter = Math.min(previous.length, next.length);
  let head = 0;
  while (head < shorter && previous[head] === next[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && previous[previous.length - 1 - tail] === next[next.length - 1 - tail]) tail += 1;
  // A surrogate pair must not be cut: its halves cannot be encoded apart.
  if (head > 0 && isHighSurrogate(previous, head - 1)) head -= 1;
  if (tail > 0 && isLowSurrogate(previous, previous.length - tail)) tail -= 1;
  const start = units[head]?.start ?? units[head - 1]?.end ?? emptyAt;
  const end = head === units.length - tail ? start : (units[units.length - tail - 1]?.end ?? start);
  return { start, end, insert: next.slice(head, next.length - tail) };
}

/** The raw text with the splice applied; `encoded` is the encoded form of its `insert`. */
export function applySplice(raw: string, splice: Splice, encoded: string): string {
  return raw.slice(0, splice.start) + encoded + raw.slice(splice.end);
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
