// needs: temporal, postgres
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigValues, Lab } from '../../lab/index.js';
import { createLab } from '../../lab/index.js';
import { createApplication } from '../../src/adapters/application/application.js';
import { GEOSYNC_PROFILE } from '../../src/adapters/application/geosync-profile.js';
import { createExecConfigSource } from '../../src/adapters/exec/config-source.js';
import { createExecFence } from '../../src/adapters/exec/fence.js';
import { createExecWorkload } from '../../src/adapters/exec/workload.js';
import { createHttpPause } from '../../src/adapters/trading-pause/http-pause.js';
import { createWebhookNotifier } from '../../src/adapters/webhook/notifier.js';
import type { PlannedNode } from '../../src/domain/plan.js';
import type { ApplicationPort } from '../../src/ports/application.js';
import type { WorkloadPort } from '../../src/ports/workload.js';
import { errorOf, realScope } from './harness.js';
import { NOTICE } from './notifier.suite.js';

const TIMEOUT_MS = 8_000;

let lab: Lab;
let values: ConfigValues;
/** Everything the adapters returned, to be searched for secrets at the end. */
const seen: unknown[] = [];
const kept = <T>(value: T): T => {
  seen.push(value);
  return value;
};

beforeAll(async () => {
  lab = await createLab({ name: 'adapters', temporal: 'none', instances: 2 });
  values = lab.configValues();
});

afterAll(async () => {
  await lab.close();
});

const application = (): ApplicationPort =>
  createApplication({
    profile: GEOSYNC_PROFILE,
    instances: lab.instances.map(({ name, baseUrl }) => ({ name, baseUrl })),
    hostHeader: values.application.instances[0]?.hostHeader ?? '',
    admin: {
      tokenRef: `file:${values.admin.tokenFile}`,
      clientCertRef: `file:${values.admin.clientCertificateFile}`,
      otpSeedRef: `file:${values.admin.otpSeedFile}`,
    },
    timeoutMs: TIMEOUT_MS,
  });

const workload = (): WorkloadPort =>
  createExecWorkload({
    instances: values.application.instances.map(({ name, commands }) => ({ name, ...commands })),
    timeoutMs: TIMEOUT_MS,
  });

