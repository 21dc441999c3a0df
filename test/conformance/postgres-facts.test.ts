// needs: postgres
import { describe, expect, test } from 'vitest';
import { createPostgresCluster } from '../../src/adapters/postgres/cluster.js';
import { createPostgresRowStore } from '../../src/adapters/postgres/row-store.js';
import type { NodeFacts } from '../../src/domain/facts.js';
import { errorOf, realScope } from './harness.js';
import type { PostgresPair } from './postgres-pair.js';
import { HISTORY_GRANT, holdfastIsIn, lockRow, openPair, until } from './postgres-pair.js';

/** Facts and refusals that only a real PostgreSQL has. */
async function withPair(options: Parameters<typeof openPair>[0], use: (opened: PostgresPair) => Promise<void>): Promise<void> {
  const opened = await openPair(options);
  try {
    await use(opened);
  } finally {
    await opened.close();
  }
}

const observeOn = async (
  opened: PostgresPair,
  node: 'a' | 'b',
  over: Partial<ReturnType<PostgresPair['settings']>> = {},
): Promise<NodeFacts | undefined> =>
  (await createPostgresCluster({ ...opened.settings(), ...over }, opened).observe([opened.node(node)], { probe: true }, realScope()))[0];

describe('postgres: facts', () => {
  test('a commit that no standby confirms is told from one that fails, and leaves no session behind', async () => {
    await withPair({}, async (opened) => {
      const { pair } = opened;
      await pair.setSynchronous(true);
      await until(async () => (await observeOn(opened, 'a'))?.answer?.sync.inSync.includes('b') === true);
      expect((await observeOn(opened, 'a'))?.answer?.probe.state).toBe('committed');
      await pair.nodes.b.kill();
      // Twice: the first must not block the second by its lock.
      for (let attempt = 0; attempt < 2; attempt += 1) {
        expect((await observeOn(opened, 'a'))?.answer?.probe).toMatchObject({
          state: 'failed',
          failure: { kind: 'timeout', code: 'commit-blocked' },
        });
      }
      expect(await pair.sql('a', `select from pg_stat_activity where usename = 'holdfast' and state = 'active'`)).toEqual([]);
    });
  });

  test('the probe commits as the application does: role, then database settings', async () => {
    await withPair({}, async (opened) => {
      const commit = async (): Promise<unknown> => (await observeOn(opened, 'a'))?.answer?.sync.applicationCommit;
      expect(await commit()).toBe('on');
      await opened.pair.sql('a', 'alter database geosync set synchronous_commit = local');
      expect(await commit()).toBe('local');
      await opened.pair.sql('a', 'alter role geosync set synchronous_commit = remote_apply');
      expect(await commit()).toBe('remote_apply');
      await opened.pair.sql('a', 'alter role geosync in database geosync set synchronous_commit = off');
      expect(await commit()).toBe('off');
    });
  });

  test('a promoted node whose history cannot be read is a failure, not a fork', async () => {
    await withPair({}, async (opened) => {
      await opened.pair.promote('b');
      await opened.pair.sql('b', HISTORY_GRANT.replace('grant', 'revoke').replace(' to ', ' from '));
      expect((await observeOn(opened, 'b'))?.failure).toMatchObject({
        kind: 'auth',
        code: '42501',
        text: expect.stringContaining('history of timeline 2') as string,
      });
    });
  });

  test('wrong certificate, wrong login, missing marker, read-only node, standby behind', async () => {
    await withPair({}, async (opened) => {
      const { pair } = opened;
      const login = { ...opened.login('holdfast'), role: 'geosync' };
      expect((await observeOn(opened, 'a', { login }))?.failure).toMatchObject({ kind: 'auth', code: '28000' });
      expect((await observeOn(opened, 'a', { login: { ...opened.login('holdfast'), database: 'nowhere' } }))?.failure?.kind).toBe(
        'missing',
      );

      await pair.sql('a', `alter database geosync set default_transaction_read_only = on`);
      expect((await observeOn(opened, 'a'))?.answer).toMatchObject({
        defaultReadOnly: true,
        probe: { state: 'failed', failure: { kind: 'readonly', code: '25006' } },
      });
      await pair.sql('a', 'set default_transaction_read_only = off; alter database geosync reset default_transaction_read_only', {
        database: 'postgres',
      });

      await pair.sql('b', 'select pg_wal_replay_pause()', { database: 'postgres' });
      await pair.writeRow('a', { engaged: true, reason: 'drawdown limit' });
      await until(async () => (await observeOn(opened, 'b'))?.answer?.replayPaused === true);
      expect((await observeOn(opened, 'b'))?.answer?.row).toMatchObject({ state: 'present', row: { engaged: false } });
      await pair.sql('b', 'select pg_wal_replay_resume()', { database: 'postgres' });

      await pair.issueWrongCertificate('a');
      await until(async () => (await observeOn(opened, 'a'))?.failure?.kind === 'tls');
      await pair.issueRightCertificate('a');
      await until(async () => (await observeOn(opened, 'a'))?.answer !== undefined);

      await pair.sql('a', 'revoke select on holdfast.marker from holdfast_run');
      expect((await observeOn(opened, 'a'))?.answer?.marker).toBeUndefined();
    });
  });

  test('a role that has used up its connections is told from a dead node', async () => {
    await withPair({}, async (opened) => {
      await opened.pair.sql('a', 'alter role holdfast connection limit 0');
      expect((await observeOn(opened, 'a'))?.failure).toMatchObject({ kind: 'too-many', code: '53300' });
    });
  });

  test('verify-full checks the name, verify-ca the issuer alone', async () => {
    await withPair({}, async (opened) => {
      const settings = opened.settings();
      const { host } = opened.node('a');
      const [first, ...rest] = host.split('.').map(Number);
      // The same address in a spelling that no certificate carries.
      const misspelt = { ...opened.node('a'), host: `${first}.${rest.reduce((sum, part) => sum * 256 + part, 0)}` };
      const loginBy = (sslmode: 'verify-full' | 'verify-ca'): Promise<string> =>
        createPostgresRowStore(
          { ...settings, application: { ...settings.application, login: { ...settings.application.login, sslmode } } },
          opened,
        ).applicationLogin(misspelt, realScope());
      expect(await errorOf(loginBy('verify-full'))).toMatchObject({
        code: 'HF_NODE_TLS',
        evidence: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      });
      expect(await loginBy('verify-ca')).toContain('verify-ca');
      await opened.pair.issueWrongCertificate('a');
      await until(async () => (await observeOn(opened, 'a'))?.failure?.kind === 'tls');
      expect((await errorOf(loginBy('verify-ca'))).code).toBe('HF_NODE_TLS');
    });
  });

  test('counts the application’s sessions, also those that name their instance, and no others', async () => {
    await withPair({}, async (opened) => {
      const clients = await Promise.all(
        ['geosync-kill-switch', 'geosync-kill-switch-app-2', 'geosync-kill-switcher'].map(async (name) => {
          const client = await opened.pair.connect('a', { user: 'geosync' });
          await client.query(`set application_name = '${name}'`);
          return client;
        }),
      );
      expect((await observeOn(opened, 'a'))?.answer?.applicationSessions).toBe(2);
      await Promise.all(clients.map((client) => client.end()));
    });
  });
});

