import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Instance, Lab } from '../../lab/index.js';
import { createLab } from '../../lab/index.js';
import { admin, health, request, run, until } from './support.js';

const LAB_MS = 60_000;
let lab: Lab;
let one: Instance;
let two: Instance;

beforeAll(async () => {
  lab = await createLab({ name: 'application', temporal: 'none', instances: 2 });
  [one, two] = lab.instances as [Instance, Instance];
}, LAB_MS);

afterAll(async () => {
  await lab.close();
}, LAB_MS);

/** A fresh row, a running primary and processes without a memory. */
beforeEach(async () => {
  await lab.faults.thawNode('a');
  if ((await lab.pair.nodes.a.pid()) === undefined) await lab.pair.nodes.a.start();
  await lab.faults.writeRow('a', { engaged: false });
  await Promise.all(lab.instances.map((instance) => instance.kill()));
  lab.instances.forEach((instance) => instance.setBehaviour({ dsnForm: 'json', health: 'geosync', adminWindowMs: 60_000 }));
  await Promise.all(lab.instances.map((instance) => instance.start()));
}, LAB_MS);

const INTERNAL = { error: { code: 'ERR_INTERNAL', message: 'Unexpected server error.', path: '/health', meta: null } };
const sessions = () =>
  lab.pair.sql<{ client: string }>(
    'a',
    `select host(client_addr) as client from pg_stat_activity where application_name = 'geosync-kill-switch' order by 1`,
  );

