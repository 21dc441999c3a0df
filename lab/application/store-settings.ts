/** One server of the DSN. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Where the kill switch is stored. */
export interface StoreSettings {
  readonly targets: readonly Target[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslmode: 'verify-ca' | 'verify-full';
  readonly readWriteOnly: boolean;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A setting the process refuses to boot with. Its text never holds the DSN. */
export class SettingsError extends Error {}

const ROOT = 'GEOSYNC_KILL_SWITCH_POSTGRES';

interface RawSettings {
  readonly dsn: string;
  readonly tls: Readonly<Partial<Record<'ca_file' | 'cert_file' | 'key_file', string>>>;
}

function rawFromJson(env: Readonly<Record<string, string>>): RawSettings | undefined {
  const text = env[ROOT];
  if (text === undefined) return undefined;
  let document: { dsn?: unknown; tls?: RawSettings['tls'] };
  try {
    document = JSON.parse(text) as typeof document;
  } catch {
    throw new SettingsError(`${ROOT} is not a JSON document`);
  }
  if (typeof document.dsn !== 'string') throw new SettingsError(`${ROOT}: dsn is required`);
  return { dsn: document.dsn, tls: document.tls ?? {} };
}

function rawFromKeys(env: Readonly<Record<string, string>>): RawSettings | undefined {
  const dsn = env[`${ROOT}__DSN`];
  if (dsn === undefined) return undefined;
  const tls = Object.fromEntries(
    (['ca_file', 'cert_file', 'key_file'] as const).flatMap((name) => {
      const value = env[`${ROOT}__TLS__${name.toUpperCase()}`];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { dsn, tls };
}

function target(text: string): Target {
  const colon = text.lastIndexOf(':');
  const port = colon === -1 ? 5432 : Number(text.slice(colon + 1));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new SettingsError('DSN: port is not a number');
  return { host: colon === -1 ? text : text.slice(0, colon), port };
}

function parseDsn(dsn: string): Omit<StoreSettings, 'caFile' | 'certFile' | 'keyFile'> {
  const match = /^([^:]+):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]*)\/([^?]*)(?:\?(.*))?$/.exec(dsn);
  if (match === null) throw new SettingsError('DSN: not a database URL');
  const [, scheme, user = '', password = '', authority = '', database = '', query = ''] = match;
  if (scheme !== 'postgresql+psycopg') throw new SettingsError(`DSN: no driver for scheme ${scheme}; expected postgresql+psycopg`);
  if (authority.includes(',')) throw new SettingsError('DSN: several hosts in the authority are not understood; use host= parameters');
  const parameters = new URLSearchParams(query);
  const sslmode = parameters.get('sslmode');
  if (sslmode !== 'verify-ca' && sslmode !== 'verify-full') throw new SettingsError('DSN: sslmode must be verify-ca or verify-full');
  const hosts = parameters.getAll('host');
  const targets = (hosts.length > 0 ? hosts : [authority]).map(target);
  const readWriteOnly = parameters.get('target_session_attrs') === 'read-write';
  return {
    targets,
    user: decodeURIComponent(user),
    password: decodeURIComponent(password),
    database: decodeURIComponent(database),
    sslmode,
    readWriteOnly,
  };
}

/**
 * The store's settings in the form that this build reads; undefined when that form is absent (the other form is silently ignored).
 * @throws SettingsError for what the real application refuses at boot.
 */
export function readStoreSettings(env: Readonly<Record<string, string>>, form: 'json' | 'keys'): StoreSettings | undefined {
  const raw = form === 'json' ? rawFromJson(env) : rawFromKeys(env);
  if (raw === undefined) return undefined;
  const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = raw.tls;
  if (caFile === undefined || certFile === undefined || keyFile === undefined)
    throw new SettingsError('TLS: ca_file, cert_file and key_file are required');
  return { ...parseDsn(raw.dsn), caFile, certFile, keyFile };
}
