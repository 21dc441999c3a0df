/** Turns a secret reference (`env:NAME`, `file:/path`) into its value, for the length of one call. */
export type SecretResolver = (reference: string) => Promise<string>;

/** How a login proves itself and checks the server. All values but `role`, `database` and `sslmode` are secret references. */
export interface PostgresLogin {
  readonly database: string;
  readonly role: string;
  readonly tls: {
    /** CA that the server's certificate must come from. */
    readonly ca: string;
    /** Client certificate and key; both or none. */
    readonly cert?: string;
    readonly key?: string;
  };
  readonly password?: string;
  /** `verify-full` (default) also checks the name. Weaker modes do not exist here. */
  readonly sslmode?: 'verify-full' | 'verify-ca';
}

/** The application's table. Quoted as identifiers, never read from input. */
export interface ApplicationTable {
  readonly schema: string;
  readonly table: string;
}

/** What the protected application looks like from inside the database. */
export interface ApplicationFootprint {
  readonly table: ApplicationTable;
  /** Its `application_name`; `<name>-…` counts too, for applications that name their instances. */
  readonly applicationName: string;
  /** Its own login, as its configuration has it. */
  readonly login: PostgresLogin;
}

/** Every time limit of these adapters, milliseconds. */
export interface PostgresLimits {
  /** TCP, TLS and login together. */
  readonly connectMs: number;
  /** One statement, on the server. */
  readonly statementMs: number;
  readonly lockMs: number;
  /** All that is asked of one node in one observation (the port allows 5 s). */
  readonly observeMs: number;
  /** The probe's commit. Past it the commit counts as blocked. */
  readonly probeMs: number;
  /** How long `pg_promote` waits before it answers false. Below the 10 s that an activity without heartbeat may take. */
  readonly promoteMs: number;
  /** How long after an unknown promotion the read-back is repeated before people are asked. */
  readonly settleMs: number;
}

export const DEFAULT_LIMITS: PostgresLimits = {
  connectMs: 2_000,
  statementMs: 2_000,
  lockMs: 500,
  observeMs: 4_500,
  probeMs: 1_500,
  promoteMs: 6_000,
  settleMs: 30_000,
};

/** What both PostgreSQL adapters of one store are made from. */
export interface PostgresSettings {
  /** Holdfast's own login. */
  readonly login: PostgresLogin;
  readonly application: ApplicationFootprint;
  /** Names this process's row in the probe table; one row a prober. */
  readonly prober: string;
  readonly limits?: Partial<PostgresLimits>;
}

/** What the adapters need from outside. */
export interface PostgresDeps {
  readonly resolveSecret: SecretResolver;
}

/** `"schema"."table"`, safe inside a statement. */
export function quotedTable(table: ApplicationTable): string {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  return `${quoted(table.schema)}.${quoted(table.table)}`;
}