describe('stand-in application', { timeout: LAB_MS }, () => {
  test('ready, with one session from its own address, and strict about the Host header', async () => {
    const answer = await health(one);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'private, max-age=30' },
      body: { status: 'ready', components: { risk_manager: { healthy: true, metrics: { kill_switch_engaged: false } } } },
    });
    expect((await sessions()).map(({ client }) => client)).toEqual(lab.instances.map(({ address }) => address));
    expect(await request(one.healthUrl)).toMatchObject({ status: 400, body: 'Invalid host header' });
  });

  test('engaged: 503 failed with the reason', async () => {
    await lab.faults.writeRow('a', { engaged: true, reason: 'drawdown' });
    expect(await health(one)).toMatchObject({
      status: 503,
      body: {
        status: 'failed',
        components: { risk_manager: { status: 'failed', detail: 'drawdown', metrics: { kill_switch_engaged: true, reason: 'drawdown' } } },
      },
    });
  });

  test('a stale row quarantines the process until it is restarted; at boot it exits 1', async () => {
    await lab.faults.writeRow('a', { engaged: false, ageSeconds: 400 });
    expect(await health(one)).toMatchObject({ status: 500, body: INTERNAL });
    await two.kill();
    await expect(two.start()).rejects.toThrow('row is stale');
    await lab.faults.writeRow('a', { engaged: false });
    expect(await health(one)).toMatchObject({ status: 500, body: INTERNAL });
    await one.kill();
    await one.start();
    expect((await health(one)).status).toBe(200);
  });

  test('no row reads as disengaged', async () => {
    await lab.faults.deleteRow('a');
    expect(await health(one)).toMatchObject({
      status: 200,
      body: { components: { risk_manager: { metrics: { kill_switch_engaged: false } } } },
    });
  });

  test('a build that reads the other form of the DSN is ready without any database session', async () => {
    one.setBehaviour({ dsnForm: 'keys' });
    await one.kill();
    await one.start();
    await lab.faults.writeRow('a', { engaged: true });
    expect((await health(one)).status).toBe(200);
    expect((await sessions()).map(({ client }) => client)).toEqual([two.address]);
  });

  test('admin API: reads, engages, resets, and refuses as usual', async () => {
    expect(await request(one.adminUrl, { headers: { host: one.hostHeader } })).toMatchObject({ status: 401 });
    expect(await admin(lab, one, 'GET', 'auditor')).toMatchObject({
      status: 200,
      body: { status: 'disengaged', kill_switch_engaged: false, reason: '', already_engaged: false },
    });
    expect(await admin(lab, one, 'DELETE', 'auditor')).toMatchObject({ status: 403 });
    expect(await admin(lab, one, 'POST', 'officer', '{"reason":"x"}')).toMatchObject({ status: 422 });
    expect(await admin(lab, one, 'POST', 'officer', '{"reason":"by hand"}')).toMatchObject({
      status: 200,
      body: { status: 'engaged', already_engaged: false },
    });
    expect(await lab.pair.sql('a', 'select engaged, reason from kill_switch_state')).toEqual([{ engaged: true, reason: 'by hand' }]);
    expect(await admin(lab, two, 'DELETE')).toMatchObject({ status: 200, body: { status: 'disengaged', already_engaged: true } });
  });

  test('the fifth admin call degrades health of that process, the sixth is refused', async () => {
    for (let call = 1; call <= 5; call += 1) expect((await admin(lab, one, 'GET')).status).toBe(200);
    expect((await admin(lab, one, 'GET')).status).toBe(429);
    expect(await health(one)).toMatchObject({
      status: 503,
      body: { status: 'degraded', components: { admin_rate_limiter: { healthy: false } } },
    });
    expect((await health(two)).status).toBe(200);
  });

  test('a dead database: 500 at once and on the admin API too; back again without a restart', async () => {
    await lab.faults.killNode('a');
    expect(await health(one)).toMatchObject({ status: 500, body: INTERNAL });
    expect((await admin(lab, one, 'POST', 'officer', '{"reason":"too late"}')).status).toBe(500);
    await lab.faults.returnUnfenced('a');
    await until('healthy again', async () => (await health(one)).status === 200);
  });

  test('a hung database: no answer, SIGTERM ignored, kill works; appctl tells', async () => {
    const pid = one.pid();
    await lab.faults.freezeNode('a');
    await expect(health(one, AbortSignal.timeout(300))).rejects.toThrow('aborted');
    expect(await run(one.commands.stop)).toMatchObject({ code: 0 });
    await expect(health(one, AbortSignal.timeout(300))).rejects.toThrow('aborted');
    expect(await run(one.commands.status)).toMatchObject({ code: 0, stdout: `active pid=${pid}` });
    expect(await run(one.commands.kill)).toMatchObject({ code: 0 });
    await until('gone', () => one.pid() === undefined);
    expect(await run(one.commands.status)).toMatchObject({ code: 3, stdout: 'inactive' });
    expect(await run(one.commands.kill)).toMatchObject({ code: 0 });
  });

  test('appctl: stop asks and returns, start is idempotent', async () => {
    const before = one.pid();
    await run(one.commands.start);
    expect(one.pid()).toBe(before);
    await run(one.commands.stop);
    await until('gone', () => one.pid() === undefined);
    await run(one.commands.start);
    await until('healthy', () =>
      health(one).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(one.log()).not.toContain('canary');
  });

  test('the runbook shape says the cause in words', async () => {
    one.setBehaviour({ health: 'runbook' });
    await one.kill();
    await one.start();
    const ask = () => request(`${one.baseUrl}/healthz`, { headers: { host: one.hostHeader } });
    expect(await ask()).toMatchObject({ status: 200, body: { components: { kill_switch: { status: 'operational' } } } });
    await lab.faults.killNode('a');
    expect(await ask()).toMatchObject({
      status: 503,
      body: { status: 'failed', components: { kill_switch: { status: 'failed', detail: 'connection refused' } } },
    });
  });

  test('a missing table is created at boot, empty', async () => {
    await lab.faults.dropTable('a');
    await one.kill();
    await one.start();
    expect((await health(one)).status).toBe(200);
    expect(await lab.pair.sql('a', 'select count(*)::int as rows from kill_switch_state')).toEqual([{ rows: 0 }]);
  });

  test('boot against a database that hangs, or shows a certificate of another CA: exit', async () => {
    one.setBehaviour({ bootConnectTimeoutMs: 300 });
    await one.kill();
    await lab.faults.freezeNode('a');
    await expect(one.start()).rejects.toThrow('boot failed: timeout expired');
    await lab.faults.thawNode('a');
    one.setBehaviour({ bootConnectTimeoutMs: 5_000 });
    await lab.faults.wrongCertificate('a');
    await until('the new certificate is shown', () =>
      lab.pair.sql('a', 'select 1').then(
        () => false,
        () => true,
      ),
    );
    await expect(one.start()).rejects.toThrow('boot failed: unable to verify the first certificate');
    await lab.faults.rightCertificate('a');
    await until('the right certificate is shown', () =>
      lab.pair.sql('a', 'select 1').then(
        () => true,
        () => false,
      ),
    );
  });

  test('the values for a configuration hold no secret', () => {
    const text = JSON.stringify(lab.configValues());
    expect(lab.canaries.filter((value) => text.includes(value))).toEqual([]);
    expect(text.toLowerCase()).not.toContain('canary');
  });

  test('other shapes of health: well on the outside while the database is gone', async () => {
    one.setBehaviour({ health: 'bootstrap' });
    two.setBehaviour({ health: 'health-server' });
    await Promise.all(lab.instances.map((instance) => instance.kill()));
    await Promise.all(lab.instances.map((instance) => instance.start()));
    await lab.faults.killNode('a');
    const ask = (instance: Instance, path: string) => request(`${instance.baseUrl}${path}`, { headers: { host: instance.hostHeader } });
    expect(await ask(one, '/healthz')).toMatchObject({ status: 200, body: { status: 'degraded', detail: 'connection refused' } });
    expect(await ask(two, '/readyz')).toMatchObject({ status: 200, body: { ready: true } });
  });

  /** Last: it changes who is primary. */
  test('behind an unpromoted standby all reads are well; a two-host DSN survives the promotion', async () => {
    await lab.pair.waitReplayed('a');
    const { a, b } = lab.pair.nodes;
    lab.application.pointAt('b');
    await one.kill();
    await one.start();
    expect((await health(one)).status).toBe(200);
    expect((await admin(lab, one, 'DELETE')).status).toBe(200);
    expect((await admin(lab, one, 'POST', 'officer', '{"reason":"in vain"}')).status).toBe(500);

    lab.application.pointAt('a');
    const [host, hosts] = [`${a.place.address}:${a.port}`, [a, b].map(({ place, port }) => `host=${place.address}:${port}`).join('&')];
    const text = readFileSync(lab.application.envFile, 'utf8').replace(
      `@${host}/geosync?`,
      `@${host}/geosync?${hosts}&target_session_attrs=read-write&`,
    );
    writeFileSync(lab.application.envFile, text);
    await two.kill();
    await two.start();
    await lab.faults.killNode('a');
    expect((await health(two)).status).toBe(500);
    await lab.pair.promote('b');
    await until('follows the promotion', async () => (await health(two)).status === 200);
    expect((await admin(lab, one, 'POST', 'officer', '{"reason":"now it works"}')).status).toBe(200);
  });
});
