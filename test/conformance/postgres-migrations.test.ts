// needs: postgres
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createPostgresRowStore } from '../../src/adapters/postgres/row-store.js';
import { errorOf, realScope } from './harness.js';
import type { PostgresPair } from './postgres-pair.js';
import { HISTORY_GRANT, openBarePair } from './postgres-pair.js';

async function withBarePair(options: Parameters<typeof openBarePair>[0], use: (opened: PostgresPair) => Promise<void>): Promise<void> {
  const opened = await openBarePair(options);
  try {
    await use(opened);
  } finally {
    await opened.close();
  }
}

const NAME = '0001_holdfast';

describe('postgres: migrations', () => {
  test('status, up, up again, down, up: repeatable, and down leaves the application alone', async () => {
    await withBarePair({ row: { engaged: true, reason: 'drawdown limit' } }, async (opened) => {
      const { pair, migrate } = opened;
      const left = () =>
        pair.sql(
          'a',
          `select
        (select count(*)::int from pg_namespace where nspname = 'holdfast') as schemas,
        (select count(*)::int from pg_roles where rolname = 'holdfast_run') as roles,
        (select relacl::text from pg_class where oid = 'public.kill_switch_state'::regclass) as grants,
        (select array_agg(attacl::text) from pg_attribute where attrelid = 'public.kill_switch_state'::regclass and attacl is not null) as "columnGrants",
        (select engaged from public.kill_switch_state) as engaged`,
        );
      const [untouched] = await left();

      expect(await migrate('status')).toMatchObject({ migrations: [{ name: NAME, state: 'pending' }], table: 'present', problems: [] });
      expect(await left()).toEqual([untouched]);
      expect(await migrate('up')).toMatchObject({ migrations: [{ name: NAME, state: 'applied' }] });
      expect(await migrate('up', { environment: 'renamed' })).toMatchObject({ migrations: [{ name: NAME, state: 'was-applied' }] });
      expect(await pair.sql('a', 'select environment, store from holdfast.marker')).toEqual([
        { environment: 'renamed', store: 'kill-switch' },
      ]);
      expect(await migrate('status')).toMatchObject({ migrations: [{ name: NAME, state: 'was-applied' }], problems: [] });
      expect(await migrate('down')).toMatchObject({ migrations: [{ name: NAME, state: 'reverted' }] });
      // Only the form of "no grants" differs: null before, the owner's own rights afterwards.
      expect(await left()).toEqual([{ ...untouched, grants: '{geosync=arwdDxtm/geosync}' }]);
      expect(await migrate('down')).toMatchObject({ migrations: [{ name: NAME, state: 'pending' }] });
      expect(await migrate('up')).toMatchObject({ migrations: [{ name: NAME, state: 'applied' }] });
    });
  });

  test('two at once: one waits for the other', async () => {
    await withBarePair({}, async ({ migrate, pair }) => {
      const results = await Promise.all([migrate('up'), migrate('up')]);
      expect(results.map((result) => result.migrations[0]?.state)).toContain('applied');
      expect(await pair.sql('a', 'select name from holdfast.migrations')).toEqual([{ name: NAME }]);
    });
  });

  test('the functions act as the application’s owner, so that they give nobody more than it has', async () => {
    await withBarePair({}, async ({ migrate, pair }) => {
      await migrate('up');
      expect(
        await pair.sql(
          'a',
          `select proname::text as name, proowner::regrole::text as owner from pg_proc
        where pronamespace = 'holdfast'::regnamespace and prosecdef order by 1`,
        ),
      ).toEqual([
        { name: 'create_table', owner: 'geosync' },
        { name: 'engage', owner: 'geosync' },
        { name: 'grant_table', owner: 'geosync' },
        { name: 'restore_table', owner: 'geosync' },
        { name: 'timeline_history', owner: 'holdfast_owner' },
      ]);
      expect(await pair.sql('a', `select has_schema_privilege('geosync', 'holdfast', 'CREATE') as creates`)).toEqual([{ creates: false }]);
    });
  });

  test('a missing table is a precondition, and is created on demand as the contract has it', async () => {
    await withBarePair({ row: 'no-table' }, async (opened) => {
      const { migrate, pair } = opened;
      expect(await errorOf(migrate('up'))).toMatchObject({
        code: 'HF_MIGRATION_FAILED',
        message: expect.stringContaining('--with-application-table') as string,
      });
      expect(await pair.sql('a', `select from pg_namespace where nspname = 'holdfast'`)).toEqual([]);
      expect(await migrate('up', { withApplicationTable: true, applicationRole: 'geosync' })).toMatchObject({ table: 'created' });
      expect(
        await pair.sql(
          'a',
          `select relowner::regrole::text as owner, (select count(*)::int from pg_index where indrelid = pg_class.oid) as indexes
        from pg_class where oid = 'public.kill_switch_state'::regclass`,
        ),
      ).toEqual([{ owner: 'geosync', indexes: 2 }]);
      await expect(
        pair.sql('a', 'insert into public.kill_switch_state (id, engaged) values (2, false)', { user: 'geosync' }),
      ).rejects.toThrow(/check constraint/);
      await pair.sql('a', 'insert into public.kill_switch_state (id, engaged) values (1, false)', { user: 'geosync' });
      await pair.sql('a', HISTORY_GRANT);
      expect(await createPostgresRowStore(opened.settings(), opened).grantProblems(opened.node('a'), realScope())).toEqual([]);
    });
  });

  test('a table that the application made anew gets its grants back', async () => {
    await withBarePair({}, async (opened) => {
      const { migrate, pair } = opened;
      await migrate('up');
      await pair.sql('a', HISTORY_GRANT);
      await pair.sql('a', 'drop table public.kill_switch_state');
      await pair.sql(
        'a',
        `create table public.kill_switch_state (id smallint primary key check (id = 1), engaged boolean not null,
        reason text not null default '', updated_at timestamptz not null default now())`,
        { user: 'geosync' },
      );
      const store = createPostgresRowStore(opened.settings(), opened);
      expect(await store.read(opened.node('a'), realScope())).toMatchObject({ state: 'unreadable', failure: { kind: 'auth' } });
      expect((await store.restoreTable(opened.node('a'), realScope())).state).toBe('found-done');
      expect(await store.read(opened.node('a'), realScope())).toMatchObject({ state: 'row-missing' });
      expect(await store.grantProblems(opened.node('a'), realScope())).toEqual([]);
    });
  });

  test('unmet preconditions are named with their mend, and nothing is changed', async () => {
    await withBarePair({}, async (opened) => {
      const { migrate, pair, node } = opened;
      const refusal = async (over: Parameters<typeof migrate>[1]): Promise<string> => String(await errorOf(migrate('up', over)));
      expect(
        await refusal({ connection: { host: node('b').host, port: node('b').port, login: opened.login('holdfast_owner') } }),
      ).toContain('is a standby');
      expect(await refusal({ applicationRole: 'nobody' })).toContain('Role nobody does not exist');
      expect(await refusal({ applicationRole: 'holdfast' })).toContain('belongs to geosync');
      expect(await refusal({ grantTo: 'nobody' })).toContain('Role nobody does not exist');
      expect(await refusal({ connection: { host: node('a').host, port: node('a').port, login: opened.login('holdfast') } })).toContain(
        'may not pass on rights',
      );
      await pair.sql('a', 'create schema holdfast authorization geosync; revoke geosync from holdfast_owner');
      expect(await refusal({})).toContain('Schema holdfast belongs to a role');
      await pair.sql('a', 'drop schema holdfast; grant geosync to holdfast_owner; alter table public.kill_switch_state drop column reason');
      expect(await refusal({})).toContain('lacks reason:text');
      expect(await pair.sql('a', `select from pg_roles where rolname = 'holdfast_run'`)).toEqual([]);
    });
  });

  test('what the documentation asks of a DBA is enough', async () => {
    const page = await readFile(new URL('../../docs/reference/database.md', import.meta.url), 'utf8');
    const statements = /```sql\n(.*?)```/s.exec(page)?.[1] ?? '';
    await withBarePair({}, async (opened) => {
      const { pair, migrate } = opened;
      await pair.sql('a', 'alter database geosync owner to postgres');
      await pair.sql('a', 'drop owned by holdfast, holdfast_owner', { database: 'postgres' });
      await pair.sql('a', 'drop owned by holdfast, holdfast_owner; revoke geosync from holdfast_owner; drop role holdfast, holdfast_owner');
      const client = await pair.connect('a');
      await client.query(statements);
      await client.end();
      expect(await migrate('up')).toMatchObject({ problems: [], warnings: [] });
      const store = createPostgresRowStore(opened.settings(), opened);
      expect(await store.grantProblems(opened.node('a'), realScope())).toEqual([]);
      expect((await store.engage(opened.node('a'), 'as documented', realScope())).state).toBe('done');
    });
  });

  test('down stops at what somebody else put into the schema, and says so', async () => {
    await withBarePair({}, async ({ migrate, pair }) => {
      await migrate('up');
      await pair.sql('a', 'create table holdfast.stranger (id int)');
      expect(await errorOf(migrate('down'))).toMatchObject({ code: 'HF_MIGRATION_FAILED', evidence: { code: '2BP01' } });
      expect(await pair.sql('a', `select to_regclass('holdfast.stranger') is not null as there`)).toEqual([{ there: true }]);
      expect(await migrate('up')).toMatchObject({ migrations: [{ state: 'applied' }] });
    });
  });

  test('a database that was migrated by another version is refused with the name of the migration', async () => {
    await withBarePair({}, async ({ migrate, pair }) => {
      await migrate('up');
      await pair.sql('a', `update holdfast.migrations set name = '0000_of_another_version'`);
      expect(await errorOf(migrate('up'))).toMatchObject({
        code: 'HF_MIGRATION_FAILED',
        message: expect.stringContaining('0000_of_another_version') as string,
      });
    });
  });

  test('a second store on the cluster keeps the group role when the first one goes', async () => {
    await withBarePair({}, async (opened) => {
      const { migrate, pair } = opened;
      await migrate('up');
      await pair.sql('a', 'create database other', { database: 'postgres' });
      await pair.sql('a', 'create table t (id int); grant select on t to holdfast_run', { database: 'other' });
      await migrate('down');
      expect(await pair.sql('a', `select rolname::text from pg_roles where rolname = 'holdfast_run'`)).toEqual([
        { rolname: 'holdfast_run' },
      ]);
    });
  });
});
