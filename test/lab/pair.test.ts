import { chmod, mkdtemp, rmdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ground } from '../../lab/postgres/index.js';
import { breakGround, startPair } from '../../lab/postgres/index.js';
import type { Pair } from '../../lab/postgres/pair.js';
import { run } from './support.js';

const LAB_MS = 60_000;
let root: string;
let ground: Ground;
let pair: Pair;

beforeAll(async () => {
  // A path that needs quoting everywhere: in shell, postgresql.conf and primary_conninfo.
  root = await mkdtemp(path.join(os.tmpdir(), "it's a lab "));
  await chmod(root, 0o755);
  ground = await breakGround('pair', root);
  pair = await startPair(ground);
}, LAB_MS);

afterAll(async () => {
  await ground.guardian.release(false);
  await rmdir(root);
}, LAB_MS);

const control = (node: 'a' | 'b', verb: string) => run([`${ground.dir}/bin/pgctl-${node}`, verb]);

/** The tests of this file are one story, in order. */
describe('PostgreSQL pair', { timeout: LAB_MS }, () => {
  test('b streams from a and holds its row', async () => {
    await pair.sql('a', `update kill_switch_state set reason = 'seen on both'`);
    await pair.waitReplayed('a');
    expect(await pair.inRecovery('b')).toBe(true);
    expect(await pair.sql('b', 'select engaged, reason from kill_switch_state')).toEqual([{ engaged: false, reason: 'seen on both' }]);
  });

  test('the orchestrator may promote and monitor, and neither read nor write the row', async () => {
    const rights = await pair.sql(
      'a',
      `select has_function_privilege('pg_promote(boolean, integer)', 'execute') as promote, pg_has_role('pg_monitor', 'usage') as monitor`,
      { user: 'holdfast' },
    );
    expect(rights).toEqual([{ promote: true, monitor: true }]);
    await expect(pair.sql('a', 'select * from kill_switch_state', { user: 'holdfast' })).rejects.toThrow('permission denied');
    await expect(pair.sql('a', 'create table public.mine ()', { user: 'holdfast' })).rejects.toThrow('permission denied');
  });

  test('the owner of migrations may pass on rights to the application table', async () => {
    await pair.sql('a', 'grant select on kill_switch_state to holdfast', { user: 'holdfast_owner' });
    expect(await pair.sql('a', 'select engaged from kill_switch_state', { user: 'holdfast' })).toEqual([{ engaged: false }]);
    await pair.sql('a', 'create schema owned_by_migrations', { user: 'holdfast_owner' });
  });

  test('a server certificate of another CA is refused, and the right one taken again', async () => {
    await pair.issueWrongCertificate('b');
    await expect
      .poll(() =>
        pair.sql('b', 'select 1').then(
          () => 'taken',
          (error: Error) => error.message,
        ),
      )
      .toMatch(/certificate/);
    await pair.issueRightCertificate('b');
    await expect
      .poll(() =>
        pair.sql('b', 'select 1').then(
          () => 'taken',
          (error: Error) => error.message,
        ),
      )
      .toBe('taken');
  });

  test('service control stops a frozen primary, keeps it down when disabled, and starts it as it was', async () => {
    await pair.waitReplayed('a');
    expect(await control('a', 'status')).toMatchObject({ code: 0, stdout: 'active enabled' });
    await pair.nodes.a.freeze();
    expect(await control('a', 'stop')).toMatchObject({ code: 0 });
    expect(await control('a', 'stop')).toMatchObject({ code: 0 });
    expect(await pair.nodes.a.pid()).toBeUndefined();
    await control('a', 'disable');
    expect(await control('a', 'status')).toMatchObject({ code: 3, stdout: 'inactive disabled' });
    expect(await control('a', 'start')).toMatchObject({ code: 1, stderr: 'db-a is disabled' });

    expect(await pair.promote('b')).toBe(true);
    expect(await pair.inRecovery('b')).toBe(false);
    await control('a', 'enable');
    const starts = await Promise.all([control('a', 'start'), control('a', 'start')]);
    expect(starts.map(({ code }) => code)).toEqual([0, 0]);
    expect(await pair.inRecovery('a')).toBe(false);
  });

  test('the old primary rejoins as a standby of the new one', async () => {
    await pair.rejoin('a', 'b');
    expect(await pair.inRecovery('a')).toBe(true);
  });

  test('a synchronous commit waits for the other node', async () => {
    await pair.setSynchronous(true);
    await expect
      .poll(async () => (await pair.sql('b', 'select sync_state from pg_stat_replication', { database: 'postgres' }))[0])
      .toEqual({ sync_state: 'quorum' });
    await pair.nodes.a.freeze();
    const writer = await pair.connect('b');
    // A statement timeout does not end this wait: the statement is over, its commit waits.
    await writer.query(`set statement_timeout = '100ms'`);
    const written = writer.query(`update kill_switch_state set reason = 'waits'`);
    await expect
      .poll(() => pair.sql('b', `select wait_event from pg_stat_activity where query like 'update%'`, { database: 'postgres' }))
      .toEqual([{ wait_event: 'SyncRep' }]);
    await pair.nodes.a.thaw();
    expect((await written).rowCount).toBe(1);
    await writer.end();
  });
});
