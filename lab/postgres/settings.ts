import type { Place } from '../hosts.js';
import type { Pki } from './pki.js';

// Configuration files know backslash escapes inside quotes, besides doubled quotes.
const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** What every server of a lab has, whatever runs it. Durability is off: the lab plays the death of processes, not of power. */
export const LAB_SERVER: Readonly<Record<string, string>> = {
  shared_buffers: '16MB',
  max_wal_size: '128MB',
  min_wal_size: '32MB',
  fsync: 'off',
  autovacuum: 'off',
  jit: 'off',
  logging_collector: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
  // Short, so that a dead peer is noticed within a test's patience.
  wal_receiver_timeout: '5s',
  wal_sender_timeout: '5s',
  wal_retrieve_retry_interval: '200ms',
  wal_receiver_status_interval: '1s',
  // POSIX segments outlive kill -9 and pile up; mapped files lie in the data folder.
  ...(process.platform === 'linux' ? { dynamic_shared_memory_type: 'mmap' } : {}),
};

/** Lines for the end of postgresql.conf. */
export function postgresqlConf(nodeName: string, place: Place, pki: Pki): string {
  const server = pki.server(nodeName);
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: place.address,
    unix_socket_directories: '',
    ssl: 'on',
    ssl_ca_file: pki.caFile,
    ssl_cert_file: server.cert,
    ssl_key_file: server.key,
    ...LAB_SERVER,
    wal_keep_size: '64MB',
    io_method: 'sync',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('');
}

/**
 * Who may log in, specific lines first. Client certificates for everybody but the superuser and the replication login.
 * @param network addresses that clients come from, as a CIDR.
 */
export function pgHbaConf(network = '127.0.0.0/8'): string {
  return [
    `hostssl replication replicator     ${network} scram-sha-256`,
    `hostssl geosync     geosync        ${network} cert`,
    `hostssl all         holdfast       ${network} cert`,
    `hostssl all         holdfast_owner ${network} cert`,
    `hostssl all         postgres       ${network} scram-sha-256`,
    '',
  ].join('\n');
}

/** The connection string of a standby to its upstream, as a line of postgresql.auto.conf. */
export function primaryConninfo(
  upstream: Place & { readonly port: number },
  applicationName: string,
  password: string,
  caFile: string,
  slot: string,
): string {
  const word = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
  const conninfo = `host=${upstream.address} port=${upstream.port} user=replicator password=${word(password)} sslmode=verify-full sslrootcert=${word(caFile)} application_name=${applicationName}`;
  return `primary_conninfo = ${quoted(conninfo)}\nprimary_slot_name = ${quoted(slot)}\n`;
}
