import type { Session } from './connection.js';
import type { ApplicationTable } from './settings.js';

/** The rights the role has and lacks. */
interface GrantFacts {
  readonly role: string;
  readonly tableThere: boolean;
  readonly schemaThere: boolean;
  readonly canManageRoles: boolean;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly replication: boolean;
  /** Roles that own the table, a schema (its owner may drop what is in it) or one of Holdfast's functions, and that this role is a member of. */
  readonly memberOfOwners: readonly string[];
  /** Predefined roles that reach past table grants. */
  readonly memberOfPredefined: readonly string[];
  readonly tableRights: readonly string[];
  readonly columnUpdates: readonly string[];
  readonly writesMarker: boolean;
  readonly select: boolean;
  readonly updatesTimestamp: boolean;
  readonly lackingFunctions: readonly string[];
  readonly readsMarker: boolean;
  readonly writesProbe: boolean;
  readonly promotes: boolean;
  readonly readsStats: boolean;
}

// Looked up by name in the catalogue: to_regclass is refused without USAGE on the schema, which is one of the things to be found out. What
// is missing is null, and a privilege of null is null, so one statement serves every state. `$1` schema, `$2` table.
const FACTS = `
with target as materialized (
  select
    (select oid from pg_class where relnamespace = to_regnamespace(quote_ident($1)) and relname = $2) as kept,
    (select oid from pg_class where relnamespace = to_regnamespace('holdfast') and relname = 'marker') as marker,
    (select oid from pg_class where relnamespace = to_regnamespace('holdfast') and relname = 'probe') as probe
)
select
  current_user::text as role,
  target.kept is not null as "tableThere",
  target.marker is not null as "schemaThere",
  me.rolsuper as superuser, me.rolcreaterole as "canManageRoles", me.rolbypassrls as "bypassRls", me.rolreplication as replication,
  array(
    select distinct owner.rolname::text from pg_roles as owner
    where pg_has_role(owner.oid, 'MEMBER') and (
      owner.oid = (select relowner from pg_class where oid = target.kept)
      or owner.oid in (select proowner from pg_proc where pronamespace = to_regnamespace('holdfast'))
      or owner.oid in (select relowner from pg_class where relnamespace = to_regnamespace('holdfast'))
      or owner.oid in (select nspowner from pg_namespace where nspname in ($1, 'holdfast'))
    ) order by 1
  ) as "memberOfOwners",
  array(
    select rolname::text from pg_roles
    where rolname in ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain') and pg_has_role(oid, 'MEMBER') order by 1
  ) as "memberOfPredefined",
  array(
    select name from unnest(array['INSERT', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) as name
    where has_table_privilege(target.kept, name) or (name in ('INSERT', 'REFERENCES') and has_any_column_privilege(target.kept, name))
  ) as "tableRights",
  array(
    select attname::text from pg_attribute
    where attrelid = target.kept and attnum > 0 and not attisdropped and attname <> 'updated_at'
      and has_column_privilege(target.kept, attname, 'UPDATE') order by attnum
  ) as "columnUpdates",
  coalesce(has_table_privilege(target.marker, 'INSERT') or has_any_column_privilege(target.marker, 'UPDATE'), false) as "writesMarker",
  coalesce(has_schema_privilege(to_regnamespace(quote_ident($1)), 'USAGE') and (
    select bool_and(has_column_privilege(target.kept, attname, 'SELECT')) from pg_attribute
    where attrelid = target.kept and attnum > 0 and not attisdropped), false) as select,
  coalesce((select has_column_privilege(target.kept, attname, 'UPDATE') from pg_attribute
    where attrelid = target.kept and attname = 'updated_at'), false) as "updatesTimestamp",
  array(
    select 'holdfast.' || name from unnest(array['engage', 'restore_table', 'timeline_history']) as name
    where not coalesce(has_schema_privilege(to_regnamespace('holdfast'), 'USAGE') and (
      select bool_and(has_function_privilege(oid, 'EXECUTE')) from pg_proc where pronamespace = to_regnamespace('holdfast') and proname = name), false)
  ) as "lackingFunctions",
  coalesce(has_table_privilege(target.marker, 'SELECT'), false) as "readsMarker",
  coalesce(has_table_privilege(target.probe, 'SELECT') and has_table_privilege(target.probe, 'INSERT') and has_table_privilege(target.probe, 'UPDATE'), false) as "writesProbe",
  has_function_privilege('pg_promote(boolean, integer)', 'EXECUTE') as promotes,
  pg_has_role('pg_read_all_stats', 'USAGE') as "readsStats"
from target, pg_roles as me where me.rolname = current_user`;

