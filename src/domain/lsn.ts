/**
 * WAL positions. PostgreSQL writes them as two hexadecimal halves of 32 bits ("0/3000148"); they are byte offsets into one stream,
 * and can be compared only along one lineage (`timeline.ts`).
 */
import { HoldfastError } from './errors.js';

const TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** The byte offset of an LSN in text form. Throws HF_INTERNAL naming the text when it is not one. */
export function parseLsn(text: string): bigint {
  const match = TEXT.exec(text);
  if (match === null)
    throw new HoldfastError('HF_INTERNAL', `Not an LSN: ${JSON.stringify(text.slice(0, 40))}.`, { lsn: text.slice(0, 40) });
  return BigInt(`0x${match[1]}`) * 4_294_967_296n + BigInt(`0x${match[2]}`);
}

/** The text form PostgreSQL prints. Throws HF_INTERNAL for a value outside 64 unsigned bits. */
export function formatLsn(value: bigint): string {
  if (value < 0n || value >= 18_446_744_073_709_551_616n)
    throw new HoldfastError('HF_INTERNAL', `Not an LSN: ${value.toString()}.`, { lsn: value.toString() });
  const high = (value / 4_294_967_296n).toString(16).toUpperCase();
  const low = (value % 4_294_967_296n).toString(16).toUpperCase();
  return `${high}/${low}`;
}

/** Order of two LSNs of one lineage: negative when `a` is earlier, 0 when equal, positive when later. */
export function compareLsn(a: string, b: string): -1 | 0 | 1 {
  const left = parseLsn(a);
  const right = parseLsn(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Bytes from one LSN to another, negative when `to` is the earlier one. */
export function lsnDistance(from: string, to: string): number {
  return Number(parseLsn(to) - parseLsn(from));
}
