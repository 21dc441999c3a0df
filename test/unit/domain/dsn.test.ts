import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pointDsn, readDsnHosts, readDsnTarget } from '../../../src/domain/dsn.js';
import { HoldfastError } from '../../../src/domain/errors.js';

describe('a DSN is read and pointed at node-b:6543', () => {
  test.each([
    [
      'postgresql+psycopg://u:p@node-a:5432/db?sslmode=verify-full',
      'node-a:5432',
      'postgresql+psycopg://u:p@node-b:6543/db?sslmode=verify-full',
    ],
    [
      'postgres://u:p%40%2F%3A@10.0.0.1:1/d%20b?application_name=a@b',
      '10.0.0.1:1',
      'postgres://u:p%40%2F%3A@node-b:6543/d%20b?application_name=a@b',
    ],
    ['postgresql://node-a/db', 'node-a:5432', 'postgresql://node-b:6543/db'],
    ['postgresql://u@node-a:/db', 'node-a:5432', 'postgresql://u@node-b:6543/db'],
    ['postgresql://u@[::1]:7/db', '::1:7', 'postgresql://u@node-b:6543/db'],
    ['postgresql://u@[fe80::1]/db', 'fe80::1:5432', 'postgresql://u@node-b:6543/db'],
    ['POSTGRESQL+asyncpg://u:@NODE-A:09/', 'NODE-A:9', 'POSTGRESQL+asyncpg://u:@node-b:6543/'],
    ['postgresql://node-a', 'node-a:5432', 'postgresql://node-b:6543'],
    ['postgresql://node-a?sslmode=verify-ca', 'node-a:5432', 'postgresql://node-b:6543?sslmode=verify-ca'],
    ['postgresql:///db?host=node-a&port=1&x=%zz', 'node-a:1', 'postgresql:///db?host=node-b&port=6543&x=%zz'],
    ['postgresql:///db?user=u&host=node-a&port=1', 'node-a:1', 'postgresql:///db?user=u&host=node-b&port=6543'],
    ['postgresql:///db?host=node-a', 'node-a:5432', 'postgresql:///db?host=node-b&port=6543'],
    [
      'postgresql+psycopg://u:p@node-a:1/db?host=node-a:1&host=node-b:6543&target_session_attrs=read-write',
      'node-a:1, node-b:6543',
      'postgresql+psycopg://u:p@node-b:6543/db?host=node-b:6543&host=node-a:1&target_session_attrs=read-write',
    ],
    [
      'postgresql://u:p@node-a:1/db?host=node-a%3A1&host=node-c:2',
      'node-a:1, node-c:2',
      'postgresql://u:p@node-b:6543/db?host=node-b:6543&host=node-c:2',
    ],
    ['host=node-a port=5432 user=u', 'node-a:5432', 'host=node-b port=6543 user=u'],
    [
      "user='x \\' host=no' password = 'p\\\\' host = 'node-a' port='5432'",
      'node-a:5432',
      "user='x \\' host=no' password = 'p\\\\' host = 'node-b' port='6543'",
    ],
    ['host=node-a dbname=d', 'node-a:5432', 'host=node-b port=6543 dbname=d'],
    ["host='node-a' dbname=d", 'node-a:5432', "host='node-b' port=6543 dbname=d"],
    ['host=first port=1 host=::1 port=2', '::1:2', 'host=first port=1 host=node-b port=6543'],
  ])('%s', (dsn, hosts, pointed) => {
    const [first] = readDsnHosts(dsn);
    expect(readDsnHosts(dsn).map(({ host, port }) => `${host}:${port}`)).toEqual(hosts.split(', '));
    expect(readDsnTarget(dsn)).toEqual(first);
    expect(pointDsn(dsn, 'node-b', 6543)).toBe(pointed);
    expect(readDsnTarget(pointed)).toEqual({ host: 'node-b', port: 6543 });
    expect(pointDsn(pointed, 'node-b', 6543)).toBe(pointed);
  });

  test('a port that stays is not written, and one that changes keeps its host', () => {
    expect(pointDsn('postgresql://u@node-a/db', 'node-b', 5432)).toBe('postgresql://u@node-b/db');
    expect(pointDsn('postgresql://u@node-a:05432/db', 'node-b', 5432)).toBe('postgresql://u@node-b:05432/db');
    expect(pointDsn('host=node-a user=u', 'node-a', 1)).toBe('host=node-a port=1 user=u');
    expect(pointDsn('postgresql://u@node-a:1/db', '::1', 1)).toBe('postgresql://u@[::1]:1/db');
  });
});

