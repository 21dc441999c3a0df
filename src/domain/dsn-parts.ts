/** What both forms of a DSN have in common: places that name a host and a port, and how each is written. */
import { HoldfastError } from './errors.js';

/** Used where a DSN names no port. */
export const DEFAULT_PORT = 5432;

/** A host (IPv6 without brackets) and its port. */
export interface DsnHost {
  readonly host: string;
  readonly port: number;
}

/** Replace the bytes from `start` to `end` by `text`. */
export interface DsnEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One place of a DSN that names a host and port. */
export interface DsnSlot extends DsnHost {
  /** The edits that make this place name another host and port; none for what is the same already. */
  readonly write: (to: DsnHost) => readonly DsnEdit[];
}

/** The places found: `listed` are `host` parameters, which win over the authority. */
export interface DsnParts {
  readonly authority?: DsnSlot;
  readonly listed: readonly DsnSlot[];
}

/** `HF_DSN_UNPARSABLE` with the rule that was broken. The rule must not quote the DSN: it holds a password. */
export function unparsable(rule: string): HoldfastError {
  return new HoldfastError('HF_DSN_UNPARSABLE', rule, { rule });
}

/** Reads a port as written; empty or absent is the default. */
export function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw unparsable('Its port is not a number between 1 and 65535.');
  return port;
}

/** Refuses hosts that name no single node: several in one value, a Unix socket, escapes, an empty name. */
export function checkHost(host: string): string {
  if (host === '') throw unparsable('It names no host.');
  if (host.includes(',')) throw unparsable('It lists several hosts with commas, which the application refuses; use `host` parameters.');
  if (host.startsWith('/') || /^%2f/i.test(host)) throw unparsable('It leads to a Unix socket, which names no node.');
  if (!/^[a-z0-9._-]+$/i.test(host)) throw unparsable('Its host is neither a name nor an address.');
  return host;
}
