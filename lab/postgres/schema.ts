/** The application's row, as the lab puts it in place. */
export interface RowOption {
  readonly engaged: boolean;
  readonly reason?: string;
  /** How old `updated_at` is; negative = in the future. */
  readonly ageSeconds?: number;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Roles and database; run once as superuser in database `postgres`. Patroni makes the replication login itself: leave it out there. */
export function rolesSql(passwords: { readonly geosync: string; readonly replicator?: string }): readonly string[] {
  const { replicator } = passwords;
  return [
    ...(replicator === undefined ? [] : [`create role replicator login replication password ${literal(replicator)}`]),
    `create role geosync login password ${literal(passwords.geosync)}`,
    'create role holdfast login in role pg_monitor',
    'create role holdfast_owner login createrole',
    'grant execute on function pg_catalog.pg_promote(boolean, integer) to holdfast',
    'create database geosync owner holdfast_owner',
  ];
}

/**
 * The application's schema; run once as superuser in database `geosync`. The table is the contract's, owned by the application; the
 * owner of Holdfast's migrations is a member of the application's role, since only so may it pass on rights to the application's table.
 */
export function applicationSql(row: RowOption | 'missing' | 'no-table'): readonly string[] {
  const prepare = [
    'revoke all on database geosync from public',
    'grant connect, temporary on database geosync to geosync',
    'grant connect on database geosync to holdfast',
    'grant usage, create on schema public to geosync',
    'grant geosync to holdfast_owner',
    // What a DBA is asked for besides: the migrations' function that reads timeline histories runs as their owner.
    'grant execute on function pg_catalog.pg_read_file(text, bigint, bigint, boolean) to holdfast_owner',
    'grant execute on function pg_catalog.pg_promote(boolean, integer) to holdfast',
  ];
  if (row === 'no-table') return prepare;
  const table = [
    `create table public.kill_switch_state (
      id smallint primary key check (id = 1),
      engaged boolean not null,
      reason text not null default '',
      updated_at timestamptz not null default now()
    )`,
    'create index kill_switch_state_updated_at_idx on public.kill_switch_state (updated_at)',
    'alter table public.kill_switch_state owner to geosync',
  ];
  if (row === 'missing') return [...prepare, ...table];
  return [...prepare, ...table, rowSql(row)];
}

/** Writes the row, whatever was there. */
export function rowSql(row: RowOption): string {
  const reason = row.reason ?? (row.engaged ? 'engaged by the lab' : '');
  return `insert into public.kill_switch_state (id, engaged, reason, updated_at)
    values (1, ${row.engaged}, ${literal(reason)}, now() - interval '${row.ageSeconds ?? 0} seconds')
    on conflict (id) do update set engaged = excluded.engaged, reason = excluded.reason, updated_at = excluded.updated_at`;
}
