import { LAB_SERVER } from '../postgres/settings.js';
import type { Place } from '../hosts.js';
import type { CertificateFiles } from '../postgres/pki.js';

/** Patroni's timing. `fast`: 20/1/3 s, the least that version 4 takes; `default`: 30/10/10 s, what production has. */
export type PatroniProfile = 'fast' | 'default';

const TIMING: Readonly<Record<PatroniProfile, Readonly<Record<'ttl' | 'loop_wait' | 'retry_timeout', number>>>> = {
  fast: { ttl: 20, loop_wait: 1, retry_timeout: 3 },
  default: { ttl: 30, loop_wait: 10, retry_timeout: 10 },
};

/** What one node's configuration is made of. */
export interface PatroniSettings {
  readonly scope: string;
  readonly name: string;
  readonly place: Place;
  readonly port: number;
  readonly restPort: number;
  readonly etcd: { readonly address: string; readonly port: number };
  /** The node's own folder: data, Unix socket, password file. */
  readonly dir: string;
  readonly data: string;
  readonly postgresBin: string;
  readonly caFile: string;
  readonly postgresCertificate: CertificateFiles;
  readonly restCertificate: CertificateFiles;
  readonly restUser: string;
  readonly passwords: { readonly rest: string; readonly superuser: string; readonly replicator: string };
  readonly profile: PatroniProfile;
  readonly watchdog: 'off' | 'automatic';
  readonly synchronous: boolean;
  /** Further keys of the cluster's dynamic configuration, such as `failsafe_mode` or `maximum_lag_on_failover`. */
  readonly dynamic: Readonly<Record<string, unknown>>;
  /** Such as `{ nofailover: true }`. */
  readonly tags: Readonly<Record<string, unknown>>;
}

/** Settings of PostgreSQL that belong to the node. */
function parameters(settings: PatroniSettings): Readonly<Record<string, string>> {
  return {
    unix_socket_directories: settings.dir,
    ssl: 'on',
    ssl_ca_file: settings.caFile,
    ssl_cert_file: settings.postgresCertificate.cert,
    ssl_key_file: settings.postgresCertificate.key,
    password_encryption: 'scram-sha-256',
    ...LAB_SERVER,
  };
}

/**
 * Who may log in: Holdfast and the application as on the pair, by client certificate. Every address, replication among them: Patroni
 * reads an old leader's timeline through it, from the node itself too; without it such a node never rejoins.
 */
const PG_HBA = [
  'local   all         postgres       scram-sha-256',
  'local   replication replicator     scram-sha-256',
  'hostssl replication replicator     all scram-sha-256',
  'hostssl all         postgres       all scram-sha-256',
  'hostssl all         rewinder       all scram-sha-256',
  'hostssl geosync     geosync        all cert',
  'hostssl all         holdfast       all cert',
  'hostssl all         holdfast_owner all cert',
];

/** The node's configuration file. JSON, which is YAML too, so that nothing needs quoting. Holds passwords. */
export function patroniConfiguration(settings: PatroniSettings): string {
  const { place, passwords, caFile, restCertificate } = settings;
  const login = (username: string, password: string) => ({ username, password, sslmode: 'verify-full', sslrootcert: caFile });
  const rest = `${place.address}:${settings.restPort}`;
  const postgres = `${place.address}:${settings.port}`;
  return JSON.stringify({
    scope: settings.scope,
    name: settings.name,
    restapi: {
      listen: rest,
      connect_address: rest,
      certfile: restCertificate.cert,
      keyfile: restCertificate.key,
      authentication: { username: settings.restUser, password: passwords.rest },
    },
    // How Patroni calls its peers.
    ctl: { insecure: false, cacert: caFile },
    etcd3: { host: `${settings.etcd.address}:${settings.etcd.port}` },
    bootstrap: {
      dcs: {
        ...TIMING[settings.profile],
        maximum_lag_on_failover: 1_048_576,
        synchronous_mode: settings.synchronous,
        ...settings.dynamic,
        postgresql: {
          use_pg_rewind: true,
          use_slots: true,
          parameters: {
            wal_log_hints: 'on',
            wal_keep_size: '64MB',
            max_connections: 60,
            max_worker_processes: 8,
            max_wal_senders: 8,
            max_replication_slots: 8,
          },
        },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums', 'no-sync'],
    },
    postgresql: {
      listen: postgres,
      connect_address: postgres,
      // Patroni's own sessions: a wrong certificate, or a cut network, then concerns others only.
      use_unix_socket: true,
      use_unix_socket_repl: true,
      data_dir: settings.data,
      bin_dir: settings.postgresBin,
      pgpass: `${settings.dir}/pgpass`,
      authentication: {
        superuser: login('postgres', passwords.superuser),
        replication: login('replicator', passwords.replicator),
        rewind: login('rewinder', passwords.replicator),
      },
      basebackup: [{ checkpoint: 'fast' }, 'no-sync'],
      remove_data_directory_on_rewind_failure: true,
      parameters: parameters(settings),
      pg_hba: PG_HBA,
    },
    watchdog: { mode: settings.watchdog },
    tags: settings.tags,
  });
}