function tooMuch(facts: GrantFacts, table: string): string[] {
  const who = `Role ${facts.role}`;
  const powers: readonly (readonly [boolean, string])[] = [
    [facts.superuser, `${who} is a superuser: it can do anything. Use a role of its own.`],
    [facts.canManageRoles, `${who} has CREATEROLE: it can give itself rights. alter role ${facts.role} nocreaterole`],
    [facts.bypassRls, `${who} has BYPASSRLS. alter role ${facts.role} nobypassrls`],
    [facts.replication, `${who} has REPLICATION. alter role ${facts.role} noreplication`],
    [
      facts.writesMarker,
      `${who} can change holdfast.marker: it could make any database look like the right one. revoke insert, update on holdfast.marker`,
    ],
  ];
  // A superuser has every right below too; one sentence says it all.
  if (facts.superuser) return powers.slice(0, 1).map(([, sentence]) => sentence);
  return [
    ...powers.filter(([has]) => has).map(([, sentence]) => sentence),
    ...facts.memberOfOwners.map(
      (owner) =>
        `${who} is a member of ${owner}, which owns the table, its schema or Holdfast's functions: it could disengage, or drop what it must not. revoke ${owner} from ${facts.role}`,
    ),
    ...facts.memberOfPredefined.map(
      (group) => `${who} is a member of ${group}, which reaches past grants. revoke ${group} from ${facts.role}`,
    ),
    ...facts.tableRights.map(
      (right) =>
        `${who} has ${right} on ${table}: it could change the switch without engaging it. revoke ${right.toLowerCase()} on ${table}`,
    ),
    ...facts.columnUpdates.map(
      (column) => `${who} can update ${table}.${column}: only updated_at is allowed. revoke update (${column}) on ${table}`,
    ),
  ];
}

function tooLittle(facts: GrantFacts, table: string, promotionIsOurs: boolean): string[] {
  const who = `Role ${facts.role}`;
  if (!facts.schemaThere) return ['Schema holdfast is missing in this database: run `holdfast migrate up`.'];
  const lacks: readonly (readonly [boolean, string])[] = [
    [!facts.tableThere, `Table ${table} is missing: the application creates it, or \`holdfast migrate up --with-application-table\` does.`],
    [facts.tableThere && !facts.select, `${who} cannot read ${table}: run \`holdfast migrate up\`.`],
    [
      facts.tableThere && !facts.updatesTimestamp,
      `${who} cannot update ${table}.updated_at, so it cannot re-affirm: run \`holdfast migrate up\`.`,
    ],
    [!facts.readsMarker, `${who} cannot read holdfast.marker: grant holdfast_run to ${facts.role}`],
    [!facts.writesProbe, `${who} cannot write holdfast.probe: grant holdfast_run to ${facts.role}`],
    [promotionIsOurs && !facts.promotes, `${who} cannot promote: grant execute on function pg_promote(boolean, integer) to ${facts.role}`],
    [!facts.readsStats, `${who} cannot see other sessions and WAL receivers: grant pg_monitor to ${facts.role}`],
  ];
  return [
    ...lacks.filter(([missing]) => missing).map(([, sentence]) => sentence),
    ...facts.lackingFunctions.map((name) => `${who} cannot call ${name}(): grant holdfast_run to ${facts.role}`),
  ];
}

/** Whether the history function really reaches the files: its owner needs a right that only a superuser can give. */
async function historyProblem(session: Session): Promise<readonly string[]> {
  return session.query('select holdfast.timeline_history(1)').then(
    () => [],
    () => [
      'holdfast.timeline_history() may not read, so no promoted node can be proven: as superuser, in this database, grant execute on function pg_read_file(text, bigint, bigint, boolean) to the owner of that function.',
    ],
  );
}

/** Every problem of the session's role, as sentences with their mend. Empty when S14 holds and nothing is missing. */
export async function readGrantProblems(session: Session, table: ApplicationTable, promotionIsOurs: boolean): Promise<readonly string[]> {
  const name = `${table.schema}.${table.table}`;
  const [facts] = await session.query<GrantFacts>(FACTS, [table.schema, table.table]);
  if (facts === undefined) return ['The server did not say which rights the role has.'];
  const missing = tooLittle(facts, name, promotionIsOurs);
  const history = facts.schemaThere && !facts.lackingFunctions.includes('holdfast.timeline_history') ? await historyProblem(session) : [];
  return [...tooMuch(facts, name), ...missing, ...history];
}