describe('refused', () => {
  const secret = 'sEcReT-canary';
  test.each([
    ['mysql://u:sEcReT-canary@h/db', 'scheme'],
    [' postgresql://u:sEcReT-canary@h/db', 'blank'],
    ['postgresql://u:sEcReT-canary/x@h:1/db', 'behind a `/`'],
    ['postgresql://u:sEcReT-canary?x@h:1/db', 'behind a `/`'],
    ['postgresql://u:sEcReT-canary@x@h/db', 'several `@`'],
    ['postgresql://sEcReT-canary@h:1/db?a=b@c', 'several `@`'],
    ['postgresql://u:sEcReT-canary@h1:1,h2:2/db', 'commas'],
    ['postgresql://u:sEcReT-canary@/db', 'names no host'],
    ['postgresql://u:sEcReT-canary@%2Fvar%2Frun/db', 'Unix socket'],
    ['postgresql:///db?host=/var/run&password=sEcReT-canary', 'Unix socket'],
    ['postgresql://u:sEcReT-canary@h:port/db', 'port is not a number'],
    ['postgresql://u:sEcReT-canary@h:70000/db', 'port is not a number'],
    ['postgresql://u:sEcReT-canary@h:1/db?hostaddr=10.0.0.1', 'hostaddr'],
    ['postgresql://u:sEcReT-canary@h:1/db?port=2', 'ports in two places'],
    ['postgresql://u:sEcReT-canary@h/db?host=::1&host=x:1', 'more than one colon'],
    ['postgresql://u:sEcReT-canary@h/db?host=%zz', 'broken percent escape'],
    ['postgresql://u:sEcReT-canary@h1:1/db?host=h2', 'one host in its authority'],
    ['postgresql://u:sEcReT-canary@[h/db', 'cannot be told apart'],
    ['hostaddr=10.0.0.1 host=h password=sEcReT-canary', 'hostaddr'],
    ['host=h1,h2 password=sEcReT-canary', 'commas'],
    ["host=h password='sEcReT-canary", 'not closed'],
    ['user=u password=sEcReT-canary', 'names no host'],
    ['sEcReT-canary', 'neither a PostgreSQL URI nor'],
    ['', 'names no host'],
  ])('%s', (dsn, rule) => {
    const refuse = (): string => pointDsn(dsn, 'node-b', 1);
    expect(refuse).toThrow(HoldfastError);
    expect(refuse).toThrow(expect.objectContaining({ code: 'HF_DSN_UNPARSABLE', message: expect.stringContaining(rule) }));
    expect(refuse).not.toThrow(secret);
  });

  test.each([
    ['a b', 1],
    ['h/db?x', 1],
    ['h:1', 1],
    ['', 1],
    ['h', 0],
    ['h', 65_536],
    ['h', 1.5],
  ])('the new target %j:%d', (host, port) => {
    expect(() => pointDsn('postgresql://u@h/db', host, port)).toThrow(expect.objectContaining({ code: 'HF_DSN_UNPARSABLE' }));
  });
});

describe('for any DSN', () => {
  const host = fc.constantFrom('node-a', '10.1.2.3', 'db.example.org', 'a_b');
  const port = fc.integer({ min: 1, max: 65_535 });
  const noise = fc.stringMatching(/^[A-Za-z0-9%._~!$'()*;=-]{0,12}$/).filter((text) => !/%(?![0-9a-f]{2})/i.test(text));
  const uri = fc
    .record({
      scheme: fc.constantFrom('postgres', 'postgresql', 'postgresql+psycopg'),
      user: noise,
      password: noise,
      host,
      port,
      database: noise,
      value: noise,
      more: fc.boolean(),
    })
    .map((part) => {
      const hosts = part.more ? `&host=${part.host}:${part.port}&host=other:1&target_session_attrs=read-write` : '';
      return {
        before: `${part.scheme}://${part.user}:${part.password}@`,
        at: `${part.host}:${part.port}`,
        after: `/${part.database}?application_name=${part.value}`,
        hosts,
      };
    });

  test('pointing at where it points changes no byte', () => {
    fc.assert(
      fc.property(uri, ({ before, at, after, hosts }) => {
        const dsn = before + at + after + hosts;
        const target = readDsnTarget(dsn);
        expect(pointDsn(dsn, target.host, target.port)).toBe(dsn);
      }),
    );
  });

  test('pointing elsewhere changes the bytes of host and port only', () => {
    fc.assert(
      fc.property(uri, port, ({ before, at, after }, newPort) => {
        expect(pointDsn(before + at + after, 'node-z', newPort)).toBe(
          `${before}node-z${at.endsWith(`:${newPort}`) ? at.slice(at.indexOf(':')) : `:${newPort}`}${after}`,
        );
      }),
    );
  });

  test('there and back is the same text', () => {
    fc.assert(
      fc.property(uri, ({ before, at, after, hosts }) => {
        const dsn = before + at + after + hosts;
        const home = readDsnTarget(dsn);
        expect(pointDsn(pointDsn(dsn, 'other', 1), home.host, home.port)).toBe(dsn);
      }),
    );
  });

  test('nonsense is refused without quoting it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        const refuse = (): string => pointDsn(`${text}\u0000`, 'node-b', 1);
        expect(refuse).toThrow(HoldfastError);
        expect(refuse).not.toThrow(text);
      }),
    );
  });
});
