// needs: postgres
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPostgresRowStore } from '../../src/adapters/postgres/row-store.js';
import { realScope } from './harness.js';
import type { PostgresPair } from './postgres-pair.js';
import { openPair } from './postgres-pair.js';

describe("promise S14: Holdfast's role cannot disengage", () => {
  let opened: PostgresPair;
  beforeAll(async () => {
    opened = await openPair({ row: { engaged: true, reason: 'drawdown limit' } });
  });
  afterAll(() => opened.close());

  const asHoldfast = (text: string): Promise<unknown> => opened.pair.sql('a', text, { user: 'holdfast' });
  const engaged = async (): Promise<unknown> => (await opened.pair.sql('a', 'select engaged, reason from public.kill_switch_state'))[0];
  const problems = (): Promise<readonly string[]> =>
    createPostgresRowStore(opened.settings(), opened).grantProblems(opened.node('a'), realScope());

  const attempts: readonly (readonly [string, string])[] = [
    ['update engaged', 'update public.kill_switch_state set engaged = false'],
    ['update the reason', `update public.kill_switch_state set reason = ''`],
    ['update the key', 'update public.kill_switch_state set id = 1'],
    ['update engaged beside updated_at', 'update public.kill_switch_state set updated_at = now(), engaged = false'],
    ['delete the row', 'delete from public.kill_switch_state'],
    ['truncate the table', 'truncate public.kill_switch_state'],
    ['upsert', `insert into public.kill_switch_state (id, engaged) values (1, false) on conflict (id) do update set engaged = false`],
    [
      'merge',
      'merge into public.kill_switch_state as kept using (select 1) as one on kept.id = 1 when matched then update set engaged = false',
    ],
    ['copy', `copy public.kill_switch_state from program 'echo'`],
    ['drop the table', 'drop table public.kill_switch_state'],
    ['alter the table', 'alter table public.kill_switch_state alter column engaged set default false'],
    ['add a trigger', 'create trigger t before update on public.kill_switch_state execute function suppress_redundant_updates_trigger()'],
    ['add a rule', 'create rule r as on update to public.kill_switch_state do instead nothing'],
    ['put a table of the same name in front', 'create table public.another (id int)'],
    ['become the application', 'set role geosync'],
    ['become the migrating role', 'set role holdfast_owner'],
    ['engage with something else than text', 'select holdfast.engage(false)'],
    ['engage without a reason', `select holdfast.engage('')`],
    ['engage with an overlong reason', `select holdfast.engage(repeat('x', 513))`],
    ['engage with control characters', `select holdfast.engage(E'bell\\u0007')`],
    ['replace the function', `create or replace function holdfast.engage(reason text) returns boolean language sql as 'select true'`],
    ['bind to another table', `select holdfast.bind('lab', 'x', 'holdfast', 'public', 'mine', null, false)`],
    ['create the table empty', 'select holdfast.create_table()'],
    ['point the functions elsewhere', `update holdfast.application set table_name = 'mine'`],
    ['forge the marker', `update holdfast.marker set environment = 'production'`],
    ['read another file', `select pg_read_file('postgresql.conf')`],
    ['read a file by a negative timeline', 'select holdfast.timeline_history(-1)'],
  ];
  test.each(attempts)('it cannot %s', async (_what, text) => {
    // Refused for want of a right, or by the function's own rule; a mistake in the statement would be another class.
    await expect(asHoldfast(text)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|22023|42883)$/) as string });
    expect(await engaged()).toEqual({ engaged: true, reason: 'drawdown limit' });
  });

  test('objects of its own session do not come before the real ones', async () => {
    await opened.pair.sql('a', 'grant temporary on database geosync to holdfast');
    const client = await opened.pair.connect('a', { user: 'holdfast' });
    try {
      await client.query('create temporary table kill_switch_state (id smallint, engaged boolean, reason text, updated_at timestamptz)');
      await client.query('create temporary table application (schema_name name, table_name name)');
      await client.query('set search_path = pg_temp, holdfast, public');
      expect((await client.query<{ engage: boolean }>(`select holdfast.engage('again')`)).rows).toEqual([{ engage: false }]);
    } finally {
      await client.end();
      await opened.pair.sql('a', 'revoke temporary on database geosync from holdfast');
    }
    expect(await engaged()).toEqual({ engaged: true, reason: 'drawdown limit' });
  });

  test('what it may do: read, make fresh, engage', async () => {
    await asHoldfast('update public.kill_switch_state set updated_at = now()');
    await asHoldfast(`select holdfast.engage('again')`);
    await asHoldfast('select holdfast.restore_table()');
    expect(await engaged()).toEqual({ engaged: true, reason: 'drawdown limit' });
    expect(await problems()).toEqual([]);
  });

  const excesses: readonly (readonly [string, string, RegExp])[] = [
    [
      'grant update (engaged) on public.kill_switch_state to holdfast',
      'revoke update (engaged) on public.kill_switch_state from holdfast',
      /kill_switch_state\.engaged/,
    ],
    [
      'grant update on public.kill_switch_state to holdfast_run',
      'revoke update on public.kill_switch_state from holdfast_run; grant update (updated_at) on public.kill_switch_state to holdfast_run',
      /kill_switch_state\.engaged/,
    ],
    ['grant insert on public.kill_switch_state to public', 'revoke insert on public.kill_switch_state from public', /INSERT/],
    [
      'grant insert (id, engaged) on public.kill_switch_state to holdfast',
      'revoke insert (id, engaged) on public.kill_switch_state from holdfast',
      /INSERT/,
    ],
    [
      'alter database geosync owner to holdfast', // A change of owner takes the database's grants to the old owner along.
      'alter database geosync owner to holdfast_owner; grant connect on database geosync to holdfast',
      /member of pg_database_owner/,
    ],
    ['grant delete on public.kill_switch_state to holdfast', 'revoke delete on public.kill_switch_state from holdfast', /DELETE/],
    ['grant truncate on public.kill_switch_state to holdfast', 'revoke truncate on public.kill_switch_state from holdfast', /TRUNCATE/],
    ['grant trigger on public.kill_switch_state to holdfast', 'revoke trigger on public.kill_switch_state from holdfast', /TRIGGER/],
    ['grant geosync to holdfast', 'revoke geosync from holdfast', /member of geosync/],
    ['grant geosync to holdfast with inherit false', 'revoke geosync from holdfast', /member of geosync/],
    ['grant holdfast_owner to holdfast', 'revoke holdfast_owner from holdfast', /member of holdfast_owner/],
    ['grant pg_write_all_data to holdfast', 'revoke pg_write_all_data from holdfast', /pg_write_all_data/],
    ['alter role holdfast superuser', 'alter role holdfast nosuperuser', /superuser/],
    ['alter role holdfast createrole', 'alter role holdfast nocreaterole', /CREATEROLE/],
    ['alter role holdfast bypassrls', 'alter role holdfast nobypassrls', /BYPASSRLS/],
    ['grant update on holdfast.marker to holdfast', 'revoke update on holdfast.marker from holdfast', /holdfast\.marker/],
  ];
  test.each(excesses)('readiness finds: %s', async (give, take, sentence) => {
    await opened.pair.sql('a', give);
    try {
      expect((await problems()).join('\n')).toMatch(sentence);
    } finally {
      for (const statement of take.split('; ')) await opened.pair.sql('a', statement);
    }
    expect(await problems()).toEqual([]);
  });

  const lacks: readonly (readonly [string, string, RegExp])[] = [
    [
      'revoke select on public.kill_switch_state from holdfast_run',
      'select holdfast.restore_table()',
      /cannot read public\.kill_switch_state/,
    ],
    ['revoke update (updated_at) on public.kill_switch_state from holdfast_run', 'select holdfast.restore_table()', /cannot re-affirm/],
    ['revoke holdfast_run from holdfast granted by holdfast_owner', 'grant holdfast_run to holdfast', /cannot call holdfast\.engage\(\)/],
    [
      'revoke execute on function pg_promote(boolean, integer) from holdfast',
      'grant execute on function pg_promote(boolean, integer) to holdfast',
      /cannot promote/,
    ],
    ['revoke pg_monitor from holdfast', 'grant pg_monitor to holdfast', /cannot see other sessions/],
    [
      'revoke execute on function pg_read_file(text, bigint, bigint, boolean) from holdfast_owner',
      'grant execute on function pg_read_file(text, bigint, bigint, boolean) to holdfast_owner',
      /timeline_history\(\) may not read/,
    ],
  ];
  test.each(lacks)('readiness finds: %s', async (take, give, sentence) => {
    await opened.pair.sql('a', take);
    try {
      expect((await problems()).join('\n')).toMatch(sentence);
    } finally {
      await opened.pair.sql('a', give);
    }
    expect(await problems()).toEqual([]);
  });
});
