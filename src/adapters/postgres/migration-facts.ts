import type { Session } from './connection.js';
import type { ApplicationTable } from './settings.js';
import { quotedTable } from './settings.js';

/** What the migrating role finds before it changes anything. */
export interface MigrationFacts {
  readonly standby: boolean;
  readonly role: string;
  /** Owner of the table when it is there. */
  readonly tableOwner: string | null;
  /** `column:type` of the table's columns, in the contract's order where they match. */
  readonly columns: readonly string[];
  readonly ownerRoleThere: boolean;
  readonly actsForOwner: boolean;
  readonly ownerCreates: boolean;
  readonly createsSchema: boolean;
  readonly schemaOwnedByUs: boolean | null;
  readonly createsRole: boolean;
  readonly groupRoleThere: boolean;
  readonly grantToThere: boolean;
  readonly readsHistory: boolean;
}

const CONTRACT_COLUMNS = ['id:smallint', 'engaged:boolean', 'reason:text', 'updated_at:timestamp with time zone'];

/** `$1` table, `$2` its schema, `$3` the application's role or null, `$4` the login that is to be granted or null. */
const FACTS = `
with target as materialized (
  select to_regclass($1) as kept, coalesce($3::text, (select relowner::regrole::text from pg_class where oid = to_regclass($1))) as owner
), owner as materialized (
  select pg_roles.oid, pg_roles.rolname from target join pg_roles on pg_roles.rolname = trim(both '"' from target.owner)
)
select
  pg_is_in_recovery() as standby,
  current_user::text as role,
  (select rolname::text from pg_roles where oid = (select relowner from pg_class where oid = target.kept)) as "tableOwner",
  array(select attname || ':' || format_type(atttypid, null) from pg_attribute
    where attrelid = target.kept and attnum > 0 and not attisdropped order by attnum) as columns,
  exists (select from owner) as "ownerRoleThere",
  coalesce((select pg_has_role(oid, 'USAGE') from owner), false) as "actsForOwner",
  coalesce((select has_schema_privilege(owner.oid, to_regnamespace($2), 'CREATE') from owner), false) as "ownerCreates",
  has_database_privilege(current_database(), 'CREATE') as "createsSchema",
  (select pg_has_role(nspowner, 'USAGE') from pg_namespace where nspname = 'holdfast') as "schemaOwnedByUs",
  (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as "createsRole",
  exists (select from pg_roles where rolname = 'holdfast_run') as "groupRoleThere",
  $4::text is null or exists (select from pg_roles where rolname = $4) as "grantToThere",
  has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'EXECUTE') as "readsHistory"
from target`;

/** Reads the facts in one statement. Throws PostgresFailure. */
export async function readMigrationFacts(
  session: Session,
  table: ApplicationTable,
  applicationRole: string | undefined,
  grantTo: string | undefined,
): Promise<MigrationFacts | undefined> {
  const schema = `"${table.schema.replaceAll('"', '""')}"`;
  const [facts] = await session.query<MigrationFacts>(FACTS, [quotedTable(table), schema, applicationRole ?? null, grantTo ?? null]);
  return facts;
}

/** What the request asks for, as far as the preconditions depend on it. */
export interface MigrationWishes {
  readonly table: string;
  readonly applicationRole: string | undefined;
  readonly grantTo: string | undefined;
  readonly withTable: boolean;
}

/** Preconditions that do not hold, as sentences with their mend. With any of them `up` changes nothing. */
export function unmetPreconditions(facts: MigrationFacts, wishes: MigrationWishes): readonly string[] {
  if (facts.standby) return ['This node is a standby: migrate the primary, replication does the rest.'];
  const { table, applicationRole, grantTo, withTable } = wishes;
  const owner = applicationRole ?? facts.tableOwner;
  const tableThere = facts.tableOwner !== null;
  const lacking = CONTRACT_COLUMNS.filter((column) => !facts.columns.includes(column));
  const rules: readonly (readonly [boolean, string])[] = [
    [!tableThere && !withTable, `Table ${table} is missing: let the application create it, or use --with-application-table.`],
    [tableThere && lacking.length > 0, `Table ${table} is not the contract's: it lacks ${lacking.join(', ')}.`],
    [owner === null, 'Name the role that owns (or will own) the table: --application-role.'],
    [owner !== null && !facts.ownerRoleThere, `Role ${owner} does not exist.`],
    [
      tableThere && applicationRole !== undefined && facts.tableOwner !== applicationRole,
      `Table ${table} belongs to ${facts.tableOwner}, not to ${applicationRole}.`,
    ],
    [
      facts.ownerRoleThere && !facts.actsForOwner,
      `Role ${facts.role} may not pass on rights to the table: grant ${owner} to ${facts.role}`,
    ],
    [
      !tableThere && withTable && facts.ownerRoleThere && !facts.ownerCreates,
      `Role ${owner} may not create ${table}: grant create on its schema to ${owner}`,
    ],
    [
      !facts.createsSchema && facts.schemaOwnedByUs === null,
      `Role ${facts.role} may not create a schema here: grant create on this database to ${facts.role}`,
    ],
    [
      facts.schemaOwnedByUs === false,
      `Schema holdfast belongs to a role that ${facts.role} is no member of: migrate as that role, or find out who made it.`,
    ],
    [
      !facts.groupRoleThere && !facts.createsRole,
      `Role ${facts.role} may not create the group role: as superuser, create role holdfast_run nologin`,
    ],
    [!facts.grantToThere, `Role ${grantTo} does not exist.`],
  ];
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

/** What works, yet leaves something unproven. */
export function migrationWarnings(facts: MigrationFacts): readonly string[] {
  return facts.readsHistory || facts.standby
    ? []
    : [
        `Timeline histories cannot be read, so no promoted node could be proven: as superuser, in this database, grant execute on function pg_read_file(text, bigint, bigint, boolean) to ${facts.role}`,
      ];
}
