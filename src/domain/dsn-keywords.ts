/** libpq's keyword form of a DSN: `host=a port=5432 user='x y'` (libpq, "Keyword/Value Connection Strings"). See `dsn.ts` for what is promised. */
import type { DsnEdit, DsnHost, DsnParts } from './dsn-parts.js';
import { checkHost, readPort, unparsable } from './dsn-parts.js';

/** One `keyword = value`: `start` and `end` enclose the raw value, inside its quotes where it has some. */
interface Keyword {
  readonly key: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** Finds the place of a keyword DSN that names the host. Of equal keywords the last is in force, as in libpq. */
export function readKeywordDsn(dsn: string): DsnParts {
  const keywords = readKeywords(dsn);
  if (keywords.some(({ key }) => key === 'hostaddr')) throw unparsable('It fixes an address by `hostaddr`.');
  const host = keywords.findLast(({ key }) => key === 'host');
  const port = keywords.findLast(({ key }) => key === 'port');
  if (host === undefined) return { listed: [] };
  // libpq takes an IPv6 address here without brackets.
  const name = /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host.value) ? host.value : checkHost(host.value);
  const is: DsnHost = { host: name, port: readPort(port?.value) };
  const behindHost = host.end + (host.quoted ? 1 : 0);
  const write = (to: DsnHost): readonly DsnEdit[] => {
    const hostEdit = to.host === is.host ? [] : [{ start: host.start, end: host.end, text: to.host }];
    if (to.port === is.port) return hostEdit;
    if (port !== undefined) return [...hostEdit, { start: port.start, end: port.end, text: String(to.port) }];
    return host.quoted || hostEdit.length === 0
      ? [...hostEdit, { start: behindHost, end: behindHost, text: ` port=${to.port}` }]
      : [{ start: host.start, end: host.end, text: `${to.host} port=${to.port}` }];
  };
  return { listed: [{ ...is, write }] };
}

function readKeywords(dsn: string): readonly Keyword[] {
  const keywords: Keyword[] = [];
  let at = 0;
  while (at < dsn.length) {
    const head = /^\s*(?<key>[a-z_]+)\s*=\s*/.exec(dsn.slice(at));
    if (head === null) {
      if (dsn.slice(at).trim() === '') break;
      throw unparsable('It is neither a PostgreSQL URI nor a list of keyword=value.');
    }
    const keyword = readValue(dsn, at + head[0].length, head.groups?.['key'] ?? '');
    keywords.push(keyword);
    at = keyword.end + (keyword.quoted ? 1 : 0);
  }
  return keywords;
}

function readValue(dsn: string, from: number, key: string): Keyword {
  const quoted = dsn[from] === "'";
  const start = quoted ? from + 1 : from;
  let value = '';
  let at = start;
  while (at < dsn.length && !(quoted ? dsn[at] === "'" : /\s/.test(dsn.charAt(at)))) {
    if (dsn[at] === '\\') at += 1;
    value += dsn.charAt(at);
    at += 1;
  }
  if (quoted && at >= dsn.length) throw unparsable('A quoted value is not closed.');
  return { key, value, start, end: Math.min(at, dsn.length), quoted };
}
