/**
 * Reads and changes host and port of an application's DSN, and nothing else: scheme, user, password, database, parameters and their
 * escaping stay byte for byte (design §2, step 4). Forms: the URIs `postgres://`, `postgresql://`, `postgresql+driver://`
 * (`dsn-uri.ts`) and libpq's `host=… port=…` (`dsn-keywords.ts`).
 *
 * **Several hosts** (`@h1:p1/db?host=h1:p1&host=h2:p2&target_session_attrs=read-write`): drivers try the `host` parameters in their
 * order and ignore the authority. The first one is therefore the target. Pointing such a DSN at a host that is listed exchanges it with
 * the first; at any other host, replaces the first. The authority is written to say the same. All other hosts stay: whoever relies on
 * the DSN naming one node only must look at `readDsnHosts` (an unfenced old primary may be among them, design S4).
 *
 * What two common readers (libpq, SQLAlchemy) would read differently is refused rather than guessed. No error contains any part of a DSN.
 */
import type { DsnHost, DsnParts, DsnSlot } from './dsn-parts.js';
import { unparsable } from './dsn-parts.js';
import { readKeywordDsn } from './dsn-keywords.js';
import { readUriDsn } from './dsn-uri.js';

export type { DsnHost } from './dsn-parts.js';

/**
 * The host and port that the DSN leads to first. IPv6 addresses come without brackets; an absent port is 5432.
 *
 * @throws HoldfastError `HF_DSN_UNPARSABLE`.
 */
export function readDsnTarget(dsn: string): DsnHost {
  const [first] = readDsnHosts(dsn);
  if (first === undefined) throw unparsable('It names no host.');
  return first;
}

/** Every host that the DSN may lead to, in the order in which they are tried. Never empty. Errors as in `readDsnTarget`. */
export function readDsnHosts(dsn: string): readonly DsnHost[] {
  return tried(partsOf(dsn)).map(({ host, port }) => ({ host, port }));
}

/**
 * The DSN pointed at another node. Pointing at the node it has already returns it unchanged.
 *
 * @throws HoldfastError `HF_DSN_UNPARSABLE` for a DSN that cannot be read, or a host or port that cannot be written into one.
 */
export function pointDsn(dsn: string, host: string, port: number): string {
  if (!isHost(host)) throw unparsable('The new host is neither a name nor an address.');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw unparsable('The new port is not between 1 and 65535.');
  const parts = partsOf(dsn);
  const slots = tried(parts);
  const [first] = slots;
  if (first === undefined) throw unparsable('It names no host.');
  if (first.host === host && first.port === port) return dsn;
  const target = { host, port };
  const listed = slots.findIndex((slot) => slot.host === host && slot.port === port);
  const changes: readonly [DsnSlot, DsnHost][] = [
    [first, target],
    ...slots.filter((_, index) => index === listed).map((slot): [DsnSlot, DsnHost] => [slot, first]),
    ...(parts.authority !== undefined && parts.listed.length > 0 ? ([[parts.authority, target]] as [DsnSlot, DsnHost][]) : []),
  ];
  const edits = changes.flatMap(([slot, to]) => slot.write(to)).sort((left, right) => right.start - left.start);
  return edits.reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), dsn);
}

function partsOf(dsn: string): DsnParts {
  // Blanks around a value are somebody's slip that readers treat differently.
  if (/^\s|\s$/.test(dsn)) throw unparsable('It begins or ends with a blank.');
  return /^[a-z][a-z0-9+._-]*:\/\//i.test(dsn) ? readUriDsn(dsn) : readKeywordDsn(dsn);
}

function tried({ authority, listed }: DsnParts): readonly DsnSlot[] {
  if (listed.length > 0) return listed;
  return authority === undefined ? [] : [authority];
}

function isHost(host: string): boolean {
  return /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?$/i.test(host) || (/^[0-9a-f:.]+$/i.test(host) && host.includes(':'));
}
