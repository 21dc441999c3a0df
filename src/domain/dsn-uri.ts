/** The URI form of a DSN. See `dsn.ts` for what is promised. */
import type { DsnEdit, DsnHost, DsnParts, DsnSlot } from './dsn-parts.js';
import { checkHost, readPort, unparsable } from './dsn-parts.js';

/** A stretch of the DSN. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds the places of a URI that name hosts. */
export function readUriDsn(dsn: string): DsnParts {
  if (!/^postgres(ql)?(\+[a-z0-9_]+)?:\/\//i.test(dsn))
    throw unparsable('Its scheme is not one of postgres, postgresql, postgresql+driver.');
  const start = dsn.indexOf('://') + 3;
  const rest = dsn.slice(start);
  const length = rest.search(/[/?#]/);
  const end = length < 0 ? dsn.length : start + length;
  const hostStart = endOfUserinfo(dsn, start, end);
  const question = dsn.indexOf('?', end);
  const parameters = question < 0 ? [] : readParameters(dsn, question + 1);
  if (parameters.some(({ key }) => key === 'hostaddr')) throw unparsable('It fixes an address by `hostaddr`.');

  const hosts = parameters.filter(({ key }) => key === 'host');
  const ports = parameters.filter(({ key }) => key === 'port');
  const authority = hostStart === end ? undefined : authoritySlot(dsn, { start: hostStart, end });
  const [host, ...moreHosts] = hosts;
  const [port, ...morePorts] = ports;
  const bare = host !== undefined && moreHosts.length === 0 && !readText(dsn, host).includes(':');
  if (bare && authority === undefined && morePorts.length === 0) return { listed: [separateSlot(dsn, host, port)] };
  if (port !== undefined) throw unparsable('It names ports in two places.');
  // libpq would join this host with the authority's port, SQLAlchemy would not.
  if (bare) throw unparsable('It names one host in its authority and another one, without port, as a parameter.');
  return { ...(authority === undefined ? {} : { authority }), listed: hosts.map((parameter) => integratedSlot(dsn, parameter)) };
}

/**
 * Where the host begins. libpq ends the user part at the first `@` before a slash, SQLAlchemy lets a password contain slashes and a user
 * contain `@`: what they would read differently is refused.
 */
function endOfUserinfo(dsn: string, start: number, end: number): number {
  const authority = dsn.slice(start, end);
  const at = authority.indexOf('@');
  const later = dsn.includes('@', start + at + 1);
  if (at < 0) {
    if (later) throw unparsable('It has an `@` behind a `/` or `?`: escape that character as %2F, %3F or %40.');
    return start;
  }
  if (later && (authority.lastIndexOf('@') !== at || !authority.slice(0, at).includes(':'))) {
    throw unparsable('It has several `@`: escape all but the one before the host as %40.');
  }
  return start + at + 1;
}

function authoritySlot(dsn: string, span: Span): DsnSlot {
  const text = dsn.slice(span.start, span.end);
  if (text.includes(',')) throw unparsable('It lists several hosts with commas, which the application refuses; use `host` parameters.');
  const match = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<name>[^:[\]]*))(?::(?<port>.*))?$/i.exec(text);
  if (match === null) throw unparsable('Its host and port cannot be told apart.');
  const { six, name, port } = match.groups ?? {};
  const host = six ?? checkHost(name ?? '');
  return slot({ host, port: readPort(port) }, span, text, port !== undefined);
}

/** A `host` parameter that carries its port: `host=h1:5432`, the form of several hosts. */
function integratedSlot(dsn: string, parameter: Parameter): DsnSlot {
  const text = readText(dsn, parameter);
  const [name = '', port, ...more] = text.split(':');
  if (more.length > 0) throw unparsable('A `host` parameter has more than one colon; IPv6 addresses are not possible there.');
  const host = checkHost(name);
  const plain = slot({ host, port: readPort(port) }, parameter.value, text, port !== undefined);
  return { ...plain, write: (to) => refuseColons(to, plain) };
}

/** `?host=h&port=p`: two parameters name one place. A missing port is added as a parameter of its own, which every reader understands. */
function separateSlot(dsn: string, host: Parameter, port: Parameter | undefined): DsnSlot {
  const is: DsnHost = { host: checkHost(readText(dsn, host)), port: readPort(port === undefined ? undefined : readText(dsn, port)) };
  const writePort = (to: number): DsnEdit =>
    port === undefined ? { start: host.value.end, end: host.value.end, text: `&port=${to}` } : { ...port.value, text: String(to) };
  const write = (to: DsnHost): readonly DsnEdit[] => [
    ...(to.host === is.host ? [] : [{ ...host.value, text: to.host }]),
    ...(to.port === is.port ? [] : [writePort(to.port)]),
  ];
  return { ...is, write };
}

/** A place where host and port stand together. The port is written only where it stood before or is not what it was. */
function slot(is: DsnHost, span: Span, text: string, hasPort: boolean): DsnSlot {
  const write = (to: DsnHost): readonly DsnEdit[] => {
    if (to.host === is.host && to.port === is.port) return [];
    const host = to.host.includes(':') ? `[${to.host}]` : to.host;
    const keptPort = hasPort ? text.slice(text.lastIndexOf(':')) : '';
    return [{ ...span, text: host + (to.port === is.port ? keptPort : `:${to.port}`) }];
  };
  return { ...is, write };
}

function refuseColons(to: DsnHost, plain: DsnSlot): readonly DsnEdit[] {
  if (to.host.includes(':')) throw unparsable('The new host is an IPv6 address, which a `host` parameter with port cannot hold.');
  return plain.write(to);
}

/** One query parameter: its decoded key and where its raw value stands. */
interface Parameter {
  readonly key: string;
  readonly value: Span;
}

function readParameters(dsn: string, from: number): readonly Parameter[] {
  const parameters: Parameter[] = [];
  let start = from;
  for (const text of dsn.slice(from).split('&')) {
    const equals = text.indexOf('=');
    const key = decode(equals < 0 ? text : text.slice(0, equals));
    parameters.push({ key, value: { start: start + (equals < 0 ? text.length : equals + 1), end: start + text.length } });
    start += text.length + 1;
  }
  return parameters;
}

function readText(dsn: string, { value }: Parameter): string {
  return decode(dsn.slice(value.start, value.end));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unparsable('A parameter has a broken percent escape.');
  }
}