describe('postgres: row store', () => {
  test('compares timestamps in whole milliseconds although the column has microseconds', async () => {
    await withPair({}, async (opened) => {
      const store = createPostgresRowStore(opened.settings(), opened);
      await opened.pair.sql('a', `update public.kill_switch_state set updated_at = '2026-03-01 00:00:00.123999+00'`);
      const seen = await store.read(opened.node('a'), realScope());
      if (seen.state !== 'present') throw new Error(seen.state);
      expect(seen.row.updatedAtMs).toBe(Date.UTC(2026, 2, 1, 0, 0, 0, 123));
      const { updatedAtMs } = await store.reaffirm(opened.node('a'), seen.row, 1, Date.now() + 60_000, realScope());
      const rows = await opened.pair.sql(
        'a',
        `select date_trunc('milliseconds', updated_at) = updated_at as whole, (extract(epoch from updated_at) * 1000)::bigint = $1::bigint as same from public.kill_switch_state`,
        { values: [updatedAtMs] },
      );
      expect(rows).toEqual([{ whole: true, same: true }]);
    });
  });

  test('a row that breaks the contract’s types is unreadable, not wrongly read', async () => {
    await withPair({}, async (opened) => {
      const store = createPostgresRowStore(opened.settings(), opened);
      const read = () => store.read(opened.node('a'), realScope());
      await opened.pair.sql('a', `update public.kill_switch_state set updated_at = 'infinity'`);
      expect(await read()).toMatchObject({ state: 'unreadable' });
      await opened.pair.sql('a', `alter table public.kill_switch_state alter column engaged type text`);
      expect(await read()).toMatchObject({ state: 'unreadable', failure: { kind: 'invalid' } });
      await opened.pair.sql('a', 'revoke select on public.kill_switch_state from holdfast_run');
      expect(await read()).toMatchObject({ state: 'unreadable', failure: { kind: 'auth', code: '42501' } });
    });
  });

  test('a write that was cancelled after it was sent is unknown; a lock that is not given is a refusal', async () => {
    await withPair({}, async (opened) => {
      const release = await lockRow(opened.pair, 'a');
      const impatient = createPostgresRowStore(opened.settings({ lockMs: 100 }), opened);
      expect(await errorOf(impatient.engage(opened.node('a'), 'locked', realScope()))).toMatchObject({
        code: 'HF_NODE_UNREACHABLE',
        evidence: { code: '55P03' },
      });
      const patient = createPostgresRowStore(opened.settings({ lockMs: 20_000, statementMs: 20_000 }), opened);
      const cancel = new AbortController();
      const thrown = errorOf(patient.engage(opened.node('a'), 'cancelled', realScope({ signal: cancel.signal })));
      await until(() => holdfastIsIn(opened.pair, 'a', 'holdfast.engage', 'Lock'));
      cancel.abort();
      expect(await thrown).toMatchObject({ code: 'HF_EFFECT_UNKNOWN' });
      await release();
    });
  });

  test('an application that cannot log in is reported with its own failure', async () => {
    await withPair({}, async (opened) => {
      const settings = opened.settings();
      const login = { ...settings.application.login, role: 'holdfast' };
      const store = createPostgresRowStore({ ...settings, application: { ...settings.application, login } }, opened);
      expect(await errorOf(store.applicationLogin(opened.node('b'), realScope()))).toMatchObject({
        code: 'HF_NODE_AUTH',
        evidence: { node: 'b', code: '28000' },
      });
      await opened.pair.sql('a', 'alter table public.kill_switch_state owner to postgres');
      await opened.pair.sql('a', 'revoke all on public.kill_switch_state from geosync');
      const revoked = createPostgresRowStore(settings, opened);
      expect(await errorOf(revoked.applicationLogin(opened.node('a'), realScope()))).toMatchObject({
        code: 'HF_NODE_AUTH',
        evidence: { code: '42501' },
      });
    });
  });

  test('a secret reference that cannot be resolved is named, and its resolver’s words are not', async () => {
    await withPair({}, async (opened) => {
      const settings = { ...opened.settings(), login: { ...opened.login('holdfast'), password: 'env:NOT_SET' } };
      const error = await errorOf(createPostgresCluster(settings, opened).observe([opened.node('a')], { probe: false }, realScope()));
      expect(error).toMatchObject({ code: 'HF_SECRET_UNRESOLVED', evidence: { reference: 'env:NOT_SET' } });
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary');
    });
  });
});