describe('adapters on the lab', () => {
  test('application: health and the admin API agree about a clear and an engaged switch', async () => {
    const port = application();
    expect(kept(await port.health({ name: 'app-1' }, realScope())).answer).toMatchObject({
      shape: 'geosync',
      ready: true,
      storeOperational: true,
      engaged: false,
    });
    expect(kept(await port.admin({ name: 'app-1' }, realScope())).answer).toEqual({ engaged: false, reason: '' });
    await lab.pair.writeRow('a', { engaged: true, reason: 'halted by the desk' });
    expect(kept(await port.health({ name: 'app-1' }, realScope())).answer).toMatchObject({
      httpStatus: 503,
      ready: false,
      storeOperational: true,
      engaged: true,
      reason: 'halted by the desk',
    });
    expect(kept(await port.admin({ name: 'app-1' }, realScope())).answer).toEqual({ engaged: true, reason: 'halted by the desk' });
    await lab.pair.writeRow('a', { engaged: false });
  });

  test('workload: every instance is stopped, seen stopped, and started as another process', async () => {
    const port = workload();
    const before = kept(await port.list(realScope()));
    const full = before.length;
    expect(before.map((each) => each.state)).toEqual(before.map(() => 'running'));
    kept(await port.scale(0, realScope()));
    await expect.poll(async () => (await port.list(realScope())).every((each) => each.state === 'stopped')).toBe(true);
    expect(kept(await port.scale(full, realScope()))).toMatchObject({ state: 'done' });
    const after = kept(await port.list(realScope()));
    expect(after.map((each) => each.state)).toEqual(before.map(() => 'running'));
    for (const [index, each] of after.entries()) expect(each.incarnation).not.toBe(before[index]?.incarnation);
  });

  test('trading pause: only our own pause is lifted', async () => {
    const port = createHttpPause({
      baseUrl: values.trading.pauseUrl.replace(/pause$/, ''),
      tokenRef: `file:${values.trading.tokenFile}`,
      timeoutMs: 1_000,
      settleMs: 5_000,
      restingOrders: values.trading.restingOrders,
      manualKill: 'the desk',
    });
    const { restore } = kept(await port.pause('ours', realScope()));
    expect(kept(await port.state(realScope()))).toMatchObject({ state: 'paused', by: 'ours' });
    kept(await port.resume('ours', restore, realScope()));
    expect(lab.trading.state().paused).toBe(false);
    lab.trading.pauseBy('theirs');
    const found = kept(await port.pause('ours-2', realScope()));
    expect(kept(await errorOf(port.resume('ours-2', found.restore, realScope()))).code).toBe('HF_PAUSE_NOT_OURS');
    lab.trading.setMode('refuse');
    expect(kept(await errorOf(port.pause('ours-3', realScope()))).code).toBe('HF_COMMAND_FAILED');
    lab.trading.setMode('hang');
    expect(kept(await errorOf(port.pause('ours-4', realScope()))).code).toBe('HF_EFFECT_UNKNOWN');
    expect(lab.trading.state().by).toBe('theirs');
  });

  test('notifier: a receiver can verify the notice', async () => {
    const port = createWebhookNotifier({
      routes: [
        {
          name: 'on-call',
          url: values.receivers.onCall,
          roles: ['on-call'],
          secretRef: `file:${values.webhookSecretFile}`,
          timeoutMs: TIMEOUT_MS,
        },
      ],
    });
    await port.send(NOTICE, realScope());
    const [delivery] = lab.receivers.received('on-call');
    const headers = Object.fromEntries(Object.entries(delivery?.headers ?? {}).map(([name, value]) => [name, String(value)]));
    expect(new Webhook(lab.secrets.values['webhook-secret']).verify(delivery?.body ?? '', headers)).toMatchObject({ title: NOTICE.title });
    seen.push(delivery?.body);
  });

  test('config source: the DSN is pointed at the other node, and the application starts on it after its promotion', async () => {
    const { envFile, dsnKey, dsnPath } = values.application;
    const source = createExecConfigSource({ file: envFile, key: dsnKey, ...(dsnPath !== null && { path: [dsnPath] }) });
    const [a, b] = values.database.nodes;
    const before = kept(await source.read(realScope()));
    expect(before).toMatchObject({ host: a?.host, port: a?.port });
    const old = await readFile(envFile, 'utf8');
    expect(kept(await source.point({ host: b?.host ?? '', port: b?.port ?? 0 }, before.version, realScope()))).toMatchObject({
      state: 'done',
    });
    const now = await readFile(envFile, 'utf8');
    expect(now.replace(`${b?.host}:${b?.port}`, `${a?.host}:${a?.port}`)).toBe(old);
  });

  test('fence: the old primary is stopped and disabled, read back, and cannot be started; its instances say that they lost the store', async () => {
    const wrapper = path.join(lab.dir, 'fence');
    await writeFile(
      wrapper,
      `#!/bin/sh\ncontrol=$1\ncase $2 in\nfence) "$control" disable && "$control" stop ;;\nread) said=$("$control" status); echo "$said"; [ "$said" = "inactive disabled" ] ;;\nesac\n`,
    );
    await chmod(wrapper, 0o755);
    const control = values.database.nodes[0]?.service.stop[0] ?? '';
    const port = createExecFence({
      nodes: { a: { class: 'H', fence: [wrapper, control, 'fence'], read: [wrapper, control, 'read'] } },
      timeoutMs: TIMEOUT_MS,
    });
    const node: PlannedNode = { name: 'a', host: '', port: 0, candidate: true, managed: false };
    expect(kept(await port.read(node, realScope()))).toMatchObject({ state: 'not-in-force' });
    expect(kept(await port.fence(node, realScope()))).toMatchObject({ state: 'in-force', class: 'H' });
    await expect(lab.faults.returnUnfenced('a')).rejects.toThrow('disabled');
    expect(kept(await port.read(node, realScope()))).toMatchObject({ state: 'in-force' });
    expect(kept(await application().health({ name: 'app-2' }, realScope())).answer).toMatchObject({
      shape: 'error-body',
      httpStatus: 500,
      ready: false,
    });
    await lab.pair.promote('b');
    const started = workload();
    const full = (await started.list(realScope())).length;
    kept(await started.kill('app-1', realScope()));
    // A start while the old process is still ending finds it running and does nothing: the product proves it gone first, too.
    const state = async () => (await started.list(realScope())).find((s) => s.instance === 'app-1')?.state;
    await expect.poll(state, { timeout: 10_000 }).toBe('stopped');
    kept(await started.scale(full, realScope()));
    await expect
      .poll(async () => (await application().health({ name: 'app-1' }, realScope())).answer?.ready, { timeout: 20_000 })
      .toBe(true);
  });

  test('promise S6: no secret of the lab is in anything that an adapter returned or threw', () => {
    const all = inspect(seen, { depth: 8, maxStringLength: null, maxArrayLength: null });
    expect(lab.canaries.filter((canary) => all.includes(canary))).toEqual([]);
    expect(all).not.toContain('canary');
  });
});
