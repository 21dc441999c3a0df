import { describe, expect, test } from 'vitest';
import { readBehaviour } from '../../lab/application/behaviour.js';
import { parseEnvFile } from '../../lab/application/env-file.js';
import { readStoreSettings } from '../../lab/application/store-settings.js';

const tls = { ca_file: '/ca', cert_file: '/cert', key_file: '/key' };
const json = (dsn: string) => ({ GEOSYNC_KILL_SWITCH_POSTGRES: JSON.stringify({ dsn, tls }) });
const GOOD = 'postgresql+psycopg://geosync:p%2Fw%40@127.0.0.1:5433/geosync?sslmode=verify-full';

describe('settings of the stand-in', () => {
  test('reads the JSON form and unescapes the password', () => {
    expect(readStoreSettings(json(GOOD), 'json')).toMatchObject({
      user: 'geosync',
      password: 'p/w@',
      database: 'geosync',
      targets: [{ host: '127.0.0.1', port: 5433 }],
      sslmode: 'verify-full',
      readWriteOnly: false,
    });
  });

  test('ignores the form it does not read', () => {
    expect(readStoreSettings(json(GOOD), 'keys')).toBeUndefined();
    expect(readStoreSettings({ GEOSYNC_KILL_SWITCH_POSTGRES__DSN: GOOD }, 'json')).toBeUndefined();
  });

  test('takes the two-host form by host parameters only', () => {
    const two = 'postgresql+psycopg://geosync:x@h1:1/geosync?host=h1:1&host=h2:2&target_session_attrs=read-write&sslmode=verify-ca';
    expect(readStoreSettings(json(two), 'json')).toMatchObject({
      targets: [
        { host: 'h1', port: 1 },
        { host: 'h2', port: 2 },
      ],
      readWriteOnly: true,
    });
    expect(() => readStoreSettings(json(GOOD.replace('127.0.0.1:5433', 'h1:1,h2:2')), 'json')).toThrow('several hosts');
  });

  test.each([
    [GOOD.replace('postgresql+psycopg', 'postgresql'), 'scheme postgresql'],
    [GOOD.replace('verify-full', 'require'), 'sslmode'],
    [GOOD.replace('?sslmode=verify-full', ''), 'sslmode'],
  ])('refuses at boot, without the password in the text: %s', (dsn, why) => {
    expect(() => readStoreSettings(json(dsn), 'json')).toThrow(why);
    expect(() => readStoreSettings(json(dsn), 'json')).not.toThrow('p%2Fw');
  });

  test('reads an env file as systemd does', () => {
    const text = [
      '# comment',
      'PLAIN=a b ',
      `JSON={"dsn":"x","n":1}`,
      `SINGLE='{"a":"b"}'`,
      'DOUBLE="a \\"b\\""',
      'nonsense',
      'PLAIN=last wins',
    ].join('\n');
    expect(parseEnvFile(text)).toEqual({ PLAIN: 'last wins', JSON: '{"dsn":"x","n":1}', SINGLE: '{"a":"b"}', DOUBLE: 'a "b"' });
  });

  test('behaviour from variables', () => {
    expect(
      readBehaviour({
        LAB_APP_BOOT_DELAY_MS: '3000',
        LAB_APP_HEALTH: 'bootstrap',
        LAB_APP_QUARANTINE: 'false',
        LAB_APP_TRUSTED_HOSTS: 'a,b',
      }),
    ).toMatchObject({ bootDelayMs: 3000, health: 'bootstrap', quarantine: false, trustedHosts: ['a', 'b'], dsnForm: 'json' });
  });
});
